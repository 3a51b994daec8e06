"""What is still to be done to a neighbour, and doing it until nothing is left."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ioc.errors import PermanentError

ROUNDS = 8
Say = Callable[[str], None]


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

    Steps of one plan need nothing of each other; what depends on them stands in the next plan.

    Raises:
        PermanentError: the other side says yes and changes nothing.
    """
    for _ in range(ROUNDS):
        steps = await plan()
        ready = [step for step in steps if yes or not step.caution]
        if not ready:
            _tell_rest(steps, say)
            return not steps
        for step in ready:
            say(f"+ {step.what}" + (f" ({step.caution})" if step.caution else ""))
            await do(step)
    raise PermanentError("unsettled", f"after {ROUNDS} rounds still to do: {', '.join(step.what for step in ready)}")


def _tell_rest(steps: Sequence[Step], say: Say) -> None:
    for step in steps:
        say(f"! chưa làm / not done without --yes: {step.what} ({step.caution})")
    if not steps:
        say("= đúng như yêu cầu / as wanted")
