"""Every kind of alert on every channel, compared with files that people have read; nothing breaks out of its place."""

import json
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.load import load
from indicators.lookup import Catalogue
from indicators.spec import Limit
from ioc.model import Kind, Severity, Slots, State
from ioc.notify.directory import Official
from ioc.notify.email import compose
from ioc.notify.render import chat, mail
from ioc.notify.render.clean import clean, cut
from ioc.notify.render.slots import slots
from ioc.notify.render.sms import fitted, length, sms, unaccent
from ioc.notify.render.speech import speech
from ioc.notify.render.zns import SIZES, parameters
from ioc.notify.route import message
from ioc.notify.sentence import quantity, tell, title
from tests.notify.test_sentence import CASES, CATALOGUE, transition

RENDERINGS = Path(__file__).parent / "renderings"
CHANNELS: dict[str, Callable[[Slots], str]] = {
    "sms": sms,
    "sms-accented": lambda said: sms(said, accented=True),
    "zns": lambda said: json.dumps(parameters(said), ensure_ascii=False, indent=1),
    "email-subject": title,
    "email-text": mail.text,
    "email-html": mail.html,
    "telegram": chat.telegram,
    "ticker": chat.ticker,
    "speech": speech,
}
SAID = set(Kind) - {Kind.EXTERNAL}
"""What another system tells comes in its own words, see `test_alertmanager_inlet`."""
BEN_TRE = load(tenant="ben-tre")
LONGEST_PLACES = sorted(BEN_TRE.sites, key=lambda site: -len(BEN_TRE.place(site)))[:3]


def said(lang: str = "vi", catalogue: Catalogue = CATALOGUE, **changes: object) -> Slots:
    return slots(transition(**changes), catalogue, lang)


def sheet(name: str) -> str:
    return "".join(
        f"== {channel} {lang}\n{render(said(lang, **CASES[name]))}\n"
        for channel, render in CHANNELS.items()
        for lang in ("vi", "en")
    )


@pytest.mark.parametrize("name", CASES)
def test_renderings_are_as_people_have_read_them(name: str) -> None:
    assert sheet(name) == (RENDERINGS / f"{name}.txt").read_text(encoding="utf-8")


def test_renderings_cover_every_kind_of_rule_firing_and_over() -> None:
    assert {path.stem for path in RENDERINGS.iterdir()} == set(CASES)
    shown = {(transition(**case).kind, transition(**case).after) for case in CASES.values()}
    assert {kind for kind, _ in shown} == SAID
    assert len(shown) == 2 * len(SAID)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_sms_of_every_limit_fits_one_plain_message_and_keeps_its_figures(lang: str) -> None:
    shortened = 0
    for limit in BEN_TRE.limits:
        for site in LONGEST_PLACES:
            news = _breach(limit, site)
            slotted = slots(news, BEN_TRE, lang)
            text = sms(slotted)
            assert length(text) == ("gsm", length(text).units, 1)
            for kept in (quantity(slotted), slotted.lower, slotted.upper, "08:10 12/03", slotted.mark):
                assert unaccent(kept) in text
            assert length(sms(slotted, accented=True)).parts <= 3
            shortened += ".. " in text
    assert shortened <= 0.1 * 3 * len(BEN_TRE.limits)


def _breach(limit: Limit, site: str) -> object:
    value = 1_234_567.8 if limit.kind is Kind.ABOVE else -999.9
    return transition(
        indicator=limit.indicator,
        site=site,
        kind=limit.kind,
        severity=limit.severity,
        value=value,
        bound=limit.value,
        upper=limit.upper,
        state=State.PRELIMINARY,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, ("gsm", 160, 1)),
        ("a" * 161, ("gsm", 161, 2)),
        ("a" * 159 + "[", ("gsm", 161, 2)),
        ("a" * 306, ("gsm", 306, 2)),
        ("ă" * 70, ("ucs2", 70, 1)),
        ("ă" * 71, ("ucs2", 71, 2)),
        ("ă" * 134, ("ucs2", 134, 2)),
        ("ă" * 135, ("ucs2", 135, 3)),
        ("😀" * 36, ("ucs2", 72, 2)),
    ],
)
def test_length_counts_the_parts_that_are_paid_for(text: str, expected: tuple[str, int, int]) -> None:
    assert length(text) == expected


@given(st.text(max_size=600), st.booleans())
def test_fitted_never_exceeds_its_parts(text: str, accented: bool) -> None:  # noqa: FBT001
    assert length(fitted(text, accented=accented, parts=2)).parts <= 2


@given(st.text(max_size=80))
def test_unaccent_gives_plain_ascii(text: str) -> None:
    assert length(unaccent(text)).encoding == "gsm"
    assert unaccent(text).isascii()


def test_unaccent_knows_every_sign_of_the_catalogue() -> None:
    for indicator in BEN_TRE.indicators.values():
        assert "?" not in unaccent(f"{indicator.name_vi} {indicator.name_en} {indicator.unit}")


@given(st.text(max_size=200), st.integers(1, 60))
def test_cut_keeps_within_its_length(text: str, size: int) -> None:
    assert len(cut(text, size)) <= size


@given(st.text(max_size=200))
def test_clean_leaves_one_harmless_line(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not [sign for sign in cleaned if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")]


def test_an_estimate_is_called_one_on_every_channel_that_gives_the_value() -> None:
    estimate = said(state=State.ESTIMATE)
    for channel in ("sms-accented", "email-text", "email-html", "telegram", "ticker", "speech"):
        assert "ước tính" in CHANNELS[channel](estimate), channel
    assert "uoc tinh" in sms(estimate)
    assert parameters(estimate)["value"].startswith("ước tính")


def test_zns_parameters_are_never_empty_nor_too_long_and_no_figure_is_cut() -> None:
    for limit in BEN_TRE.limits:
        for site in LONGEST_PLACES:
            slotted = slots(_breach(limit, site), BEN_TRE)  # type: ignore[arg-type]
            found = parameters(slotted)
            assert set(found) == set(SIZES)
            assert all(0 < len(text) <= SIZES[name] for name, text in found.items())
            assert slotted.value in found["value"]
            assert found["unit"] in (slotted.unit, "-")
            assert slotted.lower in found["limit"]


HOSTILE = {
    "template": "{{7*7}} {value} ${value} %(value)s",
    "tag": '<img src=x onerror="alert(1)"> <b>&amp;</b>',
    "header": "Độ mặn\r\nBcc: everybody@example.com\r\n\r\nbody",
    "mention": "@channel @everyone <!here>",
    "direction": "an\u202enoitcerid\u2066 left\u2069 \u200fright \u061c \ufeffx \u2028 line",
}


def hostile(text: str) -> Slots:
    calm = said()
    return Slots(
        **{
            **{field: getattr(calm, field) for field in calm.__struct_fields__},
            "place": clean(text),
            "name": clean(text),
            "basis": clean(text),
        }
    )


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("channel", CHANNELS)
def test_hostile_text_stays_text(name: str, channel: str) -> None:
    text = CHANNELS[channel](hostile(HOSTILE[name]))
    assert not [sign for sign in text if unicodedata.bidirectional(sign) in ("RLO", "LRI", "RLI", "PDI", "R", "AL")]
    assert "\r" not in text
    assert "49" not in text
    if channel not in ("email-html", "zns"):
        assert "\n" not in text
    if channel in ("email-html", "telegram"):
        assert not tags(text) - OURS
    if channel == "telegram":
        assert "@" not in text


OURS = {"html", "body", "p", "strong", "table", "tr", "td", "b", "code"}


def tags(text: str) -> set[str]:
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, _attributes: object) -> None:
            found.add(tag)

    Reader().feed(text)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_html_reads_as_it_was_written(name: str) -> None:
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            seen.append(data)

    Reader().feed(mail.html(hostile(HOSTILE[name])))
    assert seen.count(clean(HOSTILE[name])) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_adds_no_mail_header(name: str) -> None:
    mean = hostile(HOSTILE[name])
    official = Official(id="duty", title_vi="Trực ban", title_en="Duty", channels={"email": "duty@example.com"})
    note = message(transition(), official, "email", mean)
    composed = compose(note, "ioc@example.com")
    assert composed["Bcc"] is None
    assert composed["Subject"] == title(mean)
    assert composed.get_body(("plain",)).get_content().strip() == mail.text(mean)  # type: ignore[union-attr]


def test_slots_are_cleaned_where_they_are_made() -> None:
    told = said(basis="Quyết định\u202e 12\r\n@all", incident="a\u20667")
    assert told.basis == "Quyết định 12 @all"
    assert told.mark == "a7/1"
    assert "\u202e" not in tell(told)


def test_severity_is_told_by_its_own_word() -> None:
    words = {severity: tell(said(severity=severity)).partition(":")[0] for severity in list(Severity)[1:]}
    assert len(set(words.values())) == 3
