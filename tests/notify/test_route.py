"""Who is told, and how a wrong file is named."""

from pathlib import Path

import pytest

from ioc.errors import ConfigError
from ioc.model import Kind, Severity
from ioc.notify.directory import Directory, Official, Route, load
from ioc.notify.route import notifications
from tests.notify.test_sentence import transition
from tests.support.catalogue import CHAU_THANH, OTHER_CHAU_THANH, PROVINCE, small

CATALOGUE = small()
DUTY = Official(id="duty", title_vi="Trực ban", title_en="Duty officer", channels={"email": "duty@example.com"})
DISTRICT = Official(
    id="district", title_vi="Huyện", title_en="District", lang="en", channels={"email": "d@example.com", "webhook": "x"}
)


def told(*routes: Route, **changes: object) -> list[tuple[str, str]]:
    directory = Directory(officials=(DUTY, DISTRICT), routes=routes)
    return [(n.receiver, n.channel) for n in notifications(transition(**changes), directory, CATALOGUE)]


def test_route_takes_its_severity_and_worse() -> None:
    route = Route(severity="critical", officials=("duty",), channels=("email",))
    assert told(route) == [("duty", "email")]
    assert told(route, severity=Severity.WARNING) == []


def test_route_of_a_site_takes_all_below_it_and_no_namesake() -> None:
    province = Route(sites=(PROVINCE,), officials=("duty",), channels=("email",))
    district = Route(sites=(CHAU_THANH,), officials=("district",), channels=("email",))
    assert told(province, district, site=CHAU_THANH) == [("duty", "email"), ("district", "email")]
    assert told(province, district, site=OTHER_CHAU_THANH) == []


def test_route_matches_fields_and_kinds() -> None:
    assert told(Route(fields=("health",), officials=("duty",), channels=("email",))) == []
    assert told(Route(kinds=(Kind.NO_DATA,), officials=("duty",), channels=("email",))) == []


def test_nobody_gets_the_same_message_twice() -> None:
    route = Route(officials=("duty", "district"), channels=("email",))
    assert told(route, route) == [("duty", "email"), ("district", "email")]


def test_message_speaks_the_officials_language_and_names_the_incident() -> None:
    route = Route(officials=("duty", "district"), channels=("email",))
    directory = Directory(officials=(DUTY, DISTRICT), routes=(route,))
    vi, en = notifications(transition(), directory, CATALOGUE)
    assert vi.text.startswith("NGUY CẤP")
    assert en.text.startswith("CRITICAL")
    assert vi.text.endswith("[a7k2q9xz/1]")


GOOD_OFFICIAL = (
    '[[official]]\nid = "duty"\ntitle_vi = "Trực ban"\ntitle_en = "Duty"\nchannels = { email = "x@example.com" }\n'
)
GOOD_ROUTE = '[[route]]\nofficials = ["duty"]\nchannels = ["email"]\n'


@pytest.mark.parametrize(
    ("officials", "routes", "message"),
    [
        (GOOD_OFFICIAL, GOOD_ROUTE.replace("duty", "night"), "route 1: no official 'night'"),
        (GOOD_OFFICIAL, GOOD_ROUTE.replace("email", "sms"), "no address for 'sms'"),
        (GOOD_OFFICIAL, GOOD_ROUTE + 'severity = "loud"\n', r"\[\[route\]\] number 1: severity"),
        (GOOD_OFFICIAL, GOOD_ROUTE + "colour = 1\n", "colour"),
        (GOOD_OFFICIAL, "routes = 1\n", "unknown key 'routes'"),
        ("[[official]\n", GOOD_ROUTE, "officials.toml: .*line 1"),
    ],
)
def test_load_names_file_and_entry(tmp_path: Path, officials: str, routes: str, message: str) -> None:
    (tmp_path / "officials.toml").write_text(officials, encoding="utf-8")
    (tmp_path / "routes.toml").write_text(routes, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load(tmp_path / "officials.toml", tmp_path / "routes.toml")


def test_shipped_examples_load() -> None:
    root = Path(__file__).parents[2]
    assert load(root / "config/officials.example.toml", root / "config/routes.example.toml").routes
    assert load(root / "ioc/demo/officials.toml", root / "ioc/demo/routes.toml").routes
