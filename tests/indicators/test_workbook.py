"""The workbook of the catalogue: out and back without loss, changes shown first, nothing wrong let in."""

import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from indicators.columns import COLUMNS, Shape
from indicators.files import File, read_files
from indicators.load import PACKAGE
from indicators.revision import Act, Revision, changed, lines, propose
from indicators.tabs import GUIDE, MANIFEST, TABS, cell_value, number_text
from indicators.upload import read_upload
from indicators.workbook import export
from ioc.errors import ConfigError

GOOD = Path(__file__).parent / "good"
Edit = Callable[[Any], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "root"))


@pytest.fixture
def exported(root: Path, tmp_path: Path) -> Path:
    export(root, tmp_path / "out.xlsx")
    return tmp_path / "out.xlsx"


def edited(path: Path, edit: Edit) -> Path:
    """The workbook as somebody saves it again."""
    book = load_workbook(path)
    edit(book)
    book.save(path)
    return path


def put(title: str, row: int, column: str, value: object, number_format: str = "") -> Edit:
    def edit(book: Any) -> None:
        sheet = book[title]
        cell = sheet.cell(row, [head.value for head in sheet[1]].index(column) + 1)
        cell.value = value
        cell.number_format = number_format or cell.number_format

    return edit


def told(revision: Revision) -> str:
    return "\n".join(map(str, revision.problems))


def test_real_catalogue_comes_back_byte_for_byte(tmp_path: Path) -> None:
    export(PACKAGE, tmp_path / "out.xlsx")
    back = read_upload(tmp_path / "out.xlsx", read_files(PACKAGE))
    assert back.problems == []
    on_disk = {name: (PACKAGE / name).read_bytes() for name in back.files}
    assert {name: file.text().encode() for name, file in back.files.items()} == on_disk
    assert len(on_disk) == len(read_files(PACKAGE)) > 40


def test_workbook_saved_again_by_another_program_changes_nothing(root: Path, exported: Path) -> None:
    revision = propose(root, edited(exported, lambda _: None))
    assert (revision.changes, revision.files, revision.problems, revision.stale) == ((), {}, (), ())


def test_every_column_is_explained_in_its_header(exported: Path) -> None:
    book = load_workbook(exported)
    assert book.sheetnames == [GUIDE, *(tab.title for tab in TABS.values()), MANIFEST]
    for tab in TABS.values():
        header = book[tab.title][1]
        assert sorted(cell.value for cell in header) == sorted(tab.header())
        assert all(COLUMNS[cell.value].words.vi in cell.comment.text for cell in header)
        assert book[tab.title].freeze_panes in {"B2", "C2"}


def test_closed_words_have_drop_down_lists(exported: Path) -> None:
    book = load_workbook(exported)
    rules = {
        (tab.title, book[tab.title][f"{str(rule.sqref)[0]}1"].value): rule.formula1
        for tab in TABS.values()
        for rule in book[tab.title].data_validations.dataValidation
    }
    assert rules["Ngưỡng", "severity"] == '"info,warning,critical"'
    assert rules["Chỉ tiêu", "unit"].startswith("OFFSET('Đơn vị tính'!$A$2")
    assert rules["Địa bàn", "tenant"] == '"ben-tre,binh-duong"'
    assert "health" in rules["Ngưỡng", "home"]
    assert all(len(source) <= 255 for source in rules.values())


@pytest.mark.parametrize("sign", list("=+-@"))
def test_text_that_begins_like_a_formula_stays_text(root: Path, tmp_path: Path, sign: str) -> None:
    name = "offices.csv"
    file = read_files(root)[name]
    evil = sign + 'HYPERLINK("http://example.com")'
    (root / name).write_text(File(file.header, (*file.rows, ("zz", evil, "Office of signs"))).text(), newline="")
    export(root, tmp_path / "out.xlsx")
    cell = next(
        c for row in load_workbook(tmp_path / "out.xlsx")["Cơ quan"].iter_rows() for c in row if c.value == evil
    )
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert propose(root, tmp_path / "out.xlsx").changes == ()


def test_one_changed_cell_is_one_change_and_is_written(root: Path, exported: Path) -> None:
    before = read_files(root)
    revision = propose(root, edited(exported, put("Chỉ tiêu", 2, "name_en", "Another name entirely")))
    assert told(revision) == ""
    (change,) = revision.changes
    assert (change.act, [cell[0] for cell in change.cells]) == (Act.CHANGED, ["name_en"])
    assert read_files(root) == before
    revision.write()
    after = read_files(root)
    assert [name for name in after if after[name] != before[name]] == [change.file]
    assert "Another name entirely" in (root / change.file).read_text()
    assert [path for path in root.rglob("*") if path.name.endswith(".new")] == []


def test_rows_added_and_removed_are_told_apart(root: Path, exported: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["Cơ quan"]
        sheet.append(["so-moi", "Sở Mới", "New Department"])
        sheet.insert_rows(2)

    revision = propose(root, edited(exported, edit))
    assert [(change.key, change.act) for change in revision.changes] == [("so-moi", Act.ADDED)]
    shown = "\n".join(lines(revision.changes))
    assert "\x1b[32m  + so-moi\x1b[0m  Sở Mới" in shown
    assert "rows added 1, removed 0, changed 0" in shown


def test_diff_of_a_table_without_ids_names_what_changed() -> None:
    header = ("site", "field", "tier", "indicator", "valid_from")
    old = File(header, (("a", "health", "1", "", ""), ("b", "health", "1", "", "")))
    new = File(header, (("a", "health", "2", "", ""), ("c", "health", "1", "", "")))
    found = list(changed("tenants/t/profiles.csv", old, new))
    assert [(change.key, change.act) for change in found] == [
        ("a health", Act.CHANGED),
        ("b health", Act.REMOVED),
        ("c health", Act.ADDED),
    ]
    assert found[0].cells == (("tier", "1", "2"),)


def test_problem_names_sheet_row_and_column(root: Path, exported: Path) -> None:
    revision = propose(root, edited(exported, put("Chỉ tiêu", 3, "unit", "furlong")))
    assert told(revision).startswith("Chỉ tiêu:3:unit: ")
    with pytest.raises(ConfigError, match="nothing is written"):
        revision.write()


def test_problem_that_names_another_row_points_into_the_workbook(root: Path, exported: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["Cơ quan"]
        sheet.append([cell.value for cell in sheet[2]])

    last = load_workbook(exported)["Cơ quan"].max_row + 1
    message = told(propose(root, edited(exported, edit)))
    assert f"Cơ quan:{last}:id" in message or "Cơ quan:2:id" in message
    assert "offices.csv" not in message


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (put("Chỉ tiêu", 2, "max", "=1+1"), "Chỉ tiêu:2:max: ô này là công thức"),
        (put("Chỉ tiêu", 2, "max", 0.5, "0%"), "Chỉ tiêu:2:max: ô này có định dạng phần trăm"),
        (put("Ngưỡng", 2, "hours", date(2025, 6, 22)), "Ngưỡng:2:hours: bảng tính đã đổi ô này thành ngày"),
        (put("Chỉ tiêu", 2, "max", "1,5"), "Chỉ tiêu:2:max: “1,5” không phải là số"),
        (put("Chỉ tiêu", 2, "field", "../../etc"), "Chỉ tiêu:2:field: không có lĩnh vực “../../etc”"),
        (put("Ngưỡng", 2, "home", None), "Ngưỡng:2:home: không có lĩnh vực “”"),
        (put("Địa bàn", 2, "tenant", "../x"), "Địa bàn:2:tenant: "),
        (put("Địa bàn", 1, "lat", "latitude"), "Địa bàn:1:latitude: không có cột “latitude”"),
        (lambda book: book.remove(book["Mục tiêu"]), "Mục tiêu:1: thiếu trang này"),
    ],
)
def test_what_is_not_a_plain_value_is_refused_with_its_place(
    root: Path, exported: Path, edit: Edit, words: str
) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*.csv")}
    assert words in told(propose(root, edited(exported, edit)))
    assert {path: path.read_bytes() for path in root.rglob("*.csv")} == before


def test_days_and_numbers_typed_in_a_spreadsheet_are_read(root: Path, exported: Path) -> None:
    edited(exported, put("Chỉ tiêu", 2, "typical_max", 90.5))
    edited(exported, put("Ngưỡng", 2, "valid_from", date(2001, 2, 3)))
    cells = [cell for change in propose(root, exported).changes for cell in change.cells]
    assert ("typical_max", "90.5") in {(column, new) for column, _, new in cells}
    assert ("valid_from", "2001-02-03") in {(column, new) for column, _, new in cells}


def test_detached_accents_are_composed(root: Path, exported: Path) -> None:
    revision = propose(root, edited(exported, put("Cơ quan", 2, "name_vi", "So\u031b\u0309 Mo\u031b\u0301i")))
    assert revision.changes[0].cells[0][2] == "Sở Mới"


def test_workbook_of_one_tenant_leaves_the_other_alone(root: Path, tmp_path: Path) -> None:
    export(root, tmp_path / "one.xlsx", "ben-tre")
    assert propose(root, tmp_path / "one.xlsx").changes == ()
    revision = propose(root, edited(tmp_path / "one.xlsx", put("Địa bàn", 2, "tenant", "binh-duong")))
    assert "exported without tenants/binh-duong/sites.csv" in told(revision)


def test_all_rows_of_a_file_removed_leave_its_header(root: Path, exported: Path) -> None:
    def edit(book: Any) -> None:
        book["Mục tiêu"].delete_rows(2, 1000)

    revision = propose(root, edited(exported, edit))
    assert {change.act for change in revision.changes} == {Act.REMOVED}
    revision.write()
    assert (root / "targets/health.csv").read_text().count("\n") == 1


def test_files_changed_since_the_export_are_named(root: Path, exported: Path) -> None:
    path = root / "offices.csv"
    path.write_text(path.read_text() + "zz,Sở Khác,Other Department\n")
    revision = propose(root, exported)
    assert revision.stale == ("offices.csv",)
    assert [(change.key, change.act) for change in revision.changes] == [("zz", Act.REMOVED)]


def test_existing_file_is_not_overwritten_unasked(root: Path, exported: Path) -> None:
    with pytest.raises(ConfigError, match="--force"):
        export(root, exported)
    assert export(root, exported, overwrite=True) > 0


def test_unknown_tenant_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="tien-giang"):
        export(root, tmp_path / "x.xlsx", "tien-giang")


@pytest.mark.parametrize("place", range(0, 100, 4))
def test_damaged_workbook_is_refused_or_read_but_never_crashes(root: Path, exported: Path, place: int) -> None:
    data = bytearray(exported.read_bytes())
    start = len(data) * place // 100
    data[start : start + 40] = bytes(range(40))
    exported.write_bytes(data)
    before = read_files(root)
    with suppress(ConfigError):
        propose(root, exported)
    assert read_files(root) == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"id,name\n", "zip"])
def test_file_that_is_no_workbook_is_refused_in_words(root: Path, tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "x.xlsx"
    if isinstance(content, str):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "x")
    else:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="not a sound XLSX"):
        propose(root, path)


def test_missing_file_is_told(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        propose(root, tmp_path / "none.xlsx")


def test_workbook_that_unpacks_too_large_is_refused_unread(root: Path, exported: Path) -> None:
    with zipfile.ZipFile(exported, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet99.xml", b"0" * (49 << 20))
    assert exported.stat().st_size < 1 << 20
    with pytest.raises(ConfigError, match="too large"):
        propose(root, exported)


def test_entities_are_refused(root: Path, exported: Path) -> None:
    with zipfile.ZipFile(exported, "a") as archive:
        archive.writestr("xl/evil.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(ConfigError, match="DOCTYPE"):
        propose(root, exported)


def test_workbook_of_somebody_else_is_refused(root: Path, tmp_path: Path) -> None:
    Workbook().save(tmp_path / "x.xlsx")
    with pytest.raises(ConfigError, match="export again"):
        propose(root, tmp_path / "x.xlsx")


@pytest.mark.parametrize(
    "name", ["../x.csv", "/etc/passwd", "limits/../../x.csv", "tenants/../sites.csv", "pyproject.toml"]
)
def test_strange_file_name_in_the_manifest_is_refused(root: Path, exported: Path, name: str) -> None:
    edited(exported, lambda book: book[MANIFEST].append([name, 1, "x"]))
    with pytest.raises(ConfigError, match="strange file name"):
        propose(root, exported)


def test_new_field_makes_a_new_file(root: Path, exported: Path) -> None:
    def edit(book: Any) -> None:
        book["Lĩnh vực"].append(["energy", "Năng lượng", "Energy", 990])
        sheet = book["Chỉ tiêu"]
        row = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
        row |= {"field": "energy", "id": "power-cuts", "name_vi": "Số lần cắt điện", "name_en": "Power cuts"}
        sheet.append(list(row.values()))

    revision = propose(root, edited(exported, edit))
    assert "catalogue/energy.csv" in revision.files
    assert {change.act for change in revision.changes} == {Act.ADDED}


@pytest.mark.parametrize(
    ("text", "shape", "held"),
    [
        ("12", Shape.NUMBER, 12.0),
        ("0.1", Shape.NUMBER, 0.1),
        ("012", Shape.NUMBER, "012"),
        ("1.50", Shape.NUMBER, "1.50"),
        ("1e999", Shape.NUMBER, "1e999"),
        ("-5", Shape.NUMBER, -5.0),
        ("83", Shape.TEXT, "83"),
        ("2025-06-30", Shape.DAY, date(2025, 6, 30)),
        ("20250630", Shape.DAY, "20250630"),
        ("1899-06-30", Shape.DAY, "1899-06-30"),
        ("", Shape.DAY, None),
    ],
)
def test_cell_is_typed_only_where_nothing_is_lost(text: str, shape: Shape, held: object) -> None:
    assert cell_value(text, shape) == held
    assert type(cell_value(text, shape)) is type(held)


@pytest.mark.parametrize(
    "text", ["a_x0041_b", "_x000D_x", "tab\there", "two\nlines", "'quote", "<b>&amp;", "TRUE", "1e5"]
)
def test_odd_text_comes_back_as_it_was(root: Path, tmp_path: Path, text: str) -> None:
    file = read_files(root)["offices.csv"]
    (root / "offices.csv").write_text(File(file.header, (*file.rows, ("zz", text, "Odd"))).text(), newline="")
    export(root, tmp_path / "out.xlsx")
    assert propose(root, tmp_path / "out.xlsx").changes == ()


def test_number_of_a_spreadsheet_keeps_fifteen_digits() -> None:
    assert [number_text(0.1 + 0.2), number_text(12.0), number_text(1e16)] == ["0.3", "12", "1e+16"]
