"""The `ioc` command. Imports are inside the commands, so that `--help` answers at once."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ioc import __version__
from ioc.commands.care import backup, dead_letters, doctor, gaps, restore
from ioc.commands.catalogue import catalogue
from ioc.commands.check import check
from ioc.commands.incidents import incidents
from ioc.commands.neighbours import grafana, influx
from ioc.commands.options import Config
from ioc.commands.outbox import outbox
from ioc.commands.route import route
from ioc.commands.rules import replay, rules
from ioc.commands.silence import maintenance, silence
from ioc.errors import ConfigError, IocError
from ioc.quiet import loading
from simulators.cli import simulate
from simulators.scenarios import SCENARIOS

if TYPE_CHECKING:
    pass

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Trung tâm điều hành thông minh: chỉ tiêu, ngưỡng, cảnh báo, màn hình.\n\n"
    "Intelligent operations centre: indicators, limits, alerts and walls.",
)
app.command("simulate")(simulate)
app.command()(check)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.command()(gaps)
app.command()(replay)
GROUPS = {
    "catalogue": catalogue,
    "rules": rules,
    "route": route,
    "incidents": incidents,
    "silence": silence,
    "maintenance": maintenance,
    "outbox": outbox,
    "dead-letters": dead_letters,
    "influx": influx,
    "grafana": grafana,
}
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


@app.command()
def run(config: Config = None) -> None:
    """Chạy trung tâm: thu thập, lưu, cảnh báo, màn hình. / Run the centre until Ctrl-C."""
    with loading():
        from ioc.app import serve_centre
        from ioc.settings import load
        from ioc.telemetry import log_to_stderr

    settings = load(config)
    log_to_stderr(settings.log.level, json=settings.log.format == "json")
    asyncio.run(serve_centre(settings))


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Số khởi tạo của thế giới mô phỏng / seed of the simulated world")] = 1,
    speed: Annotated[
        float, typer.Option(min=0.1, max=120, help="Số giây diễn trong một giây thật / played seconds per second")
    ] = 60.0,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Cổng của màn hình, 0: tự chọn / console port, 0: any free one")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Mở trình duyệt / open a browser")] = True,
    broker: Annotated[
        Literal["auto", "mosquitto", "iotcore"],
        typer.Option(help="Broker MQTT; auto: mosquitto nếu có / if there is one"),
    ] = "auto",
    scenario: Annotated[str, typer.Option(help=f"Tình huống / story to play: {', '.join(SCENARIOS)}")] = "man-xam-nhap",
    keep: Annotated[Path | None, typer.Option(help="Giữ dữ liệu ở thư mục này / keep the data here")] = None,
) -> None:
    """Diễn cả tỉnh trên máy này: broker, mô phỏng, cảnh báo, màn hình. / A living province on this machine."""
    with loading():
        from ioc.demo.children import listens
        from ioc.demo.play import Demo, DemoOptions

    if scenario not in SCENARIOS:
        raise ConfigError(f"không có tình huống / no story named {scenario!r}; có / known: {', '.join(SCENARIOS)}")
    if port and listens(port):
        raise ConfigError(
            f"cổng {port} đã có chương trình khác dùng, hãy chọn cổng khác. / port {port} is taken, name another one"
        )
    if keep is not None:
        _make_folder(keep)
    options = DemoOptions(seed, speed, port, browser, broker, scenario, keep)
    raise typer.Exit(Demo(options, typer.echo).run())


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: không tạo được thư mục / cannot be made: {error.strerror}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(f"{path}: không ghi được vào thư mục này / this folder cannot be written")
    if (path / "ioc.toml").exists():
        raise ConfigError(
            f"{path}: đã giữ một lần diễn, hãy chọn thư mục khác. / a demonstration is kept here, name another folder"
        )


@app.command()
def version() -> None:
    """Phiên bản. / The version."""
    typer.echo(f"ioc-monitoring {__version__}")


def main() -> None:
    """Run the command; errors of ours are shown as words, not as a stack, also those of a part of a running centre."""
    with loading():
        command = typer.main.get_command(app)
    said: list[str] = []
    try:
        command()
    except* IocError as group:
        said = [str(error) for error in _leaves(group)]
    for line in said:
        typer.echo(line, err=True)
    if said:
        sys.exit(2)


def _leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
