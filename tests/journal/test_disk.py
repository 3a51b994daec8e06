"""A disk that is full, fails, or may only be read: refuse, say so, and go on alone when it is mended."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.clock import ManualClock
from ioc.errors import JournalError
from ioc.journal.damage import is_whole
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import JournalReader, partitions
from ioc.journal.room import MIB, reserve
from ioc.model import Sample
from ioc.telemetry import Counts
from tests.support.servers import need

WRITER = """
import asyncio, sys
from pathlib import Path
from ioc.clock import SystemClock
from ioc.errors import JournalError
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import Sample
from ioc.telemetry import Counts, log_to_stderr

log_to_stderr("ERROR")

async def main(directory, n):
    async with Journal(JournalConfig(directory=Path(directory)), SystemClock(), Counts()) as journal:
        for at in range(n):
            try:
                await journal.append([Sample("s", "f", "i", at, 1.0)])
            except JournalError:
                sys.stdout.write(f"-{at}\\n")
            else:
                sys.stdout.write(f"{at}\\n")
            sys.stdout.flush()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def remount(volume: Path, how: str) -> None:
    # With all its options: what mount would add by itself is refused in a namespace.
    options = f"remount,{how},size=16m"
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", volume], check=True)


def sample(at: int, size: int = 0) -> Sample:
    return Sample("s", "f", f"i{at % 10}", at, 1.0, source="mqtt", original="x" * size or None)


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MiB."""
    mount = tmp_path / "volume"
    mount.mkdir()
    made = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", mount], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, f"this test needs the right to mount a tmpfs (root): {made.stderr}"
    yield mount
    subprocess.run(["/bin/umount", "--lazy", mount], check=True)


def test_reserve_is_five_percent_between_64_mib_and_1_gib() -> None:
    assert reserve(None, 100 * MIB) == 64 * MIB
    assert reserve(None, 10_000 * MIB) == 500 * MIB
    assert reserve(None, 1_000_000 * MIB) == 1024 * MIB
    assert reserve(5, 1_000_000 * MIB) == 5


async def test_full_disk_refuses_at_the_reserve_and_resumes_alone(volume: Path) -> None:
    counts = Counts()
    config = JournalConfig(directory=volume / "journal", reserve=8 * MIB)
    accepted = 0
    async with Journal(config, ManualClock(), counts) as journal:
        filler = volume / "filler"
        with pytest.raises(JournalError, match=r"disk full: \d+ MiB free in .*, 8 MiB are kept in reserve") as refusal:  # noqa: PT012
            for at in range(100_000):
                await journal.append([sample(at * 100 + n, size=200) for n in range(100)])
                accepted += 100
        assert "goes on by itself" in str(refusal.value)
        assert not journal.is_accepting
        assert counts.value("link_up", link="journal") == 0
        filler.write_bytes(b"x" * 4 * MIB)  # the reserve is there for others
        journal_size = accepted
        with pytest.raises(JournalError):
            await journal.append([sample(-1)])
        filler.unlink()
        for path in partitions(volume / "journal"):
            assert is_whole(path)
        small = JournalConfig(directory=config.directory, reserve=MIB)
    async with Journal(small, ManualClock(), counts) as journal:
        await journal.append([sample(-2)])
        assert journal.is_accepting
        assert journal.tail == journal_size + 1


async def test_journal_resumes_when_space_is_freed(volume: Path) -> None:
    counts = Counts()
    async with Journal(JournalConfig(directory=volume / "j", reserve=4 * MIB), ManualClock(), counts) as journal:
        await journal.append([sample(1)])
        (volume / "filler").write_bytes(b"x" * 13 * MIB)
        with pytest.raises(JournalError):
            await journal.append([sample(2)])
        (volume / "filler").unlink()
        await journal.append([sample(2)])
        assert journal.tail == 2


async def test_disk_that_is_really_full_keeps_what_was_accepted(volume: Path) -> None:
    accepted: list[int] = []
    async with Journal(JournalConfig(directory=volume / "j", reserve=0), ManualClock(), Counts()) as journal:
        with pytest.raises(JournalError, match="full"):  # noqa: PT012
            for at in range(100_000):
                await journal.append([sample(at * 50 + n, size=300) for n in range(50)])
                accepted += range(at * 50, at * 50 + 50)
        for _ in range(3):
            with pytest.raises(JournalError):
                await journal.append([sample(-n, size=300) for n in range(1, 5000)])
        kept = {entry.sample.at for entry in journal.read(0, 10**6)}
    assert len(accepted) > 1000
    assert set(accepted) == kept


async def test_disk_that_turns_read_only_refuses_and_resumes(volume: Path) -> None:
    async with Journal(JournalConfig(directory=volume / "j", reserve=0), ManualClock(), Counts()) as journal:
        await journal.append([sample(1)])
        journal._volume.close()
        for path in partitions(volume / "j"):
            journal._forget(path)
        remount(volume, "ro")
        for _ in range(2):
            with pytest.raises(JournalError):
                await journal.append([sample(2)])
        remount(volume, "rw")
        await journal.append([sample(2)])
        assert [entry.sample.at for entry in journal.read(0, 10)] == [1, 2]


async def test_start_on_a_read_only_disk_is_refused_in_words(volume: Path) -> None:
    remount(volume, "ro")
    with pytest.raises(JournalError, match=r"cannot be written in .*Read-only file system"):
        async with Journal(JournalConfig(directory=volume / "j"), ManualClock(), Counts()):
            pass


@pytest.mark.parametrize(("call", "when"), [("fdatasync", "30+11"), ("pwrite64", "200+37")])
def test_failed_system_calls_accept_nothing_they_did_not_keep(tmp_path: Path, call: str, when: str) -> None:
    offers = 300
    strace = [need("strace"), "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
    inject = ["-e", f"inject={call}:error=EIO:when={when}"]
    done = subprocess.run(
        [*strace, *inject, sys.executable, "-c", WRITER, str(tmp_path), str(offers)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = [int(line) if not line.startswith("-") else None for line in done.stdout.split()]
    accepted = {at for at in told if at is not None}
    refused = len(told) - len(accepted)
    kept = {entry.sample.at for entry in JournalReader(tmp_path).read(0, offers * 2)}
    assert accepted <= kept
    assert refused > offers // 10, "the faults were felt"
    assert len(accepted) > offers // 10, "it goes on after each of them"
