"""Settings are typed, named when wrong, and shown truthfully by the example file."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from ioc.clock import PlayedClock, SystemClock
from ioc.errors import ConfigError
from ioc.settings import Settings, load

KEY = re.compile(r"(# )?[a-z_]+ = ")
HEADER = re.compile(r"# \[+[a-z_.]+\]+")
LEAVES = {"notify.zalo.sizes", "notify.apprise.target_files", "notify.http.headers"}
"""Tables whose keys a centre chooses."""
RENAMED = {"notify.rates.email": "notify.rates"}
"""One table for each channel, of which one is shown."""
EXAMPLE = Path(__file__).parents[1] / "config/ioc.example.toml"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_example_shows_the_defaults() -> None:
    assert load(EXAMPLE) == Settings()


def test_example_shows_every_section() -> None:
    assert set(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))) == set(Settings.model_fields)


def test_example_shows_every_key_that_is_no_inline_secret() -> None:
    assert {name for name, _ in keys(Settings, "")} - shown().keys() == set()


def test_example_shows_nothing_that_is_not_there() -> None:
    assert shown().keys() - {name for name, _ in keys(Settings, "")} == set()


def test_example_shows_the_default_of_every_key_that_has_one() -> None:
    """Where the default is nothing (no file, an empty text), an example stands there instead."""
    defaults = {name: default for name, default in keys(Settings, "") if default}
    assert {name: value for name, value in shown().items() if defaults.get(name, value) != value} == {}


def test_example_says_of_every_key_what_it_means() -> None:
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if KEY.match(line)]
    assert [line for line in lines if "  # " not in line] == []


def test_example_written_out_whole_is_read() -> None:
    text = whole()
    assert load_text(text).notify.zalo is not None


def whole() -> str:
    """The example with everything in it that is only shown."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removeprefix("# ") if KEY.match(line) or HEADER.match(line) else line for line in lines)


def load_text(text: str) -> Settings:
    return Settings(**tomllib.loads(text))


def shown() -> dict[str, Any]:
    """Every key of the example by its dotted name, with its value as the settings have it."""
    return dict(flat(tomllib.loads(whole()), ""))


def flat(table: dict[str, Any], section: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        path = f"{section}.{name}".lstrip(".")
        if isinstance(value, dict) and path not in LEAVES:
            yield from flat(value, RENAMED.get(path, path))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from flat(value[0], path)
        else:
            yield path, tuple(value) if isinstance(value, list) else value


def keys(model: type[BaseModel], section: str) -> Iterator[tuple[str, Any]]:
    """Every key by its dotted name with its default, as TOML would have it."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        path = f"{section}.{name}".lstrip(".")
        for kind in inner:
            yield from keys(kind, path)
        if not inner and SecretStr not in kinds:
            default = None if field.is_required() else field.default
            yield path, str(default) if isinstance(default, Path) else default


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "ioc.toml", '[mqtt]\nhost = "a"\nport = 1884\n')
    monkeypatch.setenv("IOC__MQTT__HOST", "b")
    settings = load(path)
    assert (settings.mqtt.host, settings.mqtt.port) == ("b", 1884)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[mqtt]\nhsot = "a"\n', r"ioc\.toml:2:1: không có khóa này / unknown key 'mqtt\.hsot'; did you mean 'host'\?"),
        ("[mqt]\nport = 1\n", r"ioc\.toml:1:1: không có khóa này / unknown key 'mqt'; did you mean 'mqtt'\?"),
        ('[mqtt]\n\n  port = "x"\n', r"ioc\.toml:3:3: mqtt\.port: phải là số nguyên / must be a whole number"),
        ("[mqtt]\nport = 70000\n", r"ioc\.toml:2:1: mqtt\.port: nhiều nhất là / must be at most 65535"),
        ("[mqtt\n", r"ioc\.toml:1:6"),
        ('[log]\nlevel = "LOUD"\n', r"ioc\.toml:2:1: log\.level"),
    ],
)
def test_load_names_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(write(tmp_path / "ioc.toml", text))


def test_load_names_a_wrong_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC__MQT__HOST", "a")
    with pytest.raises(
        ConfigError, match=r"IOC__MQT__HOST: không có phần này / no section 'mqt'; did you mean 'mqtt'\?"
    ):
        load()


def test_load_names_a_wrong_value_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC__MQTT__PORT", "many")
    with pytest.raises(ConfigError, match=r"environment: IOC__MQTT__PORT: mqtt\.port"):
        load()


def test_variable_that_sets_a_whole_section_is_named_for_what_is_wrong_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC__MQTT", '{"port": "many"}')
    with pytest.raises(ConfigError, match=r"^environment: IOC__MQTT: mqtt\.port: "):
        load(write(tmp_path / "ioc.toml", "[mqtt]\nport = 1884\n"))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")


def test_secrets_do_not_show(tmp_path: Path) -> None:
    text = '[mqtt]\nusername = "ioc"\npassword = "opensesame"\n[influx]\ntoken = "opensesame"\n'
    settings = load(write(tmp_path / "ioc.toml", text))
    assert "opensesame" not in repr(settings)
    assert "opensesame" not in settings.model_dump_json()


def test_secrets_do_not_show_in_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(write(tmp_path / "ioc.toml", '[mqtt]\npassword = "opensesame"\n'))
    assert "opensesame" not in f"{raised.value}{raised.value.__cause__}"


def test_clock_is_played_only_when_told(tmp_path: Path) -> None:
    assert type(Settings().clock.clock()) is SystemClock
    played = load(write(tmp_path / "ioc.toml", "[clock]\nstart = 1741734000000000\nspeed = 60\n")).clock.clock()
    assert isinstance(played, PlayedClock)
    assert played.speed == 60


def test_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ioc.toml"
    path.write_bytes(b'[mqtt]\nhost = "\xff"\n')
    with pytest.raises(ConfigError, match=r"ioc\.toml: byte 16 is not UTF-8"):
        load(path)


@pytest.mark.parametrize("name", ["IOC__MQTT", "IOC__MQTT__TOPICS"])
def test_variable_that_is_no_json_is_told_of_without_its_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "opensesame")
    with pytest.raises(ConfigError, match=r'environment: .*"mqtt".*JSON') as raised:
        load()
    assert raised.value.__cause__ is None
    assert "opensesame" not in str(raised.value)
