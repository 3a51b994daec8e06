"""Which readings fall due next, among many series, without asking each of them every second."""

import heapq
from collections.abc import Iterable, Iterator

from indicators.spec import CADENCES, Series, is_valid, local_day
from ioc.model import DAY, HOUR, Micros
from simulators.reading import Reading, read
from simulators.scenarios import Story
from simulators.timing import last_due

BACKLOG: Micros = 6 * HOUR
"""How much played time is made up for after a broken connection; what is older is given up, and counted."""


class Schedule:
    """The due times of all series in one heap."""

    def __init__(self, story: Story, series: Iterable[Series], now: Micros) -> None:
        """`now` is the played time up to which `latest` speaks."""
        self._story = story
        self._series = tuple(series)
        self._began = now
        self._heap = [(self._next(one, now), index) for index, one in enumerate(self._series)]
        heapq.heapify(self._heap)
        self.given_up = 0

    def latest(self) -> Iterator[Reading]:
        """The last value of every series that was due when the schedule began, so that every tile lives at once."""
        for one in self._series:
            since = last_due(one.indicator, self._began) - 1
            for at in self._story.due(one, since, self._began)[-1:]:
                if _is_open(one, at):
                    yield read(one, at, self._story.value(one, at), self._began)

    def due(self, now: Micros) -> Iterator[Reading]:
        """Everything that fell due since the last call, oldest first."""
        while self._heap and self._heap[0][0] <= now:
            at, index = self._heap[0]
            one = self._series[index]
            heapq.heapreplace(self._heap, (self._next(one, at), index))
            if at < now - BACKLOG:
                self.given_up += 1
            elif _is_open(one, at):
                yield read(one, at, self._story.value(one, at), now)

    def _next(self, one: Series, after: Micros) -> Micros:
        return self._story.due(one, after, after + CADENCES[one.indicator.cadence] + DAY)[0]


def _is_open(one: Series, at: Micros) -> bool:
    return is_valid(one.site.valid_from, one.site.valid_to, local_day(at))
