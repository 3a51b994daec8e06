"""The `ioc` command. Imports are inside the commands, so that `--help` answers at once."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from ioc import __version__
from ioc.errors import IocError
from simulators.cli import simulate

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Trung tâm điều hành thông minh: chỉ tiêu, ngưỡng, cảnh báo, màn hình.\n\n"
    "Intelligent operations centre: indicators, limits, alerts and walls.",
)
catalogue_app = typer.Typer(no_args_is_help=True, help="Danh mục chỉ tiêu. / The catalogue of indicators.")
app.add_typer(catalogue_app, name="catalogue")
app.command("simulate")(simulate)

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Tệp cấu hình TOML / settings file; mẫu / example: config/ioc.example.toml"),
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
    port: Annotated[int, typer.Option(help="Cổng của bàn điều hành, 0: tự chọn / console port, 0: any free one")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Mở trình duyệt / open a browser")] = True,
    broker: Annotated[str, typer.Option(help="auto, mosquitto, iotcore")] = "auto",
    scenario: Annotated[str, typer.Option(help="Tình huống / story to play")] = "man-xam-nhap",
    keep: Annotated[Path | None, typer.Option(help="Giữ dữ liệu ở thư mục này / keep the data here")] = None,
) -> None:
    """Diễn cả tỉnh trên máy này: broker, mô phỏng, cảnh báo, màn hình. / A living province on this machine."""
    from ioc.demo.play import Demo, DemoOptions

    options = DemoOptions(seed, speed, port, browser, broker, scenario, keep)
    raise typer.Exit(Demo(options, typer.echo).run())


@app.command()
def check(config: Config = None, tenant: Tenant = "") -> None:
    """Kiểm tra cấu hình và danh mục: tệp, dòng, cột. / Check settings and catalogue; names file, line, column."""
    from indicators import checks
    from ioc.notify import directory
    from ioc.settings import load

    settings = load(config)
    root = settings.centre.catalogue or Path(checks.__file__).parent
    tenants = [tenant] if tenant else sorted(path.name for path in (root / "tenants").iterdir() if path.is_dir())
    found = [problem for name in tenants for problem in checks.problems(root, name)]
    for problem in dict.fromkeys(map(str, found)):
        typer.echo(problem, err=True)
    if settings.notify.officials and settings.notify.routes:
        directory.load(settings.notify.officials, settings.notify.routes)
    if found:
        raise typer.Exit(1)
    typer.echo(f"Tốt / all good: {', '.join(tenants)}")


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


def main() -> None:
    """Run the command; errors of ours are shown as words, not as a stack."""
    try:
        app()
    except IocError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
