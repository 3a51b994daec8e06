"""A digest and an alert that chattered, on every channel, compared with files that people have read."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ioc.model import HOUR, MINUTE, Notification, OutboxRow, Severity, Status
from ioc.notify.digest import gather, settled
from ioc.notify.directory import Official
from ioc.notify.email import compose
from ioc.notify.news import Release, news
from ioc.notify.render import gathered
from ioc.notify.render.chat import TELEGRAM_LENGTH
from ioc.notify.render.slots import slots
from ioc.notify.render.sms import fitted, length
from ioc.notify.render.zns import SIZES
from ioc.notify.route import message
from ioc.notify.webhook import body
from tests.notify.test_render import CHANNELS, HOSTILE, tags
from tests.notify.test_sentence import CATALOGUE, RESOLVED, T0, transition
from tests.support.catalogue import CHAU_THANH, OTHER_CHAU_THANH, PROVINCE, STATION

GOLDEN = Path(__file__).parent / "gathered"
DIGEST: dict[str, Callable[[Notification], str]] = {
    "sms": lambda one: fitted(one.text),
    "sms-accented": lambda one: fitted(one.text, accented=True),
    "zns": lambda one: json.dumps(gathered.parameters(one, SIZES.items()), ensure_ascii=False, indent=1),
    "email-subject": lambda one: one.subject,
    "email-text": gathered.text,
    "email-html": gathered.html,
    "telegram": lambda one: gathered.telegram(one, TELEGRAM_LENGTH),
    "zalo": lambda one: gathered.plain(one, 400),
    "speech": gathered.spoken,
}
ALERTS: tuple[dict[str, object], ...] = (
    {"site": CHAU_THANH, "incident": "aaaaaaaa"},
    {"site": OTHER_CHAU_THANH, "incident": "bbbbbbbb", "severity": Severity.WARNING, "at": T0 + 12 * MINUTE},
    {"site": STATION, "incident": "cccccccc", "indicator": "ph", "severity": Severity.WARNING},
    {"site": PROVINCE, "incident": "dddddddd", "indicator": "files-open", "severity": Severity.INFO, "field": "health"},
    {"site": STATION, "incident": "eeeeeeee", **RESOLVED, "revision": 2, "at": T0 + HOUR, "value": 3.7},
)


def note(lang: str, name: str | None = None, **changes: object) -> Notification:
    told = transition(**changes)
    said = slots(told, CATALOGUE, lang)
    if name is not None:
        said = msgspec.structs.replace(said, place=name, name=name, basis=name)
    official = Official(id="duty", title_vi="Trực ban", title_en="Duty", channels={"email": "duty@example.com"})
    return message(told, official, "email", said)


def digest(lang: str, name: str | None = None, many: int = 1) -> Notification:
    rows = [
        OutboxRow(
            number,
            note(lang, name, **{**changes, "rule": f"r{number}", "indicator": f"i-{number}"} if many > 1 else changes),
        )
        for number, changes in enumerate(ALERTS * many, 1)
    ]
    held = {news(row.number, row.message).slot: [row.number] for row in rows if row.number != 4}
    [part] = gather(Release(held, dict.fromkeys(held, 1)), rows, CATALOGUE)
    assert (part.held, part.named) == ([row.number for row in rows if row.number != 4], [4])
    return part.message


def chattered(lang: str) -> str:
    said = settled(note(lang), 12).slots
    assert said is not None
    return "".join(f"== {channel} {lang}\n{render(said)}\n" for channel, render in CHANNELS.items())


def sheet(name: str) -> str:
    if name == "chattered":
        return chattered("vi") + chattered("en")
    return "".join(
        f"== {channel} {lang}\n{render(digest(lang))}\n" for channel, render in DIGEST.items() for lang in ("vi", "en")
    )


@pytest.mark.parametrize("name", ["digest", "chattered"])
def test_gathered_messages_are_as_people_have_read_them(name: str) -> None:
    assert sheet(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_digest_of_a_thousand_fits_every_channel(lang: str) -> None:
    large = digest(lang, many=200)
    assert len(large.items) == 1000
    assert length(fitted(large.text)).parts <= 3
    assert f"[{large.incident}/1]" in fitted(large.text)
    assert len(gathered.telegram(large, TELEGRAM_LENGTH)) <= TELEGRAM_LENGTH
    assert len(gathered.plain(large, 2000)) <= 2000
    assert gathered.text(large).count("\n- ") == 1000
    assert len(json.loads(body(large))["alerts"]) == 1000
    assert all(0 < len(text) <= SIZES[name] for name, text in gathered.parameters(large, SIZES.items()).items())


def test_counts_of_a_digest_are_those_of_its_alerts() -> None:
    found = gathered.counts(digest("vi").items, "vi")
    assert found == "4 đang diễn ra (nguy cấp 1, cảnh báo 2, theo dõi 1), 1 đã hết, trong đó 1 đã báo riêng"


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("channel", DIGEST)
def test_hostile_text_in_a_digest_stays_text(name: str, channel: str) -> None:
    text = DIGEST[channel](digest("vi", HOSTILE[name]))
    assert not [sign for sign in text if unicodedata.bidirectional(sign) in ("RLO", "LRI", "RLI", "PDI", "R", "AL")]
    assert "\r" not in text
    assert "49" not in text
    if channel in ("email-html", "telegram"):
        assert not tags(text) - {"html", "body", "p", "strong", "ul", "li", "b"}
    if channel in ("telegram", "zalo"):
        assert "@" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_digest_adds_no_mail_header(name: str) -> None:
    mean = digest("vi", HOSTILE[name])
    composed = compose(mean, "ioc@example.com")
    assert composed["Bcc"] is None
    assert composed["Subject"] == mean.subject
    assert composed.get_body(("plain",)).get_content().strip() == gathered.text(mean)  # type: ignore[union-attr]


def test_alert_that_fired_once_is_told_as_it_is() -> None:
    assert settled(note("vi"), 1) == note("vi")


def test_digest_has_one_name_on_all_channels_and_another_for_other_news() -> None:
    one, again = digest("vi"), digest("vi")
    assert one.incident == again.incident
    assert one.incident != digest("vi", many=2).incident
    assert Status.RESOLVED is one.items[-1].status
