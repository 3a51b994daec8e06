"""The duty table: what it says, and what is wrong with it."""

from pathlib import Path

import pytest

from indicators import load as catalogue_files
from ioc.errors import ConfigError
from ioc.incidents.deadline import deadline
from ioc.incidents.duty import ANY, IncidentsConfig, load
from ioc.model import DAY, HOUR, MINUTE, Severity
from ioc.notify import directory

ROOT = Path(__file__).parents[2]
OFFICIALS = {"chief": ("email",), "duty-officer": ("console", "email")}
GOOD = """
[[office]]
id = "*"
step = [{ wait = "10min", officials = ["chief"], channels = ["email"] }]
[[office]]
id = "so-y-te"
repeats = 2
unacknowledge = "4h"
step = [
    { wait = "5min", officials = ["duty-officer"], channels = ["console", "email"] },
    { wait = "1h", officials = ["chief", "duty-officer"], channels = ["email"] },
]
"""


def read(tmp_path: Path, text: str) -> object:
    file = tmp_path / "offices.toml"
    file.write_text(text, encoding="utf-8")
    return load(IncidentsConfig(offices=file), ("so-y-te", "so-noi-vu"), OFFICIALS)


def test_a_duty_table_gives_each_office_its_ladder(tmp_path: Path) -> None:
    file = tmp_path / "offices.toml"
    file.write_text(GOOD, encoding="utf-8")
    policy = load(IncidentsConfig(offices=file, gather="1h", severity="critical"), ("so-y-te",), OFFICIALS)
    assert (policy.gather, policy.reopen, policy.least) == (HOUR, 30 * MINUTE, Severity.CRITICAL)
    duty = policy.duty("so-y-te")
    assert (len(duty.steps), duty.repeats, duty.unacknowledge) == (2, 2, 4 * HOUR)
    assert [duty.next(taken) for taken in range(5)] == [duty.steps[0], *[duty.steps[1]] * 3, None]
    assert policy.duty("another") == policy.duties[ANY]
    assert load(IncidentsConfig(), (), {}).duty("so-y-te").next(0) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[office]]", "[[ofice]]", ":2:1: không có khóa này / unknown key 'ofice'"),
        ('id = "so-y-te"', 'id = "so-y"', ":6:1: office #2.id: không có trong danh mục / 'so-y' is"),
        ('id = "so-y-te"', 'id = "*"', ":6:1: office #2.id: có hai lần / '*' is there twice"),
        ("repeats = 2", "repeats = -1", ":7:1: office #2.repeats: ít nhất là / must be at least 0"),
        ("repeats = 2", "repeat = 2", ":7:1: không có khóa này / unknown key 'office #2.repeat'"),
        ('wait = "5min"', 'wait = "soon"', ":10:5: office #2.step #1.wait: “soon” không"),
        ('unacknowledge = "4h"', 'unacknowledge = "4"', ":8:1: office #2.unacknowledge: “4” không"),
        ('officials = ["duty-officer"]', "officials = []", ":10:5: office #2.step #1.officials: số mục ít nhất là"),
        ('officials = ["duty-officer"]', 'officials = ["boss"]', "office #2.step #1: không có cán bộ này / no"),
        ('["chief", "duty-officer"], channels = ["email"]', '["chief"], channels = ["sms"]', "no address for 'sms'"),
        ("repeats = 2", "repeats = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as error:
        read(tmp_path, GOOD.replace(old, new, 1) if old != "[[office]]" else GOOD.replace(old, new))
    assert "offices.toml" in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(("folder", "names"), [("config", ".example"), ("ioc/demo", "")])
def test_the_shipped_tables_fit_the_shipped_officials(folder: str, names: str) -> None:
    people = directory.load(ROOT / folder / f"officials{names}.toml", ROOT / folder / f"routes{names}.toml")
    channels = {one.id: tuple(one.channels) for one in people.officials}
    file = ROOT / folder / f"offices{names}.toml"
    policy = load(IncidentsConfig(offices=file), catalogue_files.load().offices, channels)
    assert policy.duty("any").next(0) is not None


@pytest.mark.parametrize("field", ["gather", "reopen"])
def test_a_setting_that_is_no_duration_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        IncidentsConfig.model_validate({field: "soon"})


@pytest.mark.parametrize(("text", "expected"), [("2h", 2 * HOUR), (" 1d ", DAY), ("1970-01-01T08:00:00+07:00", HOUR)])
def test_a_deadline_is_a_duration_or_a_moment(text: str, expected: int) -> None:
    assert deadline(text, 0) == expected


@pytest.mark.parametrize("text", ["", "soon", "2025-03-12T08:00:00", "-2h"])
def test_what_is_no_deadline_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time zone|Invalid isoformat"):
        deadline(text, 0)
