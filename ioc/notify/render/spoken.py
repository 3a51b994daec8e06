"""Figures as words, for a voice: `4,6` is "bốn phẩy sáu", "four point six"."""

import re

DIGITS = {
    "vi": ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}
TEENS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905 - readable
)
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
SCALES = {"vi": ("", "nghìn", "triệu"), "en": ("", "thousand", "million")}
BILLION = {"vi": "tỷ", "en": "billion"}
POINT = {"vi": "phẩy", "en": "point"}
MINUS = {"vi": "âm", "en": "minus"}
GROUP = 1000
FIGURE = {"vi": re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?|-?\d+(?:,\d+)?"), "en": re.compile(r"-?\d[\d,]*(?:\.\d+)?")}


def spell(figure: str, lang: str) -> str:
    """The words of one figure as `ioc.notify.numbers` writes it; "?" stays what it is."""
    if not FIGURE[lang].fullmatch(figure):
        return figure
    thousands, comma = (".", ",") if lang == "vi" else (",", ".")
    whole, _, fraction = figure.lstrip("-").replace(thousands, "").partition(comma)
    words = cardinal(int(whole), lang)
    if fraction:
        words = f"{words} {POINT[lang]} {_digits(fraction, lang)}"
    return f"{MINUS[lang]} {words}" if figure.startswith("-") else words


def spell_within(text: str, lang: str) -> str:
    """A text with each figure in it spelled: "ca trên 100.000 dân"."""
    return FIGURE[lang].sub(lambda found: spell(found[0], lang), text)


def cardinal(n: int, lang: str) -> str:
    """A whole number, zero or more, in words."""
    if n == 0:
        return DIGITS[lang][0]
    billions, rest = divmod(n, GROUP**3)
    words = []
    if billions:
        words += [cardinal(billions, lang), BILLION[lang]]
    for power in (2, 1, 0):
        group = rest // GROUP**power % GROUP
        if group:
            words += [_group(group, lang, full=bool(words)), SCALES[lang][power]]
    return " ".join(word for word in words if word)


def _group(n: int, lang: str, *, full: bool) -> str:
    """Three digits. `full`: something stands before them, so that Vietnamese names the empty hundreds."""
    hundreds, rest = divmod(n, 100)
    if lang == "en":
        parts = [DIGITS["en"][hundreds], "hundred"] if hundreds else []
        return " ".join([*parts, *([_pair_en(rest)] if rest else [])])
    words = [DIGITS["vi"][hundreds], "trăm"] if hundreds or full else []
    if rest and rest < 10 and words:  # noqa: PLR2004 - one digit
        words.append("linh")
    return " ".join([*words, *([_pair_vi(rest)] if rest else [])])


def _pair_vi(n: int) -> str:
    tens, ones = divmod(n, 10)
    if tens == 0:
        return DIGITS["vi"][ones]
    words = "mười" if tens == 1 else f"{DIGITS['vi'][tens]} mươi"
    endings = {0: "", 5: " lăm"} if tens == 1 else {0: "", 1: " mốt", 5: " lăm"}
    return words + endings.get(ones, f" {DIGITS['vi'][ones]}")


def _pair_en(n: int) -> str:
    tens, ones = divmod(n, 10)
    if tens == 0:
        return DIGITS["en"][ones]
    if tens == 1:
        return TEENS[ones]
    return TENS[tens] + (f"-{DIGITS['en'][ones]}" if ones else "")


def _digits(fraction: str, lang: str) -> str:
    """Decimals one by one; in Vietnamese two of them as a number, since "hai năm" would be two years."""
    if lang == "vi" and len(fraction) == 2 and fraction[0] != "0":  # noqa: PLR2004
        return _pair_vi(int(fraction))
    return " ".join(DIGITS[lang][int(digit)] for digit in fraction)
