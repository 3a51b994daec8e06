"""Data health, from the engine's own counters: what came in, was refused and waits, and whether the links hold."""

from dashboards import alarm_health, panels, style
from dashboards.page import Page, uid
from dashboards.panels import metric
from dashboards.style import Json, override
from dashboards.words import Words
from ioc.model import Severity

OPERATIONS = "operations"
RATE = "[$__rate_interval]"


def health(tenant: str, words: Words) -> Page:
    """One page for the engine of a tenant."""
    return Page(
        uid=uid(tenant, "data-health"),
        folder=OPERATIONS,
        title=words("data-health"),
        kind="data-health",
        panels=[
            (_about(words, _links(words), "link-down"), 24, 5),
            (_about(words, _fresh(words), "no-samples"), 12, 5),
            (_about(words, _lag(words), "evaluator-behind", "influx-behind", "console-behind"), 12, 5),
            (_about(words, _ledger(words), "ledger-unbalanced"), 24, 8),
            (_about(words, _rates(words("intake"), "samples_stored_total", "source"), "source-held-back"), 12, 8),
            (_about(words, _refused(words), "dead-letters-growing", "dead-letters"), 12, 8),
            (_about(words, _room(words), "journal"), 8, 8),
            (_about(words, _journal(words), "journal-failing"), 8, 8),
            (_about(words, _points(words), "points-refused"), 8, 8),
            (_about(words, _told(words), "notifications-failing", "notifications-unsure"), 8, 8),
            (_hourly(words("transitions"), "alert_transitions_total", "severity"), 8, 8),
            (_about(words, _incidents(words), "incident-unanswered"), 8, 8),
            (alarm_health.heading(words), 24, 2),
            (_about(words, alarm_health.burden(words), "alarm-flood"), 14, 8),
            (_about(words, alarm_health.noisiest(words), "alarm-flood"), 10, 8),
            (alarm_health.shares(words), 10, 5),
            (alarm_health.counted(words), 14, 5),
        ],
        refresh="30s",
        since="6h",
    )


def _about(words: Words, panel: Json, *runbooks: str) -> Json:
    """The panel with the pages that say what to do when it shows something wrong."""
    pages = ", ".join(f"`docs/runbooks/{name}.md`" for name in runbooks)
    return panel | {"description": f"{words('runbook')}: {pages}"}


def _links(words: Words) -> Json:
    said: list[Json] = [
        {
            "type": "value",
            "options": {
                "1": {"text": words("up"), "color": style.GROUND},
                "0": {"text": words("down"), "color": style.COLOURS[Severity.CRITICAL]},
            },
        }
    ]
    target = metric("ioc_link_up", legend="{{link}}")
    return panels.stat(words("links"), [target], nothing=words("nothing"), special={"mappings": said})


def _fresh(words: Words) -> Json:
    """How long ago a sample of each source was last stored, to the minute."""
    stored = "(timestamp(increase(ioc_samples_stored_total[1m]) > 0))[6h:15s]"
    target = metric(f"time() - max by (source) (max_over_time({stored}))", legend="{{source}}")
    edges = style.thresholds(
        (None, style.GROUND), (300, style.COLOURS[Severity.WARNING]), (900, style.COLOURS[Severity.CRITICAL])
    )
    special = {"unit": style.DURATION, "decimals": 0, "thresholds": edges}
    return panels.stat(
        f"{words('fresh')} (▲ 00:05:00, ■ 00:15:00)", [target], nothing=words("nothing"), special=special
    )


def _lag(words: Words) -> Json:
    targets = [
        metric("ioc_evaluator_lag", "A", words("lag_evaluator")),
        metric("ioc_influx_lag", "B", words("lag_influx")),
        metric("ioc_web_lag", "C", words("lag_web")),
        metric("ioc_rollup_lag", "D", words("lag_rollup")),
        metric("sum(ioc_influx_rollup_lag) + sum(ioc_influx_log_lag)", "E", words("lag_feeds")),
    ]
    edges = style.thresholds(
        (None, style.GROUND), (10_000, style.COLOURS[Severity.WARNING]), (100_000, style.COLOURS[Severity.CRITICAL])
    )
    return panels.stat(f"{words('lag')} (▲ 10.000, ■ 100.000)", targets, special={"thresholds": edges})


def _rates(title: str, name: str, label: str) -> Json:
    target = metric(f"sum by ({label}) (rate(ioc_{name}{RATE}))", legend=f"{{{{{label}}}}}")
    return panels.timeseries(title, [target], unit=style.PER_SECOND)


def _refused(words: Words) -> Json:
    target = metric(f"sum by (reason) (rate(ioc_dead_letters_total{RATE})) * 60", legend="{{reason}}")
    return panels.timeseries(words("refused"), [target])


def _ledger(words: Words) -> Json:
    """Received = stored + duplicates + dead letters, exactly; `ioc_ledger_imbalance` is how far that fails."""
    columns = {
        "received": 'ioc_ledger_inputs{outcome="received"}',
        "stored": 'ioc_ledger_inputs{outcome="stored"}',
        "duplicate": 'ioc_ledger_inputs{outcome="duplicate"}',
        "dead": 'ioc_ledger_inputs{outcome="dead"}',
        "pipeline": "ioc_ledger_pipeline",
        "imbalance": "ioc_ledger_imbalance",
    }
    refs = dict(zip(columns, "ABCDEF", strict=True))
    targets = [metric(f"sum by (source) ({asked})", refs[key], instant=True) for key, asked in columns.items()]
    shown = [override(f"Value #{refs[key]}", {"displayName": words(key)}) for key in columns]
    shown[-1] = override(
        f"Value #{refs['imbalance']}",
        {
            "displayName": words("imbalance"),
            "thresholds": style.alarm(style.COLOURS[Severity.CRITICAL]),
            "custom.cellOptions": {"type": "color-background", "mode": "basic"},
        },
    )
    shown.append(override("source", {"displayName": words("source")}))
    order = ("source", *(f"Value #{ref}" for ref in refs.values()))
    panel = panels.table(words("ledger"), targets, shown, order=order)
    arranged = panels.arranged(order, hidden=("Time",))
    joined: list[Json] = [{"id": "merge", "options": {}}, arranged]
    return panel | {"transformations": joined}


def _room(words: Words) -> Json:
    """Free space beside what the journal keeps in reserve."""
    targets = [
        metric("ioc_journal_free_bytes", "A", words("free")),
        metric("ioc_journal_reserve_bytes", "B", words("reserve")),
    ]
    return panels.timeseries(words("room"), targets, unit=style.BYTES)


def _journal(words: Words) -> Json:
    targets = [
        metric(f"rate(ioc_journal_commits_total{RATE})", "A", words("journal")),
        metric(f"rate(ioc_journal_failures_total{RATE})", "B", words("journal_failures")),
    ]
    return panels.timeseries(words("journal"), targets, unit=style.PER_SECOND)


def _points(words: Words) -> Json:
    targets = [
        metric(f"rate(ioc_points_written_total{RATE})", "A", words("points")),
        metric(f"rate(ioc_points_refused_total{RATE})", "B", words("points_refused")),
        metric(f"sum(rate(ioc_rollups_written_total{RATE}))", "C", words("rollup_points")),
        metric(f"sum by (log) (rate(ioc_log_points_written_total{RATE}))", "D", "{{log}}"),
    ]
    return panels.timeseries(words("points"), targets, unit=style.PER_SECOND)


def _told(words: Words) -> Json:
    return _hourly(words("notifications"), "notifications_total", "outcome")


def _incidents(words: Words) -> Json:
    target = metric("sum by (stage) (ioc_incidents)", legend="{{stage}}")
    return panels.timeseries(words("incidents"), [target])


def _hourly(title: str, name: str, label: str) -> Json:
    target = metric(f"sum by ({label}) (increase(ioc_{name}[1h]))", legend=f"{{{{{label}}}}}")
    return panels.timeseries(title, [target])
