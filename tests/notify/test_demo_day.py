"""A whole day of the demonstration, judged and told: alerting stays within the goals of its own health."""

from collections import defaultdict, deque
from itertools import count
from pathlib import Path

from indicators.load import load
from ioc.alerting.health import health
from ioc.alerting.judge import Judge
from ioc.alerting.turn import Memory
from ioc.model import DAY, MINUTE, Entry, Micros, Sample, State, Transition
from ioc.notify.account import Account
from ioc.notify.allowance import Allowance
from ioc.notify.directory import load as load_people
from ioc.notify.news import news
from ioc.notify.route import notifications
from simulators.mqtt import START
from simulators.scenarios import SCENARIOS, Story, tie
from simulators.world import World

DEMO = Path(__file__).parents[2] / "ioc/demo"
BOOK = load(tenant="ben-tre")
STEP = MINUTE


def entries(scenario: str) -> list[Entry]:
    """All that the series with limits send on the day, and the newest of each before it."""
    series = [one for one in BOOK.series(START) if BOOK.limits_for(one.site.id, one.indicator.id, START)]
    story = Story(World(BOOK, 1), tie(SCENARIOS[scenario], BOOK, series, START))
    moments = [(START, START, one) for one in series]
    moments += [(at, at, one) for one in series for at in story.due(one, START, START + DAY)]
    found = []
    for seq, (at, received, one) in enumerate(sorted(moments, key=lambda moment: moment[0]), 1):
        value = story.value(one, at)
        place, what = one.site.id, one.indicator
        found.append(Entry(seq, Sample(place, what.field, what.id, at, value, State.PROVISIONAL, received_at=received)))
    return found


def day(scenario: str) -> tuple[list[Transition], dict[str, list[Micros]]]:
    """The transitions of the day and when each official was told something."""
    people = load_people(DEMO / "officials.toml", DEMO / "routes.toml")
    accounts = {one.id: Account(Allowance(), one.quiet, one.per_day) for one in people.officials}
    judge, moved, told = Judge(BOOK, Memory()), [], defaultdict(list)
    numbers = count(1)
    waiting = deque(entries(scenario))
    for now in range(START, START + DAY, STEP):
        batch = []
        while waiting and waiting[0].sample.at <= now:
            batch.append(waiting.popleft())
        fresh = [*judge.take(batch).transitions, *judge.advance(now).transitions]
        moved += fresh
        for transition in fresh:
            for note in notifications(transition, people, BOOK) if transition.revision else ():
                if accounts[note.receiver].decide(news(next(numbers), note), now) is None:
                    told[note.receiver].append(now)
        for name, account in accounts.items():
            while (release := account.release(now)) is not None:
                account.released(release, now)
                told[name].append(now)
            account.forget(now)
    return moved, dict(told)


def test_day_of_the_demonstration_stays_within_the_goals() -> None:
    moved, told = day("man-xam-nhap")
    found = health(moved, told, (), START, START + DAY)
    assert told, "the story has something to tell"
    assert all(one.is_fair for one in found.burdens), found.burdens
    assert found.chattering == []
