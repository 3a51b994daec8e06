"""The sites as a tree: who lies in whom, when each exists, and what people call it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from indicators.spec import Level, Site
from indicators.window import Window, window

KIND_EN = re.compile(r" (Province|City|District|Town|Township|Commune|Ward|Station)$")


class Tree:
    """Sites by id; parents that are not among them end a lineage."""

    def __init__(self, sites: Mapping[str, Site]) -> None:
        """`sites` by id."""
        self._sites = sites
        self._windows = {site.id: window(site.valid_from, site.valid_to) for site in sites.values()}
        self._children: dict[str, tuple[Site, ...]] = {}
        self._lineages: dict[str, tuple[str, ...]] = {}
        self._places = {lang: _places(self, lang) for lang in ("vi", "en")}
        for site in sites.values():
            if site.parent is not None:
                self._children[site.parent] = (*self._children.get(site.parent, ()), site)

    def __iter__(self) -> Iterator[Site]:
        return iter(self._sites.values())

    def lineage(self, site_id: str) -> tuple[str, ...]:
        """The ids of the site itself, its parent, and so on up."""
        known = self._lineages.get(site_id)
        if known is None:
            known = self._lineages[site_id] = self._climb(site_id)
        return known

    def ancestors(self, site_id: str) -> tuple[Site, ...]:
        """The sites above, nearest first."""
        return tuple(self._sites[above] for above in self.lineage(site_id)[1:])

    def children(self, site_id: str) -> tuple[Site, ...]:
        """The sites directly below, open or closed."""
        return self._children.get(site_id, ())

    def window(self, site_id: str) -> Window:
        """When the site exists; KeyError for an unknown one."""
        return self._windows[site_id]

    def place(self, site_id: str, lang: str) -> str:
        """The name within a sentence, with where it lies when others bear it too; an unknown id as it is."""
        return self._places[lang].get(site_id, site_id)

    def _climb(self, site_id: str) -> tuple[str, ...]:
        seen: dict[str, None] = {}
        here: str | None = site_id
        while here is not None and here in self._sites and here not in seen:
            seen[here] = None
            here = self._sites[here].parent
        return tuple(seen)


def bare_name(site: Site, lang: str) -> str:
    """The proper name without the word for its kind: "Châu Thành" of "Huyện Châu Thành"."""
    if lang == "en":
        return KIND_EN.sub("", site.name_en)
    return site.name_vi[len(site.kind) + 1 :] if _bears_kind(site) else site.name_vi


def _in_sentence(site: Site, lang: str) -> str:
    if lang == "vi" and _bears_kind(site):
        return site.name_vi[0].lower() + site.name_vi[1:]
    return site.name_vi if lang == "vi" else site.name_en


def _bears_kind(site: Site) -> bool:
    return site.name_vi.casefold().startswith(f"{site.kind} ".casefold())


def _places(tree: Tree, lang: str) -> dict[str, str]:
    """Every site's name; first with the parent where governed places share a bare name, then with whatever it takes."""
    sharing: dict[tuple[bool, str], list[Site]] = defaultdict(list)
    for site in tree:
        sharing[site.level is Level.STATION, bare_name(site, lang).casefold()].append(site)
    names = {
        site.id: _in_sentence(site, lang) if len(group) == 1 else _qualified(tree, site, lang, depth=1)
        for group in sharing.values()
        for site in group
    }
    for depth in (2, 3):
        for clash in _clashes(tree, names):
            names |= {site.id: _qualified(tree, site, lang, depth) for site in clash}
    for clash in _clashes(tree, names):
        names |= {site.id: f"{names[site.id]} [{site.id}]" for site in clash}
    return names


def _clashes(tree: Tree, names: Mapping[str, str]) -> list[list[Site]]:
    bearers: dict[str, list[Site]] = defaultdict(list)
    for site in tree:
        bearers[names[site.id].casefold()].append(site)
    return [sites for sites in bearers.values() if len(sites) > 1]


def _qualified(tree: Tree, site: Site, lang: str, depth: int) -> str:
    own = bare_name(site, lang)
    above = [name for a in tree.ancestors(site.id) if (name := bare_name(a, lang)) != own]
    name = _in_sentence(site, lang)
    return f"{name} ({', '.join(above[:depth])})" if above else name
