"""Dead letters have a quota of their own; what gives way is summarised, and the counts stay exact."""

from pathlib import Path

from ioc.clock import ManualClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.journal.reader import JournalReader
from ioc.model import SECOND, Reason, Rejection, Sample
from ioc.telemetry import Counts

T0 = 1_741_741_200 * SECOND
KEPT = 100


def refusals(n: int, reason: Reason = Reason.RANGE) -> list[Rejection]:
    return [Rejection(reason, "mqtt", "ioc/v1/s", f"{at}".encode(), "no", at) for at in range(n)]


async def test_flood_makes_room_by_summarising_its_own_oldest(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    counts = Counts()
    async with Journal(JournalConfig(directory=tmp_path, dead_letters_kept=KEPT), clock, counts) as journal:
        await journal.append([], refusals(3, Reason.SPOOF))
        for _ in range(40):
            await journal.append([], refusals(25))
            clock.move(1)
        letters = journal.dead_letters(1000)
        total = journal.counts()
    folded = JournalReader(tmp_path).folded()
    assert sum(letter.reason == "spoof" for letter in letters) == 3, "the rare ones are still there"
    assert KEPT - 10 <= len(letters) <= KEPT
    assert total == {("mqtt", "range"): 1000, ("mqtt", "spoof"): 3}
    (summary,) = folded
    assert (summary.source, summary.reason, summary.since) == ("mqtt", "range", T0)
    assert summary.n + len(letters) == 1003
    assert counts.total("dead_letters_summarised") == summary.n
    assert letters[0].received_at == clock.now() - SECOND, "the newest are still there"
    assert len({letter.id for letter in letters}) == len(letters)


async def test_one_batch_larger_than_the_quota_is_taken(tmp_path: Path) -> None:
    async with Journal(JournalConfig(directory=tmp_path, dead_letters_kept=10), ManualClock(T0), Counts()) as journal:
        await journal.append([], [*refusals(500), *refusals(500, Reason.SCHEMA)])
        assert len(journal.dead_letters(1000)) <= 10
        assert sum(journal.counts().values()) == 1000


async def test_flood_is_mostly_counted_and_its_newest_kept(tmp_path: Path) -> None:
    async with Journal(JournalConfig(directory=tmp_path, dead_letters_kept=KEPT), ManualClock(T0), Counts()) as journal:
        await journal.append([], refusals(KEPT))
        assert len(journal.dead_letters(1000)) == KEPT, "a quota that is not full is used"
        await journal.append([], [*refusals(5, Reason.SPOOF), *refusals(1000)])
        letters = journal.dead_letters(1000)
        assert sum(letter.reason == "spoof" for letter in letters) == 5
        assert [letter.position for letter in letters[:10]] == list(range(999, 989, -1))
        assert journal.counts() == {("mqtt", "range"): KEPT + 1000, ("mqtt", "spoof"): 5}
    (summary,) = JournalReader(tmp_path).folded()
    assert summary.n + len(letters) == KEPT + 1005


async def test_flood_does_not_hold_back_samples(tmp_path: Path) -> None:
    async with Journal(JournalConfig(directory=tmp_path, dead_letters_kept=50), ManualClock(T0), Counts()) as journal:
        for at in range(200):
            appended = await journal.append([Sample("s", "f", "i", at, 1.0, source="mqtt")], refusals(50))
            assert appended.stored == 1
        assert journal.tail == 200


async def test_new_day_begins_with_an_empty_shelf_and_old_numbers_stay(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    async with Journal(JournalConfig(directory=tmp_path, dead_letters_kept=10), clock, Counts()) as journal:
        await journal.append([], refusals(30))
        clock.move(86_400)
        await journal.append([], refusals(30))
        assert journal.counts() == {("mqtt", "range"): 60}
    assert [summary.n for summary in JournalReader(tmp_path).folded()] == [20, 20]
