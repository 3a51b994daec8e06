"""What the numbers in Zalo's answers mean. Pure data.

The template service (ZNS) and the Official Account (OA) number their refusals apart: -100 is trouble of the former, to
be tried again, and an old attachment to the latter. Source: Zalo Platforms' documentation, "Mã lỗi" of the Official
Account API and of ZBS Template Message (formerly ZNS), as of 2026.
"""

from collections.abc import Mapping
from typing import NamedTuple

STALE = (-124, -216, -220)
"""The access token is none, or has been replaced, or has expired: nothing was done, and a new one helps."""
THROTTLED = -32
THROTTLE_SECONDS = 60.0
"""Calls are counted by the minute."""


class Codes(NamedTuple):
    """`later`: seconds to wait, None for growing pauses. `refusals`: why a repetition changes nothing."""

    later: Mapping[int, float | None]
    refusals: Mapping[int, str]


def _named(**numbers: tuple[int, ...]) -> dict[int, str]:
    return {-number: name.replace("_", "-") for name, found in numbers.items() for number in found}


ZNS = Codes(
    later={THROTTLED: THROTTLE_SECONDS, -100: 30.0},
    refusals=_named(
        bad_phone=(108,),
        bad_template=(109, 111, 112, 1121, 1122, 1124, 116, 117, 127, 130, 131, 145, 146),
        cannot_receive=(110, 114, 119, 140),
        no_zalo_account=(118,),
        user_refuses=(134, 139, 141),
        no_balance=(115, 126, 137),
        zns_night=(133,),
        quota=(144, 147, 1441, 1471, 1472),
        oa_not_allowed=(101, 102, 103, 105, 120, 135, 1351, 136, 138),
    ),
)
OA = Codes(
    later={THROTTLED: THROTTLE_SECONDS, -200: None},
    refusals=_named(
        not_a_follower=(213,),
        no_recent_contact=(230, 232),
        cannot_receive=(227,),
        user_refuses=(217, 244),
        too_long=(210,),
        no_balance=(320, 321),
        quota=(211, 218),
        oa_not_allowed=(204, 205, 209, 212, 219, 221, 223, 224, 235),
    ),
)
