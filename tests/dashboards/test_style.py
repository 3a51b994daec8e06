"""Colours that can be read and told apart, and signs and words that say the same without colour."""

import math

import pytest

from dashboards.lines import DASHES
from dashboards.panels import LEGIBLE
from dashboards.style import COLOURS, INK, LINES, PLAN, STALE
from dashboards.words import LANGUAGES, TEXT, Words
from ioc.model import Severity

AA, AA_GRAPHICS = 4.5, 3.0
WHITE, BLACK = "#ffffff", "#000000"
TILES = [*COLOURS.values(), STALE]


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", TILES)
def test_figures_are_readable_on_their_ground(ground: str) -> None:
    assert max(contrast(ground, WHITE), contrast(ground, BLACK)) >= AA


@pytest.mark.parametrize("line", [INK, PLAN, *(LINES[one] for one in DASHES)])
def test_curves_stand_out_from_a_white_ground(line: str) -> None:
    assert contrast(line, WHITE) >= AA_GRAPHICS


def test_severities_differ_in_lightness_too() -> None:
    ordered = [luminance(COLOURS[one]) for one in (Severity.OK, Severity.WARNING, Severity.INFO, Severity.CRITICAL)]
    assert contrast(COLOURS[Severity.WARNING], COLOURS[Severity.CRITICAL]) >= AA_GRAPHICS
    assert contrast(COLOURS[Severity.OK], COLOURS[Severity.CRITICAL]) >= AA_GRAPHICS
    assert ordered == sorted(ordered, reverse=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_severities_have_a_sign_and_a_word_of_their_own(lang: str) -> None:
    words = Words(lang)
    for form in ("{}", "is_{}", "limit_{}"):
        said = [words(form.format(name)) for name in ("info", "warning", "critical")]
        signs = [text.split(" ", 1)[0] for text in said]
        assert signs == ["●", "▲", "■"]
        assert len({text.split(" ", 1)[1] for text in said}) == len(said)
    assert len({str(dashes) for dashes in DASHES.values()}) == len(DASHES)


def test_what_is_wrong_is_never_told_by_colour_alone() -> None:
    for key in ("stale", "down", "unowned", "is_open", "nothing", "is_not_met"):
        for text in TEXT[key]:
            assert not text[0].isalnum(), key


def test_tiles_are_legible_from_four_metres() -> None:
    millimetres = 1210 / 1920  # a television of 55 inches with 1,920 pixels across
    cap_height = 0.7 * float(str(LEGIBLE["valueSize"])) * millimetres
    assert cap_height >= 4000 * math.tan(math.radians(12 / 60)), "letters of 12 minutes of arc"
