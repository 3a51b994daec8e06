"""All files that follow from the catalogue, and whether those on disk are the same."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboards.alerts import alerts
from dashboards.bounds import Bounds
from dashboards.centre import Centre, as_of, centres
from dashboards.health import health
from dashboards.indicator import indicator
from dashboards.overview import overview, phone
from dashboards.page import Page
from dashboards.plan import plan
from dashboards.provisioning import playlist, providers
from dashboards.wall import wall
from dashboards.words import Words
from indicators.lookup import Catalogue
from ioc.model import Micros

PACKAGE = Path(__file__).parent
LINE = 120
OWNED = ("generated", "provisioning/dashboards", "provisioning/playlists")
"""The folders in which every file is ours."""


def pages(catalogue: Catalogue, words: Words, at: Micros | None = None) -> Iterator[Page]:
    """Every dashboard of a tenant; `at` is the moment whose catalogue is shown, by default the last one alive."""
    at = as_of(catalogue) if at is None else at
    bounds = Bounds(catalogue, at, words)
    for centre in centres(catalogue, at):
        yield from _of_centre(centre, words, bounds)
    yield health(catalogue.tenant, words)


def files(catalogue: Catalogue, words: Words, at: Micros | None = None) -> dict[str, str]:
    """Text by path below the package folder."""
    at = as_of(catalogue) if at is None else at
    tenant, found = catalogue.tenant, {}
    for page in pages(catalogue, words, at):
        name = page.uid.removeprefix(f"{page.folder}-").removeprefix(f"{tenant}-")
        found[f"generated/{tenant}/{page.folder}/{name}.json"] = text(page.json()) + "\n"
    places = centres(catalogue, at)
    found[f"provisioning/dashboards/{tenant}.yaml"] = providers(tenant, places, words)
    found[f"provisioning/playlists/{tenant}.json"] = text([playlist(centre, words) for centre in places]) + "\n"
    return found


def text(value: object, depth: int = 0) -> str:
    """JSON in which whatever fits stands on one line, so that a changed word is a changed line."""
    line = json.dumps(value, ensure_ascii=False)
    if depth + len(line) <= LINE or not isinstance(value, dict | list):
        return line
    pad = "\n" + " " * depth
    if isinstance(value, dict):
        inner = [f"{json.dumps(key, ensure_ascii=False)}: {text(one, depth + 1)}" for key, one in value.items()]
        return f"{{{pad} {f',{pad} '.join(inner)}{pad}}}"
    return f"[{pad} {f',{pad} '.join(text(one, depth + 1) for one in value)}{pad}]"


def write(root: Path, wanted: Mapping[str, str]) -> None:
    """Put the files below `root` and remove what is no longer wanted from the folders that are ours."""
    for stale in _present(root) - wanted.keys():
        (root / stale).unlink()
    for name, content in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")


def differing(root: Path, wanted: Mapping[str, str]) -> list[str]:
    """The files that are missing, left over or not the same, in order."""
    present = _present(root)
    changed = {name for name in present & wanted.keys() if (root / name).read_text(encoding="utf-8") != wanted[name]}
    return sorted((present ^ wanted.keys()) | changed)


def _present(root: Path) -> set[str]:
    found = (path for folder in OWNED for path in (root / folder).rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix() for path in found}


def _of_centre(centre: Centre, words: Words, bounds: Bounds) -> Iterator[Page]:
    yield overview(centre, words, bounds)
    yield phone(centre, words, bounds)
    planned = plan(centre, words, bounds)
    if planned is not None:
        yield planned
    yield alerts(centre, words)
    yield indicator(centre, words, bounds)
    for board in centre.boards:
        yield wall(centre, board, words, bounds)
