"""The command that looks at settings and files before anybody runs on them."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import typer

from indicators.lookup import Catalogue
from ioc.commands.options import Config, Tenant
from ioc.complaint import near
from ioc.errors import ConfigError
from ioc.notify.directory import Directory
from ioc.tomlfile import TomlFile


def check(config: Config = None, tenant: Tenant = "") -> None:
    """Kiểm tra cấu hình và danh mục: tệp, dòng, cột. / Check settings and catalogue; names file, line, column."""
    from indicators import checks
    from indicators.load import PACKAGE
    from ioc.files import read_catalogue, read_people, read_rules
    from ioc.handling import load_policy
    from ioc.settings import load

    settings = load(config)
    root = settings.centre.catalogue or PACKAGE
    tenants = [tenant] if tenant else sorted({*_tenants(root), settings.centre.tenant})
    in_catalogue = [str(problem) for name in tenants for problem in checks.problems(root, name)]
    _stop_at([*in_catalogue, *_refusal(lambda: read_people(settings.notify))])
    catalogue, people = read_catalogue(settings), read_people(settings.notify)
    in_rules = _refusal(lambda: read_rules(settings, catalogue))
    in_duties = _refusal(lambda: load_policy(settings, catalogue, people))
    _stop_at([*in_rules, *in_duties, *_strangers(settings.notify.routes, people, catalogue)])
    typer.echo(f"Tốt / all good: {', '.join(tenants)}")


def _tenants(root: Path) -> Iterator[str]:
    if not (root / "tenants").is_dir():
        raise ConfigError(f"{root}: không có danh mục ở đây / no catalogue here: its folder has a folder `tenants`")
    return (path.name for path in (root / "tenants").iterdir() if path.is_dir())


def _refusal(read: Callable[[], object]) -> list[str]:
    """What reading says is wrong, so that the next file is looked at all the same."""
    try:
        read()
    except ConfigError as error:
        return [str(error)]
    return []


def _stop_at(problems: Iterable[str]) -> None:
    """Show each problem once, and go no further if there is one."""
    found = list(dict.fromkeys(problems))
    for problem in found:
        typer.echo(problem, err=True)
    if found:
        raise typer.Exit(1)


def _strangers(routes: Path | None, people: Directory, catalogue: Catalogue) -> Iterator[str]:
    """Fields and sites of routes that the catalogue does not know: such a route never tells anybody."""
    if routes is None:
        return
    file = TomlFile.read(routes)
    for number, route in enumerate(people.routes):
        for what, names, known in (
            ("fields", route.fields, catalogue.fields),
            ("sites", route.sites, catalogue.sites),
        ):
            for name in names:
                if name not in known:
                    text = f"không có trong danh mục / no {name!r} in the catalogue{near(name, known)}"
                    yield file.complaint(("route", number, what), text)
