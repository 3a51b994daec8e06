"""From MQTT QoS 1 to InfluxDB: every sample with its value, its time and its tags, whatever is killed on the way."""

import json
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from indicators.load import load
from ioc.journal.reader import JournalReader
from ioc.model import DAY, SECOND, Micros, moment
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.support.publisher import publish
from tests.support.servers import Mosquitto, Server

CATALOGUE = load()
SAMPLES = 10_000
Point = tuple[str, str, str, Micros, float]


def points(n: int, first: int = 0) -> list[Point]:
    """Different samples over all series of the province, within their physical ranges, in the last days."""
    series = CATALOGUE.series(PLAYED)
    found = []
    for number in range(first, first + n):
        chosen = series[number % len(series)].indicator
        low, high = chosen.typical_min, chosen.typical_max
        value = low + (high - low) * ((number * 7919) % 1000) / 1000
        at = PLAYED - (1 + number // len(series)) * 3600 * SECOND - number
        found.append((series[number % len(series)].site.id, chosen.field, chosen.id, at, value))
    return found


def messages(samples: list[Point]) -> Iterator[tuple[str, bytes]]:
    for site, field, indicator, at, value in samples:
        yield f"ioc/v1/{site}/{field}/{indicator}", json.dumps({"value": value, "at": moment(at).isoformat()}).encode()


def ask(influxd: Server, query: str) -> list[dict[str, Any]]:
    """The series that an InfluxQL query finds."""
    words = urllib.parse.urlencode({"db": "ioc", "epoch": "u", "q": query})
    with urllib.request.urlopen(f"{influxd.url}/query?{words}", timeout=30) as answer:
        [result] = json.load(answer)["results"]
    return result.get("series", [])  # type: ignore[no-any-return]


def stored(influxd: Server) -> list[Point]:
    """Everything that InfluxDB holds, asked field by field: it builds an answer in memory before it sends any."""
    found: list[Point] = []
    [fields] = ask(influxd, 'SHOW TAG VALUES FROM sample WITH KEY = "field"') or [{"values": []}]
    for _, field in fields["values"]:
        for series in ask(influxd, f"SELECT value FROM sample WHERE \"field\" = '{field}' GROUP BY site, indicator"):  # noqa: S608 - a name
            site, indicator = series["tags"]["site"], series["tags"]["indicator"]
            found.extend((site, field, indicator, at, value) for at, value in series["values"])
    return found


def count(influxd: Server) -> int:
    series = ask(influxd, "SELECT count(value) FROM sample")
    return int(series[0]["values"][0][1]) if series else 0


def test_10000_samples_arrive_in_influxdb_which_was_away_in_between(
    tmp_path: Path, mosquitto: Mosquitto, influxd: Server
) -> None:
    expected = points(SAMPLES)
    with running(Centre(tmp_path, mosquitto.port, influxd.url)) as centre:
        assert publish(mosquitto.port, messages(expected[:4000])) == 4000
        wait_until(lambda: count(influxd) > 0)
        influxd.stop()
        assert publish(mosquitto.port, messages(expected[4000:])) == 6000
        wait_until(lambda: centre.count("ioc_samples_stored_total") == SAMPLES)
        influxd.start()
        wait_until(lambda: count(influxd) == SAMPLES, seconds=60)
    assert sorted(stored(influxd)) == sorted(expected)


def test_killed_engine_loses_and_doubles_nothing(tmp_path: Path, mosquitto: Mosquitto) -> None:
    expected = points(6000)
    centre = Centre(tmp_path, mosquitto.port)
    with running(centre):
        for kill in range(3):
            publish(mosquitto.port, messages(expected[kill * 2000 : (kill + 1) * 2000]))
            centre.child.kill()
            centre.start()
        reader = JournalReader(tmp_path / "journal")
        wait_until(lambda: reader.tail >= len(expected))
    kept = Counter(
        (e.sample.site, e.sample.field, e.sample.indicator, e.sample.at, e.sample.value) for e in reader.read(0, 20_000)
    )
    reader.close()
    assert kept == Counter(expected)


def test_refusals_become_dead_letters_with_their_reason(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with running(Centre(tmp_path, mosquitto.port)) as centre:
        topic = "ioc/v1/st-my-hoa/environment/salinity"
        good = b'{"value": 1.5, "at": "2025-03-12T05:00:00+07:00"}'
        bad = [
            (topic, b"1,5"),
            (topic, b'{"value": NaN, "at": "2025-03-12T05:00:00+07:00"}'),
            (topic, b'{"value": 1.5, "at": "2025-03-12T05:00:00"}'),
            (topic, b'{"value": 1.5, "at": "2025-03-13T05:00:00+07:00"}'),
            (topic, b'{"value": 1.5, "at": "2025-03-12T05:00:00+07:00", "unit": "m"}'),
            (topic, b'{"value": 1e9, "at": "2025-03-12T05:00:00+07:00"}'),
            ("ioc/v1/nowhere/environment/salinity", good),
            ("ioc/v1/st-my-hoa/weather/salinity", good),
            ("ioc/v1/st-my-hoa/environment/saltiness", good),
            ("ioc/v1/st-my-hoa/health/bed-occupancy", good),
            ("ioc/v1/vn34-86/environment/salinity", good),
            ("ioc/v1/st-my-hoa/environment", good),
        ]
        publish(mosquitto.port, [*bad, (topic, good), (topic, good)])
        wait_until(lambda: centre.count("ioc_dead_letters_total") == len(bad))
        reasons = [letter["reason"] for letter in reversed(centre.get("/v1/dead-letters")["dead_letters"])]
        wait_until(lambda: centre.count("ioc_samples_duplicate_total") == 1)
        wait_until(lambda: 1.5 in [s["value"] for s in centre.get("/v1/latest?site=st-my-hoa")["samples"]])
    assert reasons == [
        "not-json",
        "not-a-number",
        "naive-time",
        "future",
        "unit",
        "range",
        "unknown-site",
        "unknown-field",
        "unknown-indicator",
        "not-entitled",
        "site-closed",
        "topic",
    ]


def test_closed_site_leaves_the_wall_and_its_history_stays_readable(tmp_path: Path, mosquitto: Mosquitto) -> None:
    topic = "ioc/v1/st-my-hoa/environment/salinity"
    before = Centre(tmp_path, mosquitto.port)
    with running(before):
        publish(mosquitto.port, [(topic, b'{"value": 1.5, "at": "2025-03-12T05:00:00+07:00"}')])
        wait_until(lambda: before.count("ioc_samples_stored_total") == 1)
    after = Centre(tmp_path, mosquitto.port, start=PLAYED + 120 * DAY)
    with running(after):
        assert after.get("/v1/latest")["samples"] == []
        span = "from=2025-03-01T00:00:00%2B07:00&to=2025-04-01T00:00:00%2B07:00"
        points = after.get(f"/v1/series/st-my-hoa/salinity?{span}")["points"]
    assert [value for _, value, *_ in points] == [1.5]
