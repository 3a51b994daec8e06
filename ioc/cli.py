"""The `ioc` command. Imports are inside the commands, so that `--help` answers at once."""

import asyncio
import difflib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ioc import __version__
from ioc.care.commands import backup, dead_letters, doctor, gaps, restore
from ioc.errors import ConfigError, IocError
from ioc.incidents_commands import incidents
from ioc.model import Kind, Severity
from ioc.outbox_commands import outbox
from ioc.rules_commands import replay, rules
from ioc.silence_commands import maintenance, silence
from simulators.cli import simulate
from simulators.scenarios import SCENARIOS

if TYPE_CHECKING:
    from indicators.lookup import Catalogue
    from ioc.notify.directory import Directory

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Trung tâm điều hành thông minh: chỉ tiêu, ngưỡng, cảnh báo, màn hình.\n\n"
    "Intelligent operations centre: indicators, limits, alerts and walls.",
)
catalogue_app = typer.Typer(no_args_is_help=True, help="Danh mục chỉ tiêu. / The catalogue of indicators.")
influx_app = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu chuỗi thời gian. / The time-series database.")
grafana_app = typer.Typer(no_args_is_help=True, help="Màn hình Grafana. / Grafana walls.")
route_app = typer.Typer(no_args_is_help=True, help="Ai được báo. / Who is told.")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(route_app, name="route")
app.add_typer(influx_app, name="influx")
app.add_typer(grafana_app, name="grafana")
app.command("simulate")(simulate)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.command()(gaps)
app.add_typer(dead_letters, name="dead-letters")
app.command()(replay)
GROUPS = {"rules": rules, "incidents": incidents, "silence": silence, "maintenance": maintenance, "outbox": outbox}
for name, group in GROUPS.items():
    app.add_typer(group, name=name)

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Tệp cấu hình TOML / settings file; mẫu / example: config/ioc.example.toml"),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Cho phép xóa, rút ngắn, thu quyền / delete, shorten, take rights away")
]
Tenant = Annotated[str, typer.Option(help="Đơn vị / tenant: ben-tre, binh-duong")]


@app.command()
def run(config: Config = None) -> None:
    """Chạy trung tâm: thu thập, lưu, cảnh báo, bàn điều hành. / Run the centre until Ctrl-C."""
    from ioc.app import serve_centre
    from ioc.settings import load
    from ioc.telemetry import log_to_stderr

    settings = load(config)
    log_to_stderr(settings.log.level, json=settings.log.format == "json")
    asyncio.run(serve_centre(settings))


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Hạt giống của thế giới mô phỏng / seed of the simulated world")] = 1,
    speed: Annotated[
        float, typer.Option(min=0.1, max=120, help="Số giây diễn trong một giây thật / played seconds per second")
    ] = 60.0,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Cổng của bàn điều hành, 0: tự chọn / console port, 0: any free one")
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


@app.command()
def check(config: Config = None, tenant: Tenant = "") -> None:
    """Kiểm tra cấu hình và danh mục: tệp, dòng, cột. / Check settings and catalogue; names file, line, column."""
    from indicators import checks
    from ioc.alerting import rulefolder
    from ioc.app import load_catalogue, load_people
    from ioc.handling import load_policy
    from ioc.settings import load

    settings = load(config)
    root = settings.centre.catalogue or Path(checks.__file__).parent
    if not (root / "tenants").is_dir():
        raise ConfigError(f"{root}: không có danh mục ở đây / no catalogue here: its folder has a folder `tenants`")
    shipped = {path.name for path in (root / "tenants").iterdir() if path.is_dir()}
    tenants = [tenant] if tenant else sorted(shipped | {settings.centre.tenant})
    found = [problem for name in tenants for problem in checks.problems(root, name)]
    for problem in dict.fromkeys(map(str, found)):
        typer.echo(problem, err=True)
    people = load_people(settings.notify)
    if not found:
        rulefolder.load(settings.alerting.rules, load_catalogue(settings))
    if found:
        raise typer.Exit(1)
    catalogue = load_catalogue(settings)
    load_policy(settings, catalogue, people)
    strange = list(_strangers(people, catalogue))
    for line in strange:
        typer.echo(f"{settings.notify.routes}: {line}", err=True)
    if strange:
        raise typer.Exit(1)
    typer.echo(f"Tốt / all good: {', '.join(tenants)}")


def _strangers(people: "Directory", catalogue: "Catalogue") -> Iterator[str]:
    """Fields and sites of routes that the catalogue does not know: such a route never tells anybody."""
    for number, route in enumerate(people.routes, 1):
        for what, names, known in (
            ("field", route.fields, catalogue.fields),
            ("site", route.sites, catalogue.sites),
        ):
            for name in names:
                if name not in known:
                    close = difflib.get_close_matches(name, known, 1)
                    hint = f"; did you mean {close[0]!r}?" if close else ""
                    yield f"route {number}: no {what} {name!r} in the catalogue{hint}"


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


@catalogue_app.command()
def stats(tenant: Tenant = "ben-tre") -> None:
    """Đếm lĩnh vực và chỉ tiêu của từng trung tâm. / Count fields and indicators of every centre."""
    from indicators.load import load
    from indicators.stats import centre_stats

    for line in centre_stats(load(tenant=tenant)):
        typer.echo(line)


@catalogue_app.command("export")
def export_workbook(
    file: Annotated[Path, typer.Argument(help="Tệp sẽ ghi / the workbook to write, *.xlsx")],
    tenant: Annotated[str, typer.Option(help="Chỉ một đơn vị / only one tenant; trống: tất cả / empty: all")] = "",
    force: Annotated[bool, typer.Option("--force", help="Ghi đè tệp đã có / overwrite an existing file")] = False,
    config: Config = None,
) -> None:
    """Xuất danh mục ra một tệp XLSX để sửa. / Write the catalogue to one XLSX workbook for editing."""
    from indicators.workbook import export

    rows = export(_catalogue_root(config), file, tenant or None, overwrite=force)
    typer.echo(f"{file}: {rows} dòng / rows")


@catalogue_app.command("import")
def import_workbook(
    file: Annotated[Path, typer.Argument(help="Tệp XLSX đã sửa / the edited workbook")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ghi mà không hỏi / write without asking")] = False,
    config: Config = None,
) -> None:
    """Nhập tệp XLSX đã sửa: kiểm tra, cho xem thay đổi, rồi mới ghi. / Check it, show what changes, then write."""
    from indicators.revision import lines, propose

    revision = propose(_catalogue_root(config), file)
    for problem in revision.problems:
        typer.echo(problem, err=True)
    if revision.problems:
        raise typer.Exit(1)
    for line in lines(revision.changes):
        typer.echo(line)
    for name in revision.stale:
        typer.echo(f"{name}: đã đổi từ lúc xuất tệp, xem kỹ / changed since the export, look twice", err=True)
    if revision.changes:
        if not yes:
            typer.confirm("Ghi các thay đổi này? / Write these changes?", abort=True)
        revision.write()
        typer.echo("Đã ghi / written. Tiếp theo / next: python -m indicators.page")


def _catalogue_root(config: Path | None) -> Path:
    from indicators.load import PACKAGE
    from ioc.settings import load

    return load(config).centre.catalogue or PACKAGE


@route_app.command("test")
def route_test(
    site: Annotated[str, typer.Option(help="Địa bàn / site, vn63-83-831")],
    indicator: Annotated[str, typer.Option(help="Chỉ tiêu / indicator, salinity")],
    kind: Annotated[Kind, typer.Option(help="Loại cảnh báo / kind of alert")] = Kind.ABOVE,
    severity: Annotated[str, typer.Option(help="info, warning, critical")] = "critical",
    config: Config = None,
) -> None:
    """Cho biết ai sẽ được báo, qua kênh nào, vì sao. / Show who would be told, on which channel, and why."""
    from ioc.app import load_catalogue, load_people
    from ioc.clock import SystemClock
    from ioc.notify.explain import explain, probe
    from ioc.settings import load

    settings = load(config)
    catalogue = load_catalogue(settings)
    told = probe(catalogue, site, indicator, kind, Severity[severity.upper()], SystemClock().now())
    for line in explain(load_people(settings.notify), catalogue, told):
        typer.echo(line)


@influx_app.command("apply")
def influx_apply(
    config: Config = None,
    layout: Annotated[Path, typer.Option(help="Bố trí / layout")] = Path("config/influxdb/layout.toml"),
    secrets: Annotated[Path, typer.Option(help="Thư mục mật khẩu / folder of secrets")] = Path("/run/secrets"),
    yes: Yes = False,
) -> None:
    """Lập kho, hạn lưu, tài khoản; chạy lại không đổi gì. / Set up database, retention and accounts; repeatable."""
    from ioc.deploy import influx as deploy
    from ioc.deploy.layout import load as load_layout
    from ioc.settings import load

    one = load(config).influx
    target = deploy.Influx(one.url, one.api, one.database, one.org, one.bucket)
    done = asyncio.run(deploy.apply(target, load_layout(layout, secrets), yes=yes, say=typer.echo))
    raise typer.Exit(0 if done else 3)


@grafana_app.command("apply")
def grafana_apply(
    url: Annotated[str, typer.Option(help="Grafana")] = "http://127.0.0.1:3000",
    username: Annotated[str, typer.Option(help="Quản trị / administrator")] = "admin",
    password_file: Annotated[Path, typer.Option(help="Tệp mật khẩu / password")] = Path(
        "/run/secrets/grafana-admin-for-apply"
    ),
    walls: Annotated[Path, typer.Option(help="Nhóm, quyền / teams, rights")] = Path(
        "config/grafana/walls.ben-tre.json"
    ),
    playlists: Annotated[
        list[Path] | None, typer.Option(help="Danh sách phát / playlists; nhiều lần / repeatable")
    ] = None,
    yes: Yes = False,
) -> None:
    """Nhóm, quyền thư mục, trang chủ, danh sách phát; chạy lại không đổi gì. / Teams, rights, home, playlists."""
    from ioc.deploy.grafana import Grafana, apply
    from ioc.deploy.walls import load as load_walls

    grafana = Grafana(url, username, password_file)
    done = asyncio.run(apply(grafana, load_walls(walls, playlists or ()), yes=yes, say=typer.echo))
    raise typer.Exit(0 if done else 3)


def main() -> None:
    """Run the command; errors of ours are shown as words, not as a stack, also those of a part of a running centre."""
    said: list[str] = []
    try:
        app()
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
