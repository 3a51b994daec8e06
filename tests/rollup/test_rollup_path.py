"""From MQTT to roll-ups in InfluxDB: days and months of two districts, corrected by late values, over an outage."""

import json
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from indicators.spec import VIETNAM
from ioc.model import Micros, micros
from tests.e2e.centre import Centre, running, wait_until
from tests.support.publisher import publish
from tests.support.servers import Mosquitto, Server

PROVINCE, ONE, OTHER = "vn63-83", "vn63-83-831", "vn63-83-838"
ADMISSIONS, SETTLED, ON_TIME = "hospital-admissions", "dossiers-settled", "dossiers-on-time"
FIELDS = {ADMISSIONS: "health", SETTLED: "governance", ON_TIME: "governance"}
DAYS = [date(2025, 1, 29) + timedelta(n) for n in range(8)]
MISSING = date(2025, 2, 3)

Row = dict[str, Any]


class Value(NamedTuple):
    """One value to publish."""

    site: str
    indicator: str
    at: str
    value: float
    state: str = "provisional"


def admissions(site: str, day: date, value: float, state: str = "provisional", hour: str = "23:59:59") -> Value:
    return Value(site, ADMISSIONS, f"{day}T{hour}+07:00", value, state)


def amount(site: str, day: date) -> float:
    return (100.0 if site == ONE else 200.0) + day.day


def story() -> list[Value]:
    """Daily values of both districts, one of them missing, and ten hours of files of the province."""
    daily = [admissions(site, day, amount(site, day)) for day in DAYS for site in (ONE, OTHER)]
    daily.remove(admissions(ONE, MISSING, amount(ONE, MISSING)))
    hours = [f"2025-02-04T{hour:02}:00:00+07:00" for hour in range(8, 18)]
    files = [Value(PROVINCE, name, hour, value) for hour in hours for name, value in ((SETTLED, 5.0), (ON_TIME, 4.0))]
    return daily + files


def messages(values: list[Value]) -> Iterator[tuple[str, bytes]]:
    for one in values:
        payload = {"value": one.value, "at": one.at, "state": one.state}
        yield f"ioc/v1/{one.site}/{FIELDS[one.indicator]}/{one.indicator}", json.dumps(payload).encode()


def start(text: str) -> Micros:
    return micros(datetime.fromisoformat(text).replace(tzinfo=VIETNAM))


def rows(influxd: Server, measurement: str, site: str, indicator: str = ADMISSIONS) -> dict[Micros, Row]:
    """The roll-ups of a series that have a value, by the start of their period."""
    query = f"SELECT * FROM {measurement} WHERE gap = 0 AND site = '{site}' AND indicator = '{indicator}'"  # noqa: S608
    words = urllib.parse.urlencode({"db": "ioc", "epoch": "u", "q": query})
    with urllib.request.urlopen(f"{influxd.url}/query?{words}", timeout=30) as answer:
        [result] = json.load(answer)["results"]
    found = result.get("series", [{"columns": [], "values": []}])[0]
    records = [dict(zip(found["columns"], row, strict=True)) for row in found["values"]]
    return {record["time"]: record for record in records}


def counted(row: Row) -> tuple[float, int, int, int]:
    return row["value"], row["n"], row["m"], row["complete"]


def brisk(directory: Path, mosquitto: Mosquitto, influxd: Server) -> Centre:
    """A centre whose roll-ups do not gather for long; its settings end with the section of the database."""
    centre = Centre(directory, mosquitto.port, influxd.url)
    with (directory / "ioc.toml").open("a", encoding="utf-8") as settings:
        settings.write("rollup_linger = 0.2\n")
    return centre


def is_fed(centre: Centre, state: Path, samples: int) -> bool:
    """As many samples are rolled up, and every roll-up is in the database."""
    if centre.count("ioc_samples_rolled_up_total") != samples:
        return False
    changed = ask(state / "rollup.db", "select value from meta where name = 'changes'")
    return changed == ask(state / "cursors.db", "select seq from cursors where reader = 'influx-rollups'")


def ask(path: Path, query: str) -> int | None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        row = db.execute(query).fetchone()
    return row[0] if row else None


def check_days_and_longer(influxd: Server) -> None:
    days = rows(influxd, "sample_1d", ONE)
    expected = {start(str(day)): (amount(ONE, day), 1, 1, 1) for day in DAYS if day != MISSING}
    assert {at: counted(row) for at, row in days.items()} == expected
    january, february = (sum(amount(ONE, day) for day in DAYS if day.month == n and day != MISSING) for n in (1, 2))
    months = {at: counted(row) for at, row in rows(influxd, "sample_1mo", ONE).items()}
    assert months == {start("2025-01-01"): (january, 3, 31, 0), start("2025-02-01"): (february, 4, 28, 0)}
    until_dissolved = 181  # days of the year up to 2025-06-30
    for ending, m in (("1q", 90), ("1y", until_dissolved)):
        (row,) = rows(influxd, f"sample_{ending}", ONE).values()
        assert (row["time"], *counted(row)) == (start("2025-01-01"), january + february, 7, m, 0)


def check_places_and_formulas(influxd: Server) -> None:
    share = rows(influxd, "sample_formula_1d", PROVINCE, "dossiers-on-time-share")[start("2025-02-04")]
    assert (share["value"], share["numerator"], share["denominator"]) == (80.0, 4000.0, 50.0)
    assert counted(share) == (80.0, 2, 2, 0)
    places = rows(influxd, "sample_space_1d", PROVINCE)
    assert places[start("2025-01-29")]["value"] == amount(ONE, DAYS[0]) + amount(OTHER, DAYS[0])
    assert places[start("2025-01-29")]["n"] == 2
    assert (places[start(str(MISSING))]["value"], places[start(str(MISSING))]["n"]) == (amount(OTHER, MISSING), 1)


def test_roll_ups_reach_influxdb_and_late_values_correct_them(
    tmp_path: Path, mosquitto: Mosquitto, influxd: Server
) -> None:
    given = story()
    corrected = date(2025, 1, 30)
    late = [
        admissions(ONE, MISSING, 50.0),
        admissions(ONE, corrected, 1000.0, "official", "20:00:00"),
    ]
    with running(brisk(tmp_path, mosquitto, influxd)) as centre:
        publish(mosquitto.port, messages(given[:9]))
        wait_until(lambda: is_fed(centre, tmp_path / "state", 9))
        influxd.stop()
        publish(mosquitto.port, messages(given[9:]))
        wait_until(lambda: centre.count("ioc_influx_rollup_lag") > 0)
        influxd.start()
        wait_until(lambda: is_fed(centre, tmp_path / "state", len(given)))
        check_days_and_longer(influxd)
        check_places_and_formulas(influxd)
        before = rows(influxd, "sample_1mo", ONE)
        publish(mosquitto.port, messages(late))
        wait_until(lambda: is_fed(centre, tmp_path / "state", len(given) + 2))
        days, months = rows(influxd, "sample_1d", ONE), rows(influxd, "sample_1mo", ONE)
        assert counted(days[start(str(MISSING))]) == (50.0, 1, 1, 1)
        assert (*counted(days[start(str(corrected))]), days[start(str(corrected))]["state"]) == (1000.0, 1, 1, 1, 3)
        january, february = start("2025-01-01"), start("2025-02-01")
        assert months[february]["value"] == before[february]["value"] + 50.0
        assert (months[february]["n"], months[february]["m"]) == (5, 28)
        assert months[january]["value"] == before[january]["value"] + 1000.0 - amount(ONE, corrected)
        assert months[january]["n"] == before[january]["n"] == 3
        assert rows(influxd, "sample_space_1d", PROVINCE)[start(str(MISSING))]["n"] == 2
        asked = f"/v1/rollups/{ONE}/{ADMISSIONS}?kind=month&from=-90d"
        told = [(row["start"], row["value"], row["n"], row["m"]) for row in centre.get(asked)["rollups"]]
        assert told == [(at, *counted(row)[:3]) for at, row in sorted(months.items())]
        assert centre.count("ioc_rollups_refused_total") == 0
