"""Acts on incidents that cannot be, and why. Pure values."""

from enum import StrEnum

from ioc.errors import PermanentError


class Why(StrEnum):
    """Why an act was refused."""

    NO_INCIDENT = "no-incident"
    NO_SILENCE = "no-silence"
    NO_ASK = "no-ask"
    NO_NAME = "no-name"
    NO_TEXT = "no-text"
    TOO_LONG = "too-long"
    TOO_FAR = "too-far"
    ACKNOWLEDGED = "already-acknowledged"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    RESOLVED = "already-resolved"
    NOT_RESOLVED = "not-resolved"
    ANSWERED = "already-answered"
    IN_THE_PAST = "in-the-past"
    NO_MATCHER = "no-matcher"
    ENDED = "already-ended"
    NOBODY_NEXT = "nobody-next"
    UNKNOWN = "unknown-name"


class RefusedError(PermanentError):
    """An act that cannot be, as things stand."""

    def __init__(self, why: Why, detail: str = "") -> None:
        """`detail` names the offender."""
        super().__init__(why.value, detail)
        self.why = why
