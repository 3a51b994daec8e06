"""Noise that needs no state: every draw is a hash of its key, so any moment can be asked for directly."""

import math
from hashlib import blake2b

_SCALE = 2.0**-64


def uniform(*key: object) -> float:
    """A number in [0, 1) that depends on the key alone, the same in every process."""
    digest = blake2b("\x1f".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") * _SCALE


def smooth(x: float, *key: object) -> float:
    """A curve through one draw per whole `x`, in [0, 1), without corners."""
    knot = math.floor(x)
    left = uniform(*key, knot)
    weight = (1 - math.cos((x - knot) * math.pi)) / 2
    return left + (uniform(*key, knot + 1) - left) * weight
