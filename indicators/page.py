"""The whole catalogue as one searchable page in `docs/`: `python -m indicators.page`, with `--check` in CI.

The page is one file that needs no server, no network and nobody else's code. The same catalogue gives the same bytes.
"""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from indicators.files import Files, read_files
from indicators.load import PACKAGE, load
from indicators.lookup import Catalogue
from indicators.stats import centre_stats
from indicators.tabs import table_of, tenant_of
from indicators.words import WORDS

DOCS = PACKAGE.parent / "docs" / "catalogue"
REVIEWED = PACKAGE / "reviewed.csv"
AGAIN = "python -m indicators.page"
Rows = list[dict[str, str]]


def main(arguments: Sequence[str]) -> int:
    """Write the pages; with `--check` only name those that differ, and fail if any does."""
    pages = render(PACKAGE, REVIEWED)
    differ = [name for name, text in pages.items() if not _is(DOCS / name, text)]
    if "--check" in arguments:
        for name in differ:
            sys.stderr.write(f"{DOCS / name}: không khớp danh mục / differs from the catalogue; run: {AGAIN}\n")
        return int(bool(differ))
    DOCS.mkdir(parents=True, exist_ok=True)
    for name in differ:
        (DOCS / name).write_text(pages[name], encoding="utf-8", newline="")
    sys.stdout.write(
        f"{DOCS}: {len(differ)} đã viết lại / rewritten, {len(pages) - len(differ)} giữ nguyên / unchanged\n"
    )
    return 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def render(root: Path, reviewed: Path) -> dict[str, str]:
    """Every generated page by file name; raises ConfigError when the catalogue has problems."""
    files = read_files(root)
    catalogues = [load(root, tenant) for tenant in sorted(set(filter(None, map(tenant_of, files))))]
    data = page_data(files, catalogues)
    template = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return {
        "index.html": template.replace("__DATA__", text),
        "README.md": summary(files, catalogues),
        "most-visible.md": most_visible(files, reviewed),
    }


def page_data(files: Files, catalogues: Sequence[Catalogue]) -> dict[str, Any]:
    """What the page shows, as JSON holds it: the rows as lists, and the words for ids."""
    rulings = {table: _rows(files, table) for table in ("limits", "targets")}
    places = {row["site"] for rows in rulings.values() for row in rows if row["site"]}
    return {
        "fields": [[row["id"], row["name_vi"], row["name_en"]] for row in _ordered_fields(files)],
        "offices": {row["id"]: [row["name_vi"], row["name_en"]] for row in _rows(files, "offices")},
        "units": {row["id"]: [row["name_vi"], row["name_en"]] for row in _rows(files, "units")},
        "words": {column: {word: list(said) for word, said in words.items()} for column, words in WORDS.items()},
        "indicators": _table([{"field": home, **row} for home, row in _with_home(files, "catalogue")]),
        **{table: _table(rows) for table, rows in rulings.items()},
        "places": {
            site: _place(catalogue, site) for catalogue in catalogues for site in sorted(places & set(catalogue.sites))
        },
        "centres": [centre for catalogue in catalogues for centre in _centres(catalogue)],
        "stations": _stations(catalogues),
    }


def _rows(files: Files, table: str) -> Rows:
    return [row for _, row in _with_home(files, table)]


def _with_home(files: Files, table: str) -> list[tuple[str, dict[str, str]]]:
    held = {name: file for name, file in files.items() if table_of(name) == table}
    return [(Path(name).stem, row) for name, file in sorted(held.items()) for row in sorted(file.named(), key=_row_id)]


def _row_id(row: Mapping[str, str]) -> str:
    return row.get("id", "")


def _ordered_fields(files: Files) -> Rows:
    return sorted(_rows(files, "fields"), key=lambda row: int(row["order"]))


def _table(rows: Rows) -> dict[str, list[Any]]:
    columns = list(rows[0]) if rows else []
    return {"columns": columns, "rows": [[row[column] for column in columns] for row in rows]}


def _place(catalogue: Catalogue, site: str) -> list[str]:
    names = [catalogue.place(site, lang) for lang in ("vi", "en")]
    return [name[:1].upper() + name[1:] for name in names]


def _centres(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Each centre with the depth of every field that it watches and the indicators that it names."""
    return [
        {
            "id": stats.site,
            "names": _place(catalogue, stats.site),
            "tiers": {one.field: one.tier for one in catalogue.watches if one.site == stats.site and one.tier},
            "named": sorted(one.indicator for one in catalogue.watches if one.site == stats.site and one.indicator),
        }
        for stats in sorted(
            centre_stats(catalogue), key=lambda stats: (stats.site.count("-"), -stats.indicators, stats.site)
        )
    ]


def _stations(catalogues: Sequence[Catalogue]) -> dict[str, list[list[str]]]:
    """Where single indicators are measured, by indicator."""
    found: dict[str, list[list[str]]] = {}
    for catalogue in catalogues:
        for watch in sorted(catalogue.watches, key=lambda one: one.site):
            if watch.indicator:
                found.setdefault(watch.indicator, []).append(_place(catalogue, watch.site))
    return found


def summary(files: Files, catalogues: Sequence[Catalogue]) -> str:
    """The front page of the folder."""
    ruled = {row["indicator"] for table in ("limits", "targets") for row in _rows(files, table)}
    by_field: dict[str, Rows] = {}
    for home, row in _with_home(files, "catalogue"):
        by_field.setdefault(home, []).append(row)
    total = sum(map(len, by_field.values()))
    lines = [
        "# Danh mục chỉ tiêu / Catalogue of indicators",
        "",
        f"{total:,} chỉ tiêu. Mở [index.html](index.html) bằng trình duyệt để tìm và lọc; không cần mạng.".replace(
            ",", "."
        ),
        f"[{MOST_VISIBLE_VI}](most-visible.md).",
        "",
        f"{total:,} indicators. Open [index.html](index.html) in a browser to search and filter; it needs no network.",
        f"[{MOST_VISIBLE_EN}](most-visible.md). These pages are generated: `{AGAIN}`.",
        "",
        "| Lĩnh vực | Field | Chỉ tiêu / indicators | Có ngưỡng hoặc mục tiêu / with a limit or target |",
        "|---|---|---:|---:|",
    ]
    for field in _ordered_fields(files):
        rows = by_field.get(field["id"], [])
        lines.append(
            f"| {field['name_vi']} | {field['name_en']} | {len(rows)} | {sum(r['id'] in ruled for r in rows)} |"
        )
    lines += ["", "| Trung tâm | Centre | Lĩnh vực / fields | Chỉ tiêu / indicators |", "|---|---|---:|---:|"]
    for catalogue in catalogues:
        for stats in centre_stats(catalogue):
            vi, en = _place(catalogue, stats.site)
            lines.append(f"| {vi} | {en} | {stats.fields} | {stats.indicators} |")
    return "\n".join(lines) + "\n"


MOST_VISIBLE_VI = "Những chỉ tiêu được nhìn thấy nhiều nhất, đã đọc soát từng tên"
MOST_VISIBLE_EN = "The most visible indicators, each name read and reviewed"


def most_visible(files: Files, reviewed: Path) -> str:
    """The reviewed indicators by field; one whose name changed since is marked."""
    now = {row["id"]: (home, row) for home, row in _with_home(files, "catalogue")}
    with reviewed.open(encoding="utf-8", newline="") as file:
        read = {row["id"]: row for row in csv.DictReader(file)}
    lines = [f"# {MOST_VISIBLE_VI}", "", f"{MOST_VISIBLE_EN}.", ""]
    for field in _ordered_fields(files):
        held = [row for one, row in sorted(read.items()) if one in now and now[one][0] == field["id"]]
        if held:
            lines += [f"## {field['name_vi']} / {field['name_en']}", "", *HEAD]
            lines += [_reviewed_line(row, now[row["id"]][1]) for row in held] + [""]
    return "\n".join(lines)


HEAD = (
    "| Mã / id | Tên | Name | Đơn vị / unit | Đọc soát / reviewed |",
    "|---|---|---|---|---|",
)


def _reviewed_line(read: Mapping[str, str], now: Mapping[str, str]) -> str:
    same = all(read[column] == now[column] for column in ("name_vi", "name_en"))
    when = read["reviewed"] if same else "đã đổi tên, cần đọc lại / renamed, read again"
    return f"| {now['id']} | {now['name_vi']} | {now['name_en']} | {now['unit']} | {when} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
