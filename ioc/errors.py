"""The errors of the engine.

IocError
    ConfigError       what somebody wrote is wrong; the message names file, line and column
    TemporaryError    try again, not before `retry_after` seconds
    PermanentError    trying again changes nothing
    OutcomeUnknownError   it may have arrived; repeat it under the same name
    JournalError      the journal could not commit; nothing of the batch was accepted
"""


class IocError(Exception):
    """The root of all errors that this project raises on purpose."""


class ConfigError(IocError):
    """A file or setting that somebody wrote is wrong, and the message says where and what to do."""


class TemporaryError(IocError):
    """The other side may well accept the same thing later."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """`reason` is a short bounded word for counters; `retry_after` is in seconds."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class PermanentError(IocError):
    """The other side will never accept this."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """`reason` is a short bounded word for counters; `detail` is for people."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class JournalError(IocError):
    """A commit failed; nothing of the batch was accepted."""


class OutcomeUnknownError(IocError):
    """The other side may have accepted it and may not; saying it again under the same name is safe."""
