"""Whether people can follow the alerting: the last day by the engine's gauges, beside the goals of EEMUA 191."""

from dashboards import panels, style
from dashboards.panels import metric
from dashboards.style import Json, override
from dashboards.words import Words
from ioc.model import Severity

MEAN_GOAL, WORST_GOAL = 1.0, 10
"""Messages to one official in ten minutes, as the engine judges them too (`ioc.alerting.health`)."""
SHARES = {Severity.CRITICAL: 5, Severity.WARNING: 15, Severity.INFO: 80}
"""Percent of the alerts that fired, as EEMUA 191 would have it."""
STANDING_GOAL = 5
"""Alerts that stand for more than a day; ISA-18.2 accepts fewer than five."""
COUNTED = ("chattering", "fleeting", "standing", "shelved", "never_fired")


def heading(words: Words) -> Json:
    """What the row is about, and the goals in one line."""
    return panels.text(f"**{words('alarm_health')}.** {words('alarm_goals')}")


def burden(words: Words) -> Json:
    """One row an official: the mean and the worst ten minutes and the whole day, the worst first."""
    columns = {
        "per_ten": "ioc_alarm_messages_per_10min",
        "worst_ten": "ioc_alarm_messages_worst_10min",
        "messages_day": "ioc_alarm_messages_day",
    }
    refs = dict(zip(columns, "ABC", strict=True))
    goals = {"per_ten": MEAN_GOAL, "worst_ten": WORST_GOAL}
    targets = [metric(f"max by (receiver) ({name})", refs[key], instant=True) for key, name in columns.items()]
    shown = [override(f"Value #{refs[key]}", _figure(words(key), goals.get(key))) for key in columns]
    shown.append(override("receiver", {"displayName": words("receiver")}))
    order = ("receiver", *(f"Value #{ref}" for ref in refs.values()))
    sort = [(words("worst_ten"), True)]
    panel = panels.table(words("burden"), targets, shown, order=order, sort=sort, nothing=words("no_messages"))
    joined: list[Json] = [{"id": "merge", "options": {}}, panels.arranged(order, hidden=("Time",))]
    return panel | {"transformations": joined}


def shares(words: Words) -> Json:
    """Percent of the alerts that fired at each severity, each with its goal in its name."""
    target = metric("max by (severity) (ioc_alarm_share) * 100", legend="{{severity}}")
    names = {one: one.name.lower() for one in SHARES}
    shown = [override(names[one], {"displayName": f"{words(names[one])} ({goal})"}) for one, goal in SHARES.items()]
    special: Json = {"unit": style.PERCENT, "decimals": 0}
    return panels.stat(words("shares"), [target], shown, nothing=words("nothing"), special=special)


def counted(words: Words) -> Json:
    """How many alerts and rules are not as they should be; coloured from the number that stands with its name."""
    edges = {"chattering": 1, "standing": STANDING_GOAL}
    refs = dict(zip(COUNTED, "ABCDE", strict=True))
    targets = [metric(f"max(ioc_alarm_{name})", refs[name], words(f"alarm_{name}")) for name in COUNTED]
    shown = [override(words(f"alarm_{name}"), {"thresholds": _warning(edge)}) for name, edge in edges.items()]
    return panels.stat(words("counted"), targets, shown, nothing=words("nothing"))


def noisiest(words: Words) -> Json:
    """The rules that fired most often; the engine names ten at most."""
    target = metric("max by (rule) (ioc_alarm_noisiest) > 0", instant=True)
    shown = [
        override("rule", {"displayName": words("rule")}),
        override("Value", {"displayName": words("times"), "custom.width": 110}),
    ]
    sort = [(words("times"), True)]
    order = ("rule", "Value")
    panel = panels.table(words("noisy_rules"), [target], shown, order=order, sort=sort, nothing=words("no_alerts"))
    return panel | {"transformations": [panels.arranged(order, hidden=("Time",))]}


def _figure(name: str, goal: float | None) -> Json:
    """A column; its cell is coloured where the goal is missed."""
    if goal is None:
        return {"displayName": name}
    cell = {"type": "color-background", "mode": "basic"}
    edges = style.thresholds((None, "transparent"), (_above(goal), style.COLOURS[Severity.WARNING]))
    return {"displayName": name, "decimals": 1, "thresholds": edges, "custom.cellOptions": cell}


def _above(goal: float) -> float:
    """Thresholds colour from a value on, and the goal itself is kept."""
    return goal + 0.001


def _warning(edge: int) -> Json:
    return style.thresholds((None, style.GROUND), (edge, style.COLOURS[Severity.WARNING]))
