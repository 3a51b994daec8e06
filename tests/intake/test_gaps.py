"""What is missing of a sequence, whatever order it comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.intake.gaps import KEPT, LEAP, RESTARTED_AFTER, Gap, Track, follow, starts_anew


def after(*numbers: int) -> Track:
    track = None
    for number in numbers:
        track = follow(track, number)
    assert track is not None
    return track


def test_numbers_in_order_leave_no_gap() -> None:
    assert after(*range(7, 20)) == Track(19)


def test_number_skipped_is_missing_until_it_comes() -> None:
    assert after(1, 5).gaps == (Gap(2, 4),)
    assert after(1, 5, 3).gaps == (Gap(2, 2), Gap(4, 4))
    assert after(1, 5, 3, 2, 4) == Track(5)


def test_number_that_comes_twice_changes_nothing() -> None:
    assert after(1, 2, 3, 2, 3, 1) == Track(3)


def test_sender_that_starts_anew_is_followed_from_its_beginning() -> None:
    assert after(RESTARTED_AFTER, 1, 2, 4).gaps == (Gap(3, 3),)
    assert after(50, 1, 2, 4) == Track(50)


def test_leap_beyond_reason_is_a_new_count_and_no_gap() -> None:
    assert after(1, LEAP + 2).gaps == (Gap(2, LEAP + 1),)
    assert after(1, LEAP + 3) == Track(LEAP + 3)
    assert after(1, 3, 2**53).gaps == (Gap(2, 2),)
    assert after(1, 2**53, 2, 3, 5) == Track(5, (Gap(4, 4),))
    assert after(2**53, 2**53 - LEAP, 2**53 - LEAP - 1) == Track(2**53 - LEAP - 1)


def test_late_number_fills_its_gap_however_far_behind_it_is() -> None:
    assert after(1, 3, LEAP, 2 * LEAP, 2).gaps == (Gap(4, LEAP - 1), Gap(LEAP + 1, 2 * LEAP - 1))


@pytest.mark.parametrize(
    ("came", "number", "anew"),
    [
        ((), 2**53, False),
        ((1,), 2, False),
        ((1,), LEAP + 2, False),
        ((1,), LEAP + 3, True),
        ((2**53,), 1, True),
        ((RESTARTED_AFTER,), 1, True),
        ((50,), 1, False),
        ((1, 3, 2 * RESTARTED_AFTER), 2, False),
    ],
)
def test_what_starts_a_count_anew(came: tuple[int, ...], number: int, *, anew: bool) -> None:
    assert starts_anew(after(*came) if came else None, number) is anew


def test_only_so_many_gaps_are_kept() -> None:
    track = after(*range(0, 4 * KEPT, 2))
    assert len(track.gaps) == KEPT
    assert track.gaps[-1] == Gap(4 * KEPT - 3, 4 * KEPT - 3)


@given(st.lists(st.one_of(st.integers(0, 3000), st.integers(2**53 - 5, 2**53), st.integers(0, 2**53)), max_size=60))
def test_whatever_is_sent_no_more_is_missing_than_could_be(numbers: list[int]) -> None:
    track = None
    for number in numbers:
        track = follow(track, number)
        assert len(track.gaps) <= KEPT
        assert all(0 < gap.size <= LEAP for gap in track.gaps)


@given(st.lists(st.integers(2, 60), unique=True, max_size=30), st.randoms(use_true_random=False))
def test_any_order_leaves_exactly_what_did_not_come(lost: list[int], chance: st.randoms) -> None:  # type: ignore[valid-type]
    came = [number for number in range(1, 62) if number not in lost]
    first, *rest = came
    chance.shuffle(rest)  # type: ignore[attr-defined]
    gaps = after(first, *rest).gaps
    assert sorted(n for gap in gaps for n in range(gap.first, gap.last + 1)) == sorted(lost)
