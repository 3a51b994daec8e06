"""The commands about the catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from ioc.commands.options import Config, Tenant

catalogue = typer.Typer(no_args_is_help=True, help="Danh mục chỉ tiêu. / The catalogue of indicators.")


@catalogue.command()
def stats(tenant: Tenant = "ben-tre") -> None:
    """Đếm lĩnh vực và chỉ tiêu của từng trung tâm. / Count fields and indicators of every centre."""
    from indicators.load import load
    from indicators.stats import centre_stats

    for line in centre_stats(load(tenant=tenant)):
        typer.echo(line)


@catalogue.command("export")
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


@catalogue.command("import")
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
