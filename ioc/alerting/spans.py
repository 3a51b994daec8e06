"""For how long each of many may be silent; the shortest are found without looking at all of them. Pure."""

from heapq import heapify, heappop, heappush

from ioc.model import Micros

IDLE_KEPT = 16


class Spans:
    """Lengths of time, each as often as it was added; what is done costs the logarithm of how many differ."""

    __slots__ = ("_counts", "_heap", "_idle")

    def __init__(self) -> None:
        """Empty. A length that was removed stays in the heap, counted 0, until it comes up or half the heap is so."""
        self._counts: dict[Micros, int] = {}
        self._heap: list[Micros] = []
        self._idle = 0

    def add(self, span: Micros) -> None:
        """Count it once more."""
        count = self._counts.get(span)
        if count is None:
            heappush(self._heap, span)
        elif count == 0:
            self._idle -= 1
        self._counts[span] = (count or 0) + 1

    def remove(self, span: Micros) -> None:
        """Count it once less; it was added before."""
        self._counts[span] -= 1
        if self._counts[span] == 0:
            self._idle += 1
            if self._idle > IDLE_KEPT + len(self._heap) // 2:
                self._sweep()

    def shortest(self, most: int) -> list[Micros]:
        """Up to `most` of them, the shortest first."""
        found: list[Micros] = []
        aside: list[Micros] = []
        while self._heap and len(found) < most:
            span = heappop(self._heap)
            if self._counts[span]:
                aside.append(span)
                found += [span] * min(self._counts[span], most - len(found))
            else:
                del self._counts[span]
                self._idle -= 1
        for span in aside:
            heappush(self._heap, span)
        return found

    def _sweep(self) -> None:
        self._counts = {span: count for span, count in self._counts.items() if count}
        self._heap = list(self._counts)
        heapify(self._heap)
        self._idle = 0
