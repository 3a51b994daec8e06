"""The commands about silences and maintenance. Imports are inside the commands, so that `--help` answers at once."""

from typing import Annotated

import typer

from ioc.commands.options import Config
from ioc.model import Kind, Severity

SEVERITIES = [severity.name.lower() for severity in list(Severity)[1:]]

By = Annotated[str, typer.Option(help="Ai làm: mã cán bộ hoặc tên / who acts: an official's id or a name")]
Lang = Annotated[str, typer.Option(help="vi, en")]
Sites = Annotated[list[str] | None, typer.Option("--site", help="Địa bàn và mọi nơi bên dưới / site and all below")]
Fields = Annotated[list[str] | None, typer.Option("--field", help="Lĩnh vực / field")]
Indicators = Annotated[list[str] | None, typer.Option("--indicator", help="Chỉ tiêu / indicator")]
Kinds = Annotated[list[Kind] | None, typer.Option("--kind", help="Loại cảnh báo / kind of alert")]
Severities = Annotated[list[str] | None, typer.Option("--severity", help="info, warning, critical")]
Until = Annotated[str, typer.Option(help="Trong bao lâu hoặc đến khi nào / how long or until when: 2h, ISO 8601")]
Start = Annotated[str, typer.Option(help="Từ khi nào, mặc định: ngay / from when, by default now")]
Reason = Annotated[str, typer.Option(help="Vì sao / why")]

silence = typer.Typer(no_args_is_help=True, help="Tạm tắt thông báo. / Silences: nobody is told.")
maintenance = typer.Typer(
    no_args_is_help=True, help="Bảo trì: tắt thông báo, dừng đồng hồ. / Planned work: clocks stop too."
)


LIES_WITHIN = """
Nguồn im lặng cũng vậy, nếu mọi chuỗi của nguồn nằm trong đó.
/ So is a source that is down, if all its series lie within.
"""
SILENCE = "Tạm không báo ai; hết hạn, điều gì còn sẽ được báo. / Tell nobody until then; what still holds is told then."
MAINTENANCE = "Bảo trì theo kế hoạch. / Planned work: nobody is told, and the clocks of the ladder stop."


def is_maintenance(context: typer.Context) -> bool:
    """Of which of the two groups a command was called; they take the same words."""
    return context.parent is not None and context.parent.info_name == "maintenance"


@silence.command("add", help=f"{SILENCE}\n{LIES_WITHIN}")
@maintenance.command("add", help=f"{MAINTENANCE}\n{LIES_WITHIN}")
def add(
    context: typer.Context,
    until: Until,
    reason: Reason,
    by: By,
    site: Sites = None,
    field: Fields = None,
    indicator: Indicators = None,
    kind: Kinds = None,
    severity: Severities = None,
    start: Start = "",
    config: Config = None,
) -> None:
    """Set one up."""
    from ioc.incidents.model import Match, Silence
    from ioc.office import known, office, source

    with office(config) as desk:
        book = desk.catalogue
        match = Match(
            sites=known(site, book.sites),
            fields=known(field, book.fields),
            indicators=known(indicator, book.indicators),
            kinds=tuple(kind or ()),
            severities=tuple(Severity[one.upper()] for one in known(severity, SEVERITIES)),
        )
        begins = desk.time(start) if start else desk.now
        wanted = Silence("", match, by, reason, begins, desk.time(until), is_maintenance(context))
        typer.echo(desk.shown(desk.desk.silence(wanted, source(), desk.now)))


@silence.command("list")
@maintenance.command("list")
def list_(context: typer.Context, config: Config = None, lang: Lang = "vi") -> None:
    """Những mục còn hiệu lực hoặc sắp tới. / Those in force or still to begin."""
    from ioc.office import office

    with office(config) as desk:
        found = [one for one in desk.register.silences(desk.now) if one.is_maintenance is is_maintenance(context)]
        for one in found:
            typer.echo(desk.shown(one, lang))
    typer.echo(f"{len(found)} mục / in all")


@silence.command("end")
@maintenance.command("end")
def end(name: Annotated[str, typer.Argument(help="Mã / id")], by: By, config: Config = None) -> None:
    """Kết thúc trước hạn. / End it before its time."""
    from ioc.office import office, source

    with office(config) as desk:
        typer.echo(desk.shown(desk.desk.end_silence(name, (by, source()), desk.now)))
