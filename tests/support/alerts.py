"""The step of an alert that many tests begin with."""

from ioc.model import Kind, Micros, Severity, State, Status, Transition


def fired(at: Micros) -> Transition:
    """Salt water at An Thuận beyond its critical limit."""
    return Transition(
        rule="salinity-above-critical",
        site="st-an-thuan",
        field="environment",
        indicator="salinity",
        kind=Kind.ABOVE,
        severity=Severity.CRITICAL,
        before=Status.PENDING,
        after=Status.FIRING,
        at=at,
        since=at,
        value=4.6,
        bound=4.0,
        upper=None,
        state=State.PROVISIONAL,
        basis="",
        incident="ABCDEFGH",
        revision=1,
    )
