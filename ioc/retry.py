"""The only back-off of the system: capped exponential with full jitter."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the n-th try: uniformly between 0 and min(cap, base x 2^n) seconds."""

    base: float = 0.5
    cap: float = 15.0

    def delay(self, attempt: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
        """Seconds to wait after `attempt` failures in a row (1, 2, 3 ...)."""
        return uniform(0.0, self.ceiling(attempt))

    def ceiling(self, attempt: int) -> float:
        """The longest wait possible after `attempt` failures."""
        return min(self.cap, self.base * 2.0 ** min(attempt, 30))
