"""Numbers and times as a Vietnamese or an English reader expects them."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

from indicators.spec import local_time
from ioc.model import DAY, HOUR, MINUTE, Micros, Placing

DIGITS = 330
"""Room for the largest number that a float can hold."""


def number(value: float, decimals: int, lang: str) -> str:
    """`1.234.567,8` in Vietnamese, `1,234,567.8` in English."""
    with localcontext(prec=DIGITS):
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,f}"
    if rounded == 0:
        text = text.removeprefix("-")
    return text if lang == "en" else text.translate(str.maketrans(",.", ".,"))


def bound(value: float, lang: str) -> str:
    """A limit with as many decimals as it was written with, at most six."""
    digits = f"{value:.6f}".rstrip("0").rstrip(".")
    return number(value, len(digits.partition(".")[2]), lang)


def placed(figure: str, unit: str, placing: Placing) -> str:
    """A figure with its unit where its readers expect it: `4 g/L`, `91,2%`, `cấp 2`, a bare `7,5` for a pH."""
    if placing in (Placing.ALONE, Placing.YES_NO) or not unit:
        return figure
    if placing is Placing.BEFORE:
        return f"{unit} {figure}"
    return f"{figure}{unit}" if placing is Placing.JOINED else f"{figure} {unit}"


def clock_time(at: Micros, lang: str) -> str:
    """`08:10 ngày 12/03/2025`, `08:10 on 12 March 2025`: the local time of a moment."""
    local = local_time(at)
    if lang == "en":
        return f"{local:%H:%M} on {local.day} {local:%B %Y}"
    return f"{local:%H:%M} ngày {local:%d/%m/%Y}"


def duration(length: Micros, lang: str) -> str:
    """The two largest parts of a length of time: `1 giờ 25 phút`."""
    words = {"vi": ("ngày", "giờ", "phút", "giây"), "en": ("d", "h", "min", "s")}[lang]
    seconds = MINUTE // 60
    parts = []
    rest = max(0, length)
    for size, word in zip((DAY, HOUR, MINUTE, seconds), words, strict=True):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {word}")
    return " ".join(parts[:2]) or f"0 {words[-1]}"
