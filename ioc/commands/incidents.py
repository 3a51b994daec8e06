"""The commands about incidents and silences, beside a running centre or without one.

They write to the centre's `state.db`, each in one transaction, and need the same settings and rights as the centre.
Imports are inside the commands, so that `--help` answers at once.
"""

from typing import Annotated

import typer

from ioc.commands.options import Config

Name = Annotated[str, typer.Argument(help="Mã sự cố hoặc mã trong tin nhắn / id of the incident, or as a message says")]
By = Annotated[str, typer.Option(help="Ai làm: mã cán bộ hoặc tên / who acts: an official's id or a name")]
Comment = Annotated[str, typer.Option(help="Ghi chú / comment")]
Lang = Annotated[str, typer.Option(help="vi, en")]
Until = Annotated[str, typer.Option(help="Trong bao lâu hoặc đến khi nào / how long or until when: 2h, ISO 8601")]
Every = Annotated[bool, typer.Option("--all", help="Cả sự cố đã kết thúc / also those that are over")]

incidents = typer.Typer(no_args_is_help=True, help="Sự cố. / Incidents.")


@incidents.command("list")
def list_incidents(config: Config = None, every: Every = False, lang: Lang = "vi") -> None:
    """Sự cố chưa kết thúc, mới nhất trước. / Incidents that are not over, the newest first."""
    from ioc.incidents.model import Stage
    from ioc.office import office

    stages = tuple(Stage) if every else (Stage.OPEN, Stage.ACKNOWLEDGED)
    with office(config) as desk:
        found = desk.register.newest(stages, 500)
        for one in found:
            typer.echo(desk.line(one, lang))
    typer.echo(f"{len(found)} sự cố / incidents")


@incidents.command()
def show(name: Name, config: Config = None, lang: Lang = "vi") -> None:
    """Một sự cố và mọi việc đã làm. / One incident with everything that was done."""
    from ioc.office import office

    with office(config) as desk:
        found, acts = desk.register.account(name)
        typer.echo(desk.line(found, lang))
        for told in found.active:
            typer.echo(f"  * {told.incident}  {desk.speech.sentence(told, lang)}")
        for act in acts:
            typer.echo(desk.act(act, lang))


@incidents.command()
def log(config: Config = None, lang: Lang = "vi", limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50) -> None:
    """Những việc mới nhất ở mọi sự cố và mục tạm tắt thông báo. / The newest acts on any incident or silence."""
    from ioc.office import office

    with office(config) as desk:
        for act in desk.register.log(limit):
            typer.echo(f"{act.subject}  {desk.act(act, lang)}")


@incidents.command()
def ack(name: Name, by: By, comment: Comment = "", until: Until = "", config: Config = None) -> None:
    """Nhận xử lý: dừng báo lên bước tiếp. / Acknowledge: escalation stops."""
    from ioc.incidents.model import Acknowledged
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Acknowledged(comment, desk.time(until) if until else None), by))


@incidents.command()
def unack(name: Name, by: By, comment: Comment = "", config: Config = None) -> None:
    """Thôi nhận xử lý. / Take an acknowledgement back."""
    from ioc.incidents.model import Unacknowledged
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Unacknowledged(comment), by))


@incidents.command()
def assign(
    name: Name, to: Annotated[str, typer.Option(help="Giao cho ai / to whom")], by: By, config: Config = None
) -> None:
    """Giao cho một người. / Assign to somebody."""
    from ioc.incidents.model import Assigned
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Assigned(to), by))


@incidents.command()
def comment(name: Name, text: Annotated[str, typer.Argument()], by: By, config: Config = None) -> None:
    """Ghi vào nhật ký sự cố. / Write something into the log."""
    from ioc.incidents.model import Commented
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Commented(text), by))


@incidents.command()
def ask(
    name: Name,
    of: Annotated[str, typer.Option(help="Cơ quan hoặc cán bộ / office or official")],
    text: Annotated[str, typer.Option(help="Cần giải trình gì / what is to be explained")],
    due: Until,
    by: By,
    config: Config = None,
) -> None:
    """Đề nghị giải trình, có hạn trả lời. / Ask for an explanation by some time."""
    from ioc.incidents.model import Asked
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Asked(of, text, desk.time(due)), by))
        for line in desk.asked(of, desk.now):
            typer.echo(line)


@incidents.command()
def answer(
    name: Name,
    number: Annotated[int, typer.Argument(help="Số của đề nghị / number of the request")],
    text: Annotated[str, typer.Argument(help="Nội dung giải trình / the explanation")],
    by: By,
    config: Config = None,
) -> None:
    """Giải trình. / Answer a request."""
    from ioc.incidents.model import Answered
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Answered(number, text), by))


@incidents.command()
def escalate(name: Name, by: By, config: Config = None) -> None:
    """Báo bước tiếp theo ngay. / Take the next step of the ladder at once."""
    from ioc.incidents.model import Escalated
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Escalated(0), by))


@incidents.command()
def resolve(name: Name, comment: Comment, by: By, config: Config = None) -> None:
    """Kết thúc sự cố. / Say that it is over, and why."""
    from ioc.incidents.model import Resolved
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Resolved(comment), by))


@incidents.command()
def reopen(name: Name, comment: Comment, by: By, config: Config = None) -> None:
    """Mở lại sự cố. / Open it again, and say why."""
    from ioc.incidents.model import Reopened
    from ioc.office import office

    with office(config) as desk:
        typer.echo(desk.perform(name, Reopened(comment), by))
