"""Who is told, and how a wrong file is named."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from ioc.errors import ConfigError
from ioc.model import DAY, HOUR, MINUTE, Kind, Micros, Notification, Severity
from ioc.notify.directory import Absence, Day, Directory, Official, Route, load
from ioc.notify.explain import explain, probe
from ioc.notify.route import notifications
from ioc.notify.sentence import sentence
from tests.notify.test_sentence import T0, transition
from tests.support.catalogue import CHAU_THANH, OTHER_CHAU_THANH, PROVINCE, STATION, small

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


def test_message_keeps_its_slots_in_the_outbox_and_older_rows_have_none() -> None:
    route = Route(officials=("duty",), channels=("email",))
    [note] = notifications(transition(), Directory(officials=(DUTY,), routes=(route,)), CATALOGUE)
    kept = msgspec.json.encode(note)
    assert msgspec.json.decode(kept, type=Notification) == note
    older = {name: value for name, value in msgspec.json.decode(kept).items() if name != "slots"}
    assert msgspec.convert(older, Notification).slots is None


NIGHT = "22:00-06:00"


@pytest.mark.parametrize(
    ("hours", "days", "hour", "is_told"),
    [
        ("07:00-17:00", (), 7, True),
        ("07:00-17:00", (), 17, False),
        (NIGHT, (), 23, True),
        (NIGHT, (), 5, True),
        (NIGHT, (), 6, False),
        (None, ("wed",), 12, True),
        (None, ("thu",), 12, False),
        (NIGHT, ("tue",), 5, True),  # Tuesday's night ends on Wednesday morning
        (NIGHT, ("wed",), 5, False),
        (NIGHT, ("wed",), 23, True),
    ],
)
def test_route_keeps_its_local_hours(hours: str | None, days: tuple[Day, ...], hour: int, is_told: bool) -> None:  # noqa: FBT001
    route = Route(hours=hours, days=days, officials=("duty",), channels=("email",))
    at = WEDNESDAY + hour * HOUR
    assert bool(told(route, severity=Severity.WARNING, at=at)) is is_told
    assert told(route, severity=Severity.CRITICAL, at=at) == [("duty", "email")]


WEDNESDAY = T0 - 8 * HOUR - 10 * MINUTE
AWAY = (Absence(first=date(2025, 3, 12), last=date(2025, 3, 14)),)


def stand_in(*officials: Official, at: Micros = T0) -> list[tuple[str, str]]:
    route = Route(officials=(officials[0].id,), channels=("email",))
    directory = Directory(officials=officials, routes=(route,))
    return [(n.receiver, n.address) for n in notifications(transition(at=at), directory, CATALOGUE)]


def person(name: str, *deputies: str, away: tuple[Absence, ...] = (), channel: str = "email") -> Official:
    return Official(
        id=name,
        title_vi=name,
        title_en=name,
        channels={channel: f"{name}@example.com"},
        deputies=deputies,
        away=away,
    )


def test_deputy_is_told_while_the_official_is_away_and_no_longer() -> None:
    both = person("head", "deputy", away=AWAY), person("deputy")
    assert stand_in(*both) == [("deputy", "deputy@example.com")]
    assert stand_in(*both, at=T0 + 3 * DAY) == [("head", "head@example.com")]


def test_deputy_of_the_deputy_is_told_when_both_are_away_in_a_ring() -> None:
    ring = person("head", "deputy", away=AWAY), person("deputy", "head", "third", away=AWAY), person("third")
    assert stand_in(*ring) == [("third", "third@example.com")]


def test_official_is_told_though_away_when_no_deputy_has_the_channel() -> None:
    assert stand_in(person("head", "deputy", away=AWAY), person("deputy", channel="sms")) == [
        ("head", "head@example.com")
    ]


def test_explain_names_who_is_told_and_why_the_others_are_not() -> None:
    directory = Directory(
        officials=(person("head", "deputy", away=AWAY), person("deputy"), DISTRICT, person("nobody")),
        routes=(
            Route(officials=("head",), channels=("email",)),
            Route(officials=("deputy",), channels=("email",)),
            Route(fields=("health",), officials=("district",), channels=("email",)),
            Route(sites=(CHAU_THANH,), officials=("district",), channels=("email",)),
            Route(kinds=(Kind.NO_DATA,), officials=("district",), channels=("email",)),
            Route(severity="critical", officials=("district",), channels=("email",)),
            Route(hours="01:00-02:00", days=("sun",), officials=("district",), channels=("webhook",)),
        ),
    )
    news = probe(CATALOGUE, STATION, "salinity", Kind.ABOVE, Severity.WARNING, T0)
    assert explain(directory, CATALOGUE, news) == (
        sentence(news, CATALOGUE),
        "lúc 08:10 ngày 12/03/2025 / at 08:10 on 12 March 2025",
        "được báo / told:",
        "  tuyến / route 1: deputy (deputy), email: deputy@example.com (thay / for head, đang vắng / who is away)",
        "  tuyến / route 2: deputy, email: đã báo ở tuyến trên / already told by a route above",
        "không được báo / not told:",
        (
            "  tuyến / route 3 (district): không dùng / not taken: "
            "lĩnh vực environment không thuộc / field is none of health"
        ),
        (
            "  tuyến / route 4 (district): không dùng / not taken: "
            "địa bàn st-my-hoa < vn63-83 không nằm trong / site lies in none of vn63-83-831"
        ),
        "  tuyến / route 5 (district): không dùng / not taken: loại above không thuộc / kind is none of no-data",
        "  tuyến / route 6 (district): không dùng / not taken: mức warning dưới / severity is below critical",
        "  tuyến / route 7 (district): không dùng / not taken: ngoài giờ / outside its hours 01:00-02:00 sun",
        "  nobody: không tuyến nào nêu cán bộ này / no route names this official",
    )


def test_explain_says_what_quiet_hours_and_the_order_of_channels_do() -> None:
    duty = DISTRICT.model_copy(update={"quiet": "08:00-09:00", "order": ("webhook", "email")})
    directory = Directory(officials=(duty,), routes=(Route(officials=("district",), channels=("email",)),))
    for severity, line in (
        (Severity.WARNING, "      giữ lại trong giờ yên tĩnh / held: quiet hours 08:00-09:00"),
        (Severity.CRITICAL, "      chưa ai nhận thì báo tiếp qua / unless acknowledged, next on webhook"),
    ):
        news = probe(CATALOGUE, STATION, "salinity", Kind.ABOVE, severity, T0)
        assert explain(directory, CATALOGUE, news)[4:] == (line,)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ('quiet = "10-6"', r"6:1: official #1\.quiet: "),
        ('order = ["pigeon"]', "1:1: official #1: order: "),
        ("per_day = 0", r"6:1: official #1\.per_day: "),
    ],
)
def test_officials_wishes_that_cannot_be_are_named(tmp_path: Path, key: str, place: str) -> None:
    (tmp_path / "officials.toml").write_text(f"{GOOD_OFFICIAL}{key}\n", encoding="utf-8")
    (tmp_path / "routes.toml").write_text(GOOD_ROUTE, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"officials\.toml:{place}"):
        load(tmp_path / "officials.toml", tmp_path / "routes.toml")


def test_explain_says_when_nobody_is_told() -> None:
    news = probe(CATALOGUE, STATION, "salinity", Kind.NO_DATA, Severity.INFO, T0)
    assert explain(Directory(), CATALOGUE, news)[-1].endswith("set officials and routes in [notify]")


@pytest.mark.parametrize(("site", "indicator"), [("st-my-ho", "salinity"), (STATION, "salinty")])
def test_probe_suggests_what_was_meant(site: str, indicator: str) -> None:
    with pytest.raises(ConfigError, match=r"did you mean (st-my-hoa|salinity)"):
        probe(CATALOGUE, site, indicator, Kind.ABOVE, Severity.WARNING, T0)


@pytest.mark.parametrize("kind", list(Kind))
def test_probe_breaks_the_limit_it_names(kind: Kind) -> None:
    news = probe(CATALOGUE, STATION, "salinity", kind, Severity.CRITICAL, T0)
    assert sentence(news, CATALOGUE)
    if kind in (Kind.NO_DATA, Kind.SOURCE_DOWN, Kind.COMBINATION, Kind.EXTERNAL):
        assert news.value is None
        return
    assert news.value is not None
    assert news.bound is not None
    ends = {Kind.ABOVE: news.value > news.bound, **dict.fromkeys((Kind.BELOW, Kind.GAP), news.value < news.bound)}
    assert ends.get(kind, news.value > (news.upper or 0))


GOOD_OFFICIAL = (
    '[[official]]\nid = "duty"\ntitle_vi = "Trực ban"\ntitle_en = "Duty"\nchannels = { email = "x@example.com" }\n'
)
GOOD_ROUTE = '[[route]]\nofficials = ["duty"]\nchannels = ["email"]\n'


@pytest.mark.parametrize(
    ("officials", "routes", "message"),
    [
        (
            GOOD_OFFICIAL,
            GOOD_ROUTE.replace("duty", "night"),
            "routes.toml:2:1: route #1.officials: không có cán bộ",
        ),
        (GOOD_OFFICIAL, GOOD_ROUTE.replace("email", "sms"), "no address for 'sms'"),
        (
            GOOD_OFFICIAL,
            GOOD_ROUTE + 'severity = "loud"\n',
            r"routes\.toml:4:1: route #1\.severity: phải là một trong",
        ),
        (GOOD_OFFICIAL, GOOD_ROUTE + "colour = 1\n", "colour"),
        (GOOD_OFFICIAL, "routes = 1\n", "unknown key 'routes'"),
        (
            GOOD_OFFICIAL + 'deputies = ["night"]\n',
            GOOD_ROUTE,
            "officials.toml:6:1: official #1.deputies: không có cấp phó này / no deputy 'night'",
        ),
        (GOOD_OFFICIAL * 2, GOOD_ROUTE, r"officials\.toml:7:1: official #2\.id: .*two officials with one id"),
        (GOOD_OFFICIAL, GOOD_ROUTE + 'hours = "7-17"\n', r"routes\.toml:4:1: route #1\.hours: .*07:00-17:00"),
        (
            GOOD_OFFICIAL,
            GOOD_ROUTE + 'days = ["monday"]\n',
            r"routes\.toml:4:1: route #1\.days #1: phải là",
        ),
        ("[[official]\n", GOOD_ROUTE, r"officials\.toml:1:\d+: không phải TOML"),
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
