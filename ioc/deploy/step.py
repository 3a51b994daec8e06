"""What is still to be done to a neighbour, and doing it until nothing is left."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ioc.errors import PermanentError, TemporaryError

ROUNDS = 8
Say = Callable[[str], None]


class ConflictError(PermanentError):
    """The other side is no longer as it was when the plan was made."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request: `what` for people; `caution` says why it needs a yes, and is empty when it does not.

    `form` is sent url-encoded, `body` as JSON; neither is ever shown. `token_file` gets the `token` of the answer.
    """

    what: str
    method: str
    path: str
    body: Any = field(default=None, repr=False)
    form: dict[str, str] | None = field(default=None, repr=False)
    caution: str = ""
    token_file: Path | None = None


Plan = Callable[[], Awaitable[Sequence[Step]]]
Do = Callable[[Step], Awaitable[None]]


async def carry_out(plan: Plan, do: Do, *, yes: bool, say: Say) -> bool:
    """Plan and do, again until the plan is empty; True when nothing is left, False when something waits for a yes.

    Steps of one plan need nothing of each other, so a step that is refused holds no other back; what depends on it
    stands in the next plan. What somebody else changed meanwhile (ConflictError) is looked at anew.

    Raises:
        PermanentError: steps were refused, each named with its reason, after all others were done; or the other side
            says yes and changes nothing.
        TemporaryError: the other side went away; the step is named, and those before it stay done.
    """
    refused: dict[str, PermanentError] = {}
    for _ in range(ROUNDS):
        steps = await plan()
        ready = [step for step in steps if (yes or not step.caution) and step.what not in refused]
        if not ready:
            _tell_rest([step for step in steps if step.what not in refused], say, settled=not steps)
            _tell_refused(refused)
            return not steps
        for step in ready:
            await _try(step, do, say, refused)
    _tell_refused(refused)
    raise PermanentError("unsettled", f"after {ROUNDS} rounds still to do: {', '.join(step.what for step in ready)}")


async def _try(step: Step, do: Do, say: Say, refused: dict[str, PermanentError]) -> None:
    try:
        await do(step)
    except ConflictError as error:
        say(f"~ có người vừa đổi, xem lại / changed by somebody meanwhile, looking again: {step.what} ({error.detail})")
    except PermanentError as error:
        refused[step.what] = error
        say(f"x không được / refused: {step.what} ({error})")
    except TemporaryError as error:
        raise TemporaryError(f"{step.what}: {error.reason}", error.retry_after) from error
    else:
        say(f"+ {step.what}" + (f" ({step.caution})" if step.caution else ""))


def _tell_refused(refused: dict[str, PermanentError]) -> None:
    if refused:
        raise PermanentError("refused", "; ".join(f"{what}: {error}" for what, error in refused.items()))


def _tell_rest(steps: Sequence[Step], say: Say, *, settled: bool) -> None:
    for step in steps:
        say(f"! chưa làm / not done without --yes: {step.what} ({step.caution})")
    if settled:
        say("= đúng như yêu cầu / as wanted")
