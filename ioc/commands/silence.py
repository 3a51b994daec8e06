"""The commands about silences and maintenance. Imports are inside the commands, so that `--help` answers at once."""

from pathlib import Path
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


@silence.command("add")
def add_silence(
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
    """Tạm không báo ai; hết hạn, điều gì còn sẽ được báo. / Tell nobody until then; what still holds is told then.

    Nguồn im lặng cũng vậy, nếu mọi chuỗi của nguồn nằm trong đó.
    / So is a source that is down, if all its series lie within.
    """
    _add(config, (until, start), (by, reason), (site, field, indicator), (kind, severity), is_maintenance=False)


@maintenance.command("add")
def add_maintenance(
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
    """Bảo trì theo kế hoạch. / Planned work: nobody is told, and the clocks of the ladder stop.

    Nguồn im lặng cũng vậy, nếu mọi chuỗi của nguồn nằm trong đó.
    / So is a source that is down, if all its series lie within.
    """
    _add(config, (until, start), (by, reason), (site, field, indicator), (kind, severity), is_maintenance=True)


@silence.command("list")
def list_silences(config: Config = None, lang: Lang = "vi") -> None:
    """Những mục còn hiệu lực hoặc sắp tới. / Those in force or still to begin."""
    _list(config, lang, is_maintenance=False)


@maintenance.command("list")
def list_maintenance(config: Config = None, lang: Lang = "vi") -> None:
    """Những mục còn hiệu lực hoặc sắp tới. / Those in force or still to begin."""
    _list(config, lang, is_maintenance=True)


@silence.command("end")
@maintenance.command("end")
def end(name: Annotated[str, typer.Argument(help="Mã / id")], by: By, config: Config = None) -> None:
    """Kết thúc trước hạn. / End it before its time."""
    from ioc.office import office, source

    with office(config) as desk:
        typer.echo(desk.shown(desk.desk.end_silence(name, (by, source()), desk.now)))


def _add(
    config: Path | None,
    times: tuple[str, str],
    words: tuple[str, str],
    names: tuple[list[str] | None, list[str] | None, list[str] | None],
    sorts: tuple[list[Kind] | None, list[str] | None],
    *,
    is_maintenance: bool,
) -> None:
    from ioc.incidents.model import Match, Silence
    from ioc.office import known, office, source

    with office(config) as desk:
        book = desk.catalogue
        match = Match(
            sites=known(names[0], book.sites),
            fields=known(names[1], book.fields),
            indicators=known(names[2], book.indicators),
            kinds=tuple(sorts[0] or ()),
            severities=tuple(Severity[one.upper()] for one in known(sorts[1], SEVERITIES)),
        )
        end, start = desk.time(times[0]), desk.time(times[1]) if times[1] else desk.now
        wanted = Silence("", match, words[0], words[1], start, end, is_maintenance)
        typer.echo(desk.shown(desk.desk.silence(wanted, source(), desk.now)))


def _list(config: Path | None, lang: str, *, is_maintenance: bool) -> None:
    from ioc.office import office

    with office(config) as desk:
        found = [one for one in desk.register.silences(desk.now) if one.is_maintenance is is_maintenance]
        for one in found:
            typer.echo(desk.shown(one, lang))
    typer.echo(f"{len(found)} mục / in all")
