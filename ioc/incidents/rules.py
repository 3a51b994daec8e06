"""What deciding about incidents needs, put together by whoever knows settings, people and catalogue."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ioc.incidents.duty import Policy
from ioc.incidents.model import Act, Incident
from ioc.incidents.mute import Lineage
from ioc.model import Notification, Transition


class Rules(NamedTuple):
    """What deciding needs, all of it pure: the policy, who owns an indicator, what a site lies in, and the messages.

    `tell`: the messages about a step that was kept back. `urge`: those that an act causes.
    """

    policy: Policy
    owner: Callable[[str], str]
    lineage: Lineage
    tell: Callable[[Transition], Sequence[Notification]]
    urge: Callable[[Incident, Act], Sequence[Notification]]
