"""F11, F12, F15, F46: the disk is full, fails a sync, gives back damaged pages; the dead letters flood."""

import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from ioc.clock import ManualClock, SystemClock
from ioc.journal.damage import is_whole
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import JournalReader, partitions
from ioc.model import DAY, MINUTE, SECOND
from ioc.telemetry import Counts
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.e2e.test_path import points
from tests.faults.bed import MIB, Probe, at_rate, breaches, meanwhile, percentile, traced, volume
from tests.faults.case import Case
from tests.faults.oracle import Oracle, entries
from tests.journal import test_damage as damage
from tests.journal.test_disk import WRITER
from tests.support.publisher import publish
from tests.support.servers import Mosquitto

CLOCK = SystemClock()
INJECTED = re.compile(r"\(INJECTED\)")


@pytest.mark.row(
    "F11", "disk full: 0 accepted lost, told within 30 s, alerts go on from the reserve, alone again in 10 s"
)
def test_disk_full_refuses_and_resumes(case: Case, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    size, times = (64, 3) if case.full else (32, 1)
    monkeypatch.setenv("IOC__JOURNAL__RESERVE", str(12 * MIB))
    monkeypatch.setenv("IOC__CLOCK__SPEED", "60")
    oracle = Oracle()
    with volume(case.directory / "disk", size) as disk, running(Centre(disk, mosquitto.port)) as centre:
        turns = [filled(Probe(disk, mosquitto.port, oracle), centre, turn) for turn in range(times)]
        wait_until(lambda: centre.count("ioc_samples_stored_total") == len(oracle.accepted), 30)
        centre.child.stop()
        verdict = oracle.judge_journal(disk / "journal")
        assert all(is_whole(path) for path in partitions(disk / "journal"))
    told, back = (max(seconds) for seconds in zip(*turns, strict=True))
    case.tell(times=times, judged=verdict, told_after_s=f"{told:.1f}", back_after_s=f"{back:.1f}")
    assert verdict.is_clean, verdict
    assert told <= case.within(30, 60)
    assert back <= case.within(10, 40)


def filled(probe: Probe, centre: Centre, turn: int) -> tuple[float, float]:
    """Fill the disk up to the reserve and free it again; seconds until it is told, and until all goes on."""
    oracle, port, disk = probe.oracle, probe.port, probe.directory
    oracle.publish(port, points(2000, turn * 4000), 20)
    wait_until(lambda: is_ready(centre))
    has_fired = pending(probe, turn)
    # The broker's PUBACK is not ours: what the engine has not committed before the disk fills is refused like the rest.
    wait_until(lambda: centre.count("ioc_samples_judged_total") == len(oracle.accepted))
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free - 11 * MIB))
    began = CLOCK.monotonic()
    oracle.publish(port, points(2000, turn * 4000 + 2000), 20)
    wait_until(lambda: not is_ready(centre))
    told = CLOCK.monotonic() - began
    wait_until(has_fired)
    assert centre.child.running
    assert not journal_up(centre), "the alert fired while the journal refused"
    filler.unlink()
    began = CLOCK.monotonic()
    wait_until(lambda: is_ready(centre))
    return told, CLOCK.monotonic() - began


def pending(probe: Probe, number: int) -> Callable[[], bool]:
    """Break a limit that fires after three minutes; whether it has fired."""
    site, field, indicator, value = breaches(3 * MINUTE)[number]
    last = probe.last_event()
    at = PLAYED + (number + 1) * SECOND
    probe.oracle.publish(probe.port, [(site, field, indicator, at, value)])
    return lambda: probe.has_fired(last, site, indicator)


def is_ready(centre: Centre) -> bool:
    return centre.count("ioc_journal_commits_total") > 0 and journal_up(centre)


def journal_up(centre: Centre) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{centre.port}/metrics", timeout=10) as answer:
        return 'ioc_link_up{link="journal"} 1.0' in answer.read().decode()


@pytest.mark.row("F12", "failed sync: nothing is acknowledged that is not kept, and the journal goes on")
def test_failed_syncs_acknowledge_nothing(case: Case) -> None:
    runs = [(str(k), 120) for k in range(3, 103)] if case.full else [("4+9", 150), ("7", 40), ("8", 40), ("23", 40)]
    failed = lost = accepted = 0
    for number, (when, offers) in enumerate(runs):
        directory, log = case.directory / str(number), case.directory / "trace"
        argv = traced("fdatasync", "error=EIO", when, [sys.executable, "-c", WRITER, str(directory), str(offers)], log)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        told = {int(line) for line in done.stdout.split() if not line.startswith("-")}
        reader = JournalReader(directory)
        kept = {entry.sample.at for entry in entries(reader)}
        reader.close()
        failed += len(INJECTED.findall(log.read_text()))
        lost += len(told - kept)
        accepted += len(told)
        shutil.rmtree(directory)
    case.figures.update({"failed syncs": failed, "lost": lost, "of": accepted})
    assert lost == 0
    assert failed >= (100 if case.full else 15)


@pytest.mark.row(
    "F15", "damaged journal file: starts by itself every time, loses only rows on damaged pages, counts them"
)
async def test_damaged_files_start_every_time(case: Case) -> None:
    times = 1000 if case.full else 40
    chance = case.chance()
    source = case.directory / "sound"
    written = await damage.fill(source, ManualClock(damage.T0))
    (name,) = [path.name for path in partitions(source)]
    stood = damage.on_pages(source / name)
    lost = excess = wrong = 0
    for n in range(times):
        directory = case.directory / str(n)
        directory.mkdir()
        path = Path(shutil.copy(source / name, directory / name))
        hit = damage.damaged_pages(path, chance)
        counts = Counts()
        async with Journal(JournalConfig(directory=directory), ManualClock(damage.T0 + DAY // 24), counts) as journal:
            journal.skip(damage.ROWS)
            kept = journal.read(0, damage.ROWS * 2)
            assert (await journal.append(damage.samples(damage.ROWS, 1))).stored == 1
        missing = {entry.seq for entry in written} - {entry.seq for entry in kept}
        lost += len(missing)
        excess += len(missing - set().union(*(stood.get(page, set()) for page in hit)))
        wrong += counts.total("journal_samples_lost") != len(missing)
        shutil.rmtree(directory)
    case.figures.update({"started": f"{times} of {times}", "rows lost beyond damaged pages": excess})
    case.figures.update({"rows lost on them": lost, "counted wrong": wrong})
    assert (excess, wrong) == (0, 0)


@pytest.mark.row("F46", "flood of refused input: samples unaffected, counts exact, the store bounded")
def test_flood_of_refusals_harms_nothing(case: Case, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, kept = (1_000_000, 10_000) if case.full else (20_000, 1000)
    monkeypatch.setenv("IOC__JOURNAL__DEAD_LETTERS_KEPT", str(kept))
    oracle, series, probing = Oracle(), iter(points(200_000)), None
    refusals = (("ioc/v1/st-my-hoa", b"[" + b",".join(b"%d" % n for n in range(100)) + b"]") for _ in range(bad // 100))
    with running(Centre(case.directory, mosquitto.port)) as centre:
        probing = Probe(case.directory, mosquitto.port, oracle)
        with meanwhile(lambda stop: at_rate(oracle, mosquitto.port, 100, series, stop, 5)), meanwhile(probing.run):
            publish(mosquitto.port, refusals, window=50)
            wait_until(lambda: centre.count("ioc_dead_letters_total") == bad, 400)
        wait_until(lambda: centre.count("ioc_samples_stored_total") == len(oracle.accepted))
        summarised = centre.count("ioc_dead_letters_summarised_total")
    verdict = oracle.judge_journal(case.directory / "journal")
    reader = JournalReader(case.directory / "journal")
    letters, counted = len(reader.dead_letters(bad)), reader.counts()["mqtt", "schema"]
    reader.close()
    delay = percentile(probing.delays, 0.99)
    case.figures.update(
        {"refused": f"{counted:,}", "kept whole": letters, "judged": verdict, "alert p99 s": f"{delay:.2f}"}
    )
    assert verdict.is_clean, verdict
    assert counted == bad == letters + summarised
    assert letters <= kept
    assert delay < case.within(2, 8)
