"""Incidents as points of the measurement `incident`: one for each, at the time it was opened. Pure.

Tags: `site` and `field`. Fields: `stage` (0 open, 1 acknowledged, 2 resolved), `severity` (worst of what fires),
`peak` (worst ever), `alerts` (how many fire) and `acts` as integers; `waited` until somebody first acknowledged it and
`lasted` until it was over as floats in minutes, where that has come; `id`, `owner` and `assignee` as strings. As fields
of a point merge, an incident that was opened again keeps the old `lasted`: whoever reads that asks for `stage` 2.
"""

from ioc.incidents.model import Incident, Stage
from ioc.model import MINUTE, Micros
from ioc.store.alert import quoted
from ioc.store.line import escape

MEASUREMENT = "incident"
STAGES = {Stage.OPEN: 0, Stage.ACKNOWLEDGED: 1, Stage.RESOLVED: 2}


def incident_line(one: Incident) -> bytes:
    """The point of an incident as it stands.

    Raises:
        PermanentError: `name`, when a tag cannot be written.
    """
    codes = {"stage": STAGES[one.stage], "severity": int(one.severity), "peak": int(one.peak)}
    codes |= {"alerts": len(one.active), "acts": one.acts}
    spans = {"waited": _since(one, one.first_acknowledged), "lasted": _since(one, one.resolved)}
    texts = {"id": one.id, "owner": one.owner, "assignee": one.assignee}
    fields = [f"{name}={code}i" for name, code in codes.items()]
    fields += [f"{name}={span!r}" for name, span in spans.items() if span is not None]
    fields += [f"{name}={quoted(text)}" for name, text in texts.items()]
    field = f",field={escape(one.field)}" if one.field else ""  # a source that is down belongs to none
    head = f"{MEASUREMENT}{field},site={escape(one.site)}"
    return f"{head} {','.join(fields)} {one.opened}".encode()


def _since(one: Incident, at: Micros | None) -> float | None:
    return None if at is None else (at - one.opened) / MINUTE
