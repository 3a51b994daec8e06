"""Whatever is wrong in a TOML file has its line and column."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ioc.errors import ConfigError
from ioc.tomlfile import TomlFile, spots

ROOT = Path(__file__).parents[1]
SHIPPED = [*ROOT.glob("config/**/*.toml"), *ROOT.glob("ioc/demo/*.toml"), ROOT / "pyproject.toml"]

TEXT = '''title = "a"
[mqtt]
  host = "[[b]]"  # [x]
topics = [
    "one = 1",
    ["4h"],
]
[mqtt.tls]
"ca file" = 1
[[office]]
id = "a"
note = """
id = "no key"
[none]
"""
[[office.step]]
wait = "1h"
[[office]]
a.b = 1
[office.more]
x = { y = 1 }
[[office.step]]
[[office.step]]
wait = "2h"
more = [
  { a = "{" }, { b = 1 },  # {
    { c = [ { d = 1 } ] },
]
'''

SPOTS = {
    ("title",): (1, 1),
    ("mqtt",): (2, 1),
    ("mqtt", "host"): (3, 3),
    ("mqtt", "topics"): (4, 1),
    ("mqtt", "tls"): (8, 1),
    ("mqtt", "tls", "ca file"): (9, 1),
    ("office", 0): (10, 1),
    ("office", 0, "id"): (11, 1),
    ("office", 0, "note"): (12, 1),
    ("office", 0, "step", 0): (16, 1),
    ("office", 0, "step", 0, "wait"): (17, 1),
    ("office", 1): (18, 1),
    ("office", 1, "a", "b"): (19, 1),
    ("office", 1, "more"): (20, 1),
    ("office", 1, "more", "x"): (21, 1),
    ("office", 1, "step", 0): (22, 1),
    ("office", 1, "step", 1): (23, 1),
    ("office", 1, "step", 1, "wait"): (24, 1),
    ("office", 1, "step", 1, "more"): (25, 1),
    ("office", 1, "step", 1, "more", 0): (26, 3),
    ("office", 1, "step", 1, "more", 1): (26, 3),
    ("office", 1, "step", 1, "more", 2): (27, 5),
}


def test_spots_of_every_key_and_header() -> None:
    assert spots(TEXT) == SPOTS


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_spots_of_every_shipped_file_are_what_it_holds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    held, found = set(paths(tomllib.loads(text))), set(spots(text))
    assert found <= held
    assert [one for one in held if len(one) == 1 and not any(spot[0] == one[0] for spot in found)] == []


def paths(document: Any) -> Iterator[tuple[str | int, ...]]:
    """Every key and entry, however deep."""
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield (key,)
        if isinstance(value, (dict, list)):
            yield from ((key, *path) for path in paths(value))


@pytest.mark.parametrize(
    ("loc", "place"),
    [
        (("office", 1, "step", 1, "wait"), "24:1"),
        (("office", 1, "step", 1, "officials", 3), "23:1"),
        (("office", 1, "more", "x", "y"), "21:1"),
        (("office", 0, "tagged", "step", 0, "wait"), "17:1"),
        (("office",), "10:1"),
        (("nowhere",), "1:1"),
        ((), "1:1"),
    ],
)
def test_place_is_that_of_the_nearest_that_is_written(loc: tuple[str | int, ...], place: str) -> None:
    assert TomlFile(Path("a.toml"), TEXT).place(loc) == f"a.toml:{place}"


@pytest.mark.parametrize(
    ("text", "message"),
    [("[a\n", r"a\.toml:1:3: không phải TOML"), ("a = [1,\n", r"a\.toml:2:1: không phải TOML / not TOML")],
)
def test_what_is_not_toml_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TomlFile(Path("a.toml"), text)


def test_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes("\ufeffa = 1\r\n[b]\r\nc = 2\r\n".encode())
    file = TomlFile.read(path)
    assert (file.document, file.place(("b", "c"))) == ({"a": 1, "b": {"c": 2}}, f"{path}:3:1")


def test_what_cannot_be_read_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.toml: không đọc được / cannot be read \(No such file.*\); do this"):
        TomlFile.read(tmp_path / "a.toml", "do this")
    (tmp_path / "b.toml").write_bytes(b'a = "\xff"')
    with pytest.raises(ConfigError, match=r"b\.toml: byte 6 is not UTF-8"):
        TomlFile.read(tmp_path / "b.toml")
    (tmp_path / "c.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match=r"c\.toml: quá lớn / too large: 1000001 bytes"):
        TomlFile.read(tmp_path / "c.toml")
