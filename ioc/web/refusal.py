"""A request that cannot be answered, said in both languages with what was expected."""

import msgspec
from starlette.responses import Response


class Refusal(Exception):  # noqa: N818 - it is an answer to the caller, not a fault of ours
    """What is wrong with a request: the parameter, and what should stand there."""

    def __init__(self, vi: str, en: str, *, parameter: str | None = None, status: int = 400) -> None:
        """`vi` and `en` are full sentences."""
        super().__init__(en)
        self.vi = vi
        self.en = en
        self.parameter = parameter
        self.status = status

    def response(self) -> Response:
        """The answer over HTTP."""
        body = {"error": {"parameter": self.parameter, "vi": self.vi, "en": self.en}}
        headers = {"retry-after": "5"} if self.status == 503 else {}  # noqa: PLR2004 - the HTTP status
        return Response(msgspec.json.encode(body), self.status, headers, "application/json")


def unreadable(parameter: str, text: str, expected_vi: str, expected_en: str) -> Refusal:
    """A parameter that does not have its form."""
    shown = text[:60]
    return Refusal(
        f"Tham số “{parameter}” không hợp lệ: “{shown}”. Cần {expected_vi}.",
        f'Parameter "{parameter}" is not valid: "{shown}". Expected {expected_en}.',
        parameter=parameter,
    )


def whole(parameter: str, text: str, most: int) -> int:
    """A whole number from 1 to `most`. Raises Refusal."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(most)) or not 1 <= int(text) <= most:
        raise unreadable(parameter, text, f"số nguyên từ 1 đến {most}", f"a whole number from 1 to {most}")
    return int(text)
