"""F17 to F24: what comes in twice, late, from the future, malformed, unknown, impossible or in another unit."""

import csv
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import indicators
from ioc.clock import SystemClock
from ioc.journal.reader import JournalReader
from ioc.model import DAY, HOUR, MINUTE, SECOND, Micros, moment
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.e2e.test_path import CATALOGUE, Point, count, points
from tests.faults.bed import MIB, Probe, breaches, live, vitals
from tests.faults.case import Case
from tests.faults.oracle import Oracle, entries, packed
from tests.support.publisher import publish
from tests.support.servers import Mosquitto, Server

CLOCK = SystemClock()
TOPIC = "ioc/v1/st-my-hoa/environment/salinity"
YEARS_2200, YEARS_2500 = 7_258_118_400 * SECOND, 16_725_225_600 * SECOND
NOT_NUMBERS = [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b'"1,5"', b'"1.5"', b"true", b"null", b"2" * 400]
TOO_LARGE_NUMBERS = [b"%d" % 2**63, b"%d" % 2**70, b"1e300"]


def reading(value: bytes, at: Micros = PLAYED - HOUR, more: str = "") -> bytes:
    return b'{"value": %b, "at": "%b"%b}' % (value, moment(at).isoformat().encode(), more.encode())


def letters(centre: Centre) -> dict[str, int]:
    return dict(centre.get("/v1/dead-letters")["counts"])


@pytest.mark.row("F17", "duplicates: the database holds each once, and no alert is counted again")
def test_duplicates_are_recognised(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    n = 100_000 if case.full else 5000
    oracle, chance = Oracle(), case.chance()
    series = [(*series, PLAYED - HOUR + number, value) for number, (*series, value) in enumerate(breaches()[:20])]
    series += points(n)
    twice = [*series, *chance.sample(series, len(series) // 10)]
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        probe = Probe(case.directory, mosquitto.port, oracle)
        oracle.publish(mosquitto.port, series, 5)
        wait_until(lambda: stored(centre) == len(series), 60)
        wait_until(lambda: centre.count("ioc_samples_judged_total") == len(series), 60)
        before = probe.last_event()
        oracle.publish(mosquitto.port, twice, 5)
        duplicates = len(twice)
        wait_until(lambda: centre.count("ioc_samples_duplicate_total") == duplicates, 60)
        wait_until(lambda: count(influxd) == len(series), 60)
        events = probe.last_event() - before
    verdict = oracle.judge_journal(case.directory / "journal")
    case.tell(sent=len(series) + duplicates, judged=verdict, rows_in_the_database=len(series), events_added=events)
    assert verdict.is_clean
    assert events == 0
    assert before >= 20


@pytest.mark.row(
    "F18", "shuffled and late by up to 48 h: the same table as in order, and nobody is told of late breaches"
)
def test_late_samples_are_stored_and_tell_nobody(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    hours = 48 if case.full else 6
    oracle, chance = Oracle(), case.chance()
    newest = live(len(CATALOGUE.series(PLAYED)))
    late: list[Point] = []
    for hour in range(2, hours + 2):
        late += [
            (site, field, indicator, PLAYED - hour * HOUR + n, value)
            for n, (site, field, indicator, value) in enumerate(breaches())
        ]
    chance.shuffle(late)
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        probe = Probe(case.directory, mosquitto.port, oracle)
        oracle.publish(mosquitto.port, newest, 5)
        wait_until(lambda: centre.count("ioc_samples_judged_total") == len(newest), 60)
        before = probe.last_event()
        oracle.publish(mosquitto.port, late, 5)
        wait_until(lambda: centre.count("ioc_samples_judged_total") == len(newest) + len(late), 120)
        events = probe.last_event() - before
        outbox = centre.count("ioc_samples_late_total")
        wait_until(lambda: count(influxd) == len(oracle.accepted), 60)
    verdict = oracle.judge_database(influxd)
    case.tell(late_breaches=len(late), judged=verdict, events_from_them=events, seen_as_late=int(outbox))
    assert verdict.is_clean, verdict
    assert events == 0


@pytest.mark.row("F19", "from the future: a dead letter each, and nothing of it in the database")
def test_future_times_are_refused(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    ahead = [PLAYED + 6 * MINUTE, PLAYED + 3 * DAY, YEARS_2200, YEARS_2500]
    times = [at + n * SECOND for n in range(250 if case.full else 25) for at in ahead]
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        publish(mosquitto.port, [(TOPIC, reading(b"1.5", at)) for at in times])
        publish(mosquitto.port, [(TOPIC, reading(b"1.5"))])
        wait_until(lambda: stored(centre) == 1)
        found = letters(centre)
        wait_until(lambda: count(influxd) == 1)
    case.tell(sent=len(times), refused_as_future=found.get("future", 0), in_the_database=0)
    assert found == {"future": len(times)}


def rubbish(chance: random.Random, n: int) -> Iterator[bytes]:
    """Payloads that nobody should send: noise, cut JSON, deep nests, huge texts, surrogates, control characters."""
    whole = reading(b"1.5", PLAYED - HOUR, ', "unit": "g/L"')
    makers = [
        lambda: chance.randbytes(chance.randint(0, 200)),
        lambda: whole[: chance.randrange(len(whole))],
        lambda: b"[" * chance.randint(1, 3000),
        lambda: b'{"value": 1.5, "at": "' + chance.randbytes(20) + b'"}',
        lambda: b'{"value": 1.5, "at": "\\ud800"}',
        lambda: bytes(byte ^ (1 << chance.randrange(8)) if chance.random() < 0.05 else byte for byte in whole)[:-1],
        lambda: b"[" + b",".join([b"null"] * chance.randint(1, 50)) + b"]",
        lambda: b'{"a":' * 20 + b"1" + b"}" * 20,
    ]
    for _ in range(n):
        yield chance.choice(makers)()


@pytest.mark.row("F20", "malformed, deep, huge, binary: no crash, below 50 MiB more, and the next good sample in 1 s")
def test_rubbish_is_refused_and_blocks_nothing(case: Case, mosquitto: Mosquitto) -> None:
    n = 1_000_000 if case.full else 10_000
    chance = case.chance()
    with running(Centre(case.directory, mosquitto.port)) as centre:
        publish(mosquitto.port, ((TOPIC, one) for one in rubbish(chance, 3000)))
        wait_until(lambda: outcomes(centre) >= 3000)
        signs = vitals(centre)
        signs.look()
        pid = centre.child.pid
        publish(mosquitto.port, [(TOPIC, b" " * size) for size in (65_536, 65_537, 1_000_000)], window=1)
        publish(mosquitto.port, ((TOPIC, one) for one in rubbish(chance, n)))
        publish(mosquitto.port, [(TOPIC, reading(b"1.5"))])
        wait_until(lambda: stored(centre) == 1, 600)
        publish(mosquitto.port, [(TOPIC, reading(b"1.5", PLAYED - 2 * HOUR))])
        began = CLOCK.monotonic()
        wait_until(lambda: stored(centre) == 2)
        good = CLOCK.monotonic() - began
        signs.look()
        case.tell(sent=n + 3003, next_good_after_s=f"{good:.2f}", refused=sum(letters(centre).values()))
        assert centre.child.pid == pid
    growth = (signs.memory[1] - signs.memory[0]) / MIB
    case.tell(growth_MiB=f"{growth:.0f}")
    assert good <= case.within(1, 10)
    assert growth < 50


@pytest.mark.row(
    "F21", "unknown places: refused and bounded in the metrics; once registered they are replayed, all of them"
)
def test_unknown_places_are_replayed_once_registered(
    case: Case, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = 10_000 if case.full else 1000
    root = case.directory / "catalogue"
    shutil.copytree(Path(indicators.__file__).parent, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setenv("IOC__CENTRE__CATALOGUE", str(root))
    monkeypatch.setenv("IOC__JOURNAL__DEAD_LETTERS_KEPT", "20000")
    new = [f"st-moi-{number}" for number in range(10)]
    strange = [f"noi-la-{number}" for number in range(n)]
    with running(Centre(case.directory, mosquitto.port)) as centre:
        before = families(centre)
        sent = [(f"ioc/v1/{site}/environment/salinity", reading(b"1.5")) for site in (*new, *strange)]
        publish(mosquitto.port, sent)
        wait_until(lambda: letters(centre) == {"unknown-site": n + 10}, 60)
        grown = families(centre) - before
    register(root / "tenants" / "ben-tre", new)
    with running(Centre(case.directory, mosquitto.port)) as centre:
        code = "from ioc.commands.care import dead_letters; dead_letters()"
        argv = [sys.executable, "-c", code, "replay", "--config", str(case.directory / "ioc.toml")]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: stored(centre) == 10, 60)
    case.tell(unknown=n + 10, metric_lines_added=grown, replayed="10 of 10")
    assert grown <= 20


def register(tenant: Path, sites: list[str]) -> None:
    """Add stations like an existing one."""
    for name, column in (("sites.csv", "id"), ("profiles.csv", "site")):
        with (tenant / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        like = next(row for row in rows if row[column] == "st-my-hoa")
        rows += [
            {
                key: value.replace("st-my-hoa", site)
                .replace("Mỹ Hóa", f"Mới {site[7:]}")
                .replace("My Hoa", f"Moi {site[7:]}")
                for key, value in like.items()
            }
            for site in sites
        ]
        with (tenant / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(rows, key=lambda row: row[column]))


def families(centre: Centre) -> int:
    """How many lines of ours /metrics has."""
    import urllib.request  # noqa: PLC0415

    with urllib.request.urlopen(f"http://127.0.0.1:{centre.port}/metrics", timeout=10) as answer:
        return sum(line.startswith(b"ioc_") for line in answer.read().splitlines())


@pytest.mark.row("F22", "no number, or none that can be: the right reason each time, and nothing of it in the database")
def test_impossible_values_never_reach_the_database(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    times = 500 if case.full else 20
    sent = [reading(value, PLAYED - HOUR - n) for n in range(times) for value in (*NOT_NUMBERS, *TOO_LARGE_NUMBERS)]
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        publish(mosquitto.port, [(TOPIC, one) for one in sent])
        publish(mosquitto.port, [(TOPIC, reading(b"1.5"))])
        wait_until(lambda: stored(centre) == 1)
        found = letters(centre)
        wait_until(lambda: count(influxd) == 1)
    case.tell(sent=len(sent), reasons=found, in_the_database=0)
    assert found == {"not-a-number": times * len(NOT_NUMBERS), "range": times * len(TOO_LARGE_NUMBERS)}


@pytest.mark.row("F23", "1 and 1.5 mixed: no type conflict ever")
def test_whole_and_broken_numbers_mix(case: Case, mosquitto: Mosquitto, influxd: Server) -> None:
    n = 1_000_000 if case.full else 10_000
    oracle, chance = Oracle(), case.chance()
    with running(Centre(case.directory, mosquitto.port, influxd.url)) as centre:
        for start in range(0, n, 50_000):
            mixed = [
                ("st-my-hoa", "environment", "salinity", PLAYED - HOUR - number, chance.choice([1, 2, 1.5, 0.25]))
                for number in range(start, min(n, start + 50_000))
            ]
            oracle.offered.update(mixed)
            publish(mosquitto.port, packed(mixed, 500), window=20)
            oracle.note(mixed)
        wait_until(lambda: stored(centre) == n, 300)
        wait_until(lambda: count(influxd) == n, 300)
        refused = centre.count("ioc_points_refused_total")
    case.tell(sent=f"{n:,}", in_the_database=f"{count(influxd):,}", conflicts=int(refused))
    assert refused == 0


@pytest.mark.row("F24", "units: what converts is converted and kept as sent too; what does not is refused")
def test_units_convert_or_are_refused(case: Case, mosquitto: Mosquitto) -> None:
    pairs = list(convertible())
    strangers = list(inconvertible())[: len(pairs)]
    assert len(pairs) >= 40
    sent = [message(*one, n) for n, one in enumerate(pairs)] + [message(*one, n) for n, one in enumerate(strangers)]
    with running(Centre(case.directory, mosquitto.port)) as centre:
        publish(mosquitto.port, sent)
        wait_until(lambda: outcomes(centre) == len(sent))
        found = letters(centre)
    reader = JournalReader(case.directory / "journal")
    kept = Counter(
        (e.sample.site, e.sample.indicator, round(e.sample.value, 9), e.sample.original) for e in entries(reader)
    )
    reader.close()
    wanted = Counter()
    for (site, _, indicator), unit, value in pairs:
        converted = CATALOGUE.convert(value, unit, CATALOGUE.indicators[indicator])
        assert converted is not None
        wanted[site, indicator, round(converted, 9), f"{value!r} {unit}"] += 1
    case.tell(
        converted=f"{sum((kept & wanted).values())} of {len(pairs)}",
        refused=f"{found.get('unit', 0)} of {len(strangers)}",
    )
    assert kept == wanted
    assert found == {"unit": len(strangers)}


Foreign = tuple[tuple[str, str, str], str, float]


def convertible() -> Iterator[Foreign]:
    """Readings of different indicators, each in another unit of its dimension, possible once converted."""
    seen = set()
    for one in CATALOGUE.series(PLAYED):
        chosen = one.indicator
        for unit in CATALOGUE.units.values():
            back = CATALOGUE.convert(1.0, unit.id, chosen)
            if unit.id == chosen.unit or back is None or (chosen.id, unit.id) in seen:
                continue
            seen.add((chosen.id, unit.id))
            own = CATALOGUE.units[chosen.unit]
            middle = (chosen.typical_min + chosen.typical_max) / 2
            yield (
                (one.site.id, chosen.field, chosen.id),
                unit.id,
                (middle * own.factor + own.offset - unit.offset) / unit.factor,
            )


def inconvertible() -> Iterator[Foreign]:
    """Readings in a unit of another dimension, or in none that is known."""
    units = [*CATALOGUE.units.values()]
    for n, one in enumerate(CATALOGUE.series(PLAYED)):
        chosen, unit = one.indicator, units[n % len(units)]
        if CATALOGUE.convert(1.0, unit.id, chosen) is None:
            yield (one.site.id, chosen.field, chosen.id), unit.id, 1.0
        yield (one.site.id, chosen.field, chosen.id), f"bó-{n}", 1.0


def message(series: tuple[str, str, str], unit: str, value: float, number: int) -> tuple[str, bytes]:
    body = {"value": value, "at": moment(PLAYED - HOUR - number).isoformat(), "unit": unit}
    return "ioc/v1/" + "/".join(series), json.dumps(body).encode()


def stored(centre: Centre) -> float:
    return centre.count("ioc_samples_stored_total")


def outcomes(centre: Centre) -> float:
    return stored(centre) + centre.count("ioc_samples_duplicate_total") + centre.count("ioc_dead_letters_total")
