"""The commands that tell who would be told."""

from typing import Annotated

import typer

from ioc.commands.options import Config
from ioc.model import Kind, Severity

route = typer.Typer(no_args_is_help=True, help="Ai được báo. / Who is told.")


@route.command("test")
def route_test(
    site: Annotated[str, typer.Option(help="Địa bàn / site, vn63-83-831")],
    indicator: Annotated[str, typer.Option(help="Chỉ tiêu / indicator, salinity")],
    kind: Annotated[Kind, typer.Option(help="Loại cảnh báo / kind of alert")] = Kind.ABOVE,
    severity: Annotated[str, typer.Option(help="info, warning, critical")] = "critical",
    config: Config = None,
) -> None:
    """Cho biết ai sẽ được báo, qua kênh nào, vì sao. / Show who would be told, on which channel, and why."""
    from ioc.files import read_catalogue, read_people
    from ioc.notify.explain import explain, probe
    from ioc.settings import load

    settings = load(config)
    catalogue = read_catalogue(settings)
    told = probe(catalogue, site, indicator, kind, Severity[severity.upper()], settings.clock.clock().now())
    for line in explain(read_people(settings.notify), catalogue, told):
        typer.echo(line)


@route.command("ask")
def route_ask(
    of: Annotated[str, typer.Option(help="Cơ quan hoặc cán bộ / office or official, so-y-te")], config: Config = None
) -> None:
    """Cho biết đề nghị giải trình sẽ tới ai, vì sao. / Show whom a request for an explanation would reach, and why."""
    from ioc.handling import equip
    from ioc.settings import load

    settings = load(config)
    for line in equip(settings).asked(of, settings.clock.clock().now()):
        typer.echo(line)
