"""Every row of the shipped catalogue has a course: possible, moving, and quiet but for the salt at the river mouths."""

import pytest

from indicators.load import load
from ioc.model import DAY, HOUR, Kind, Micros
from simulators.river import MOUTHS, slug
from simulators.scenarios import SCENARIOS, Story, tie
from simulators.schedule import Schedule
from simulators.timing import last_due
from simulators.world import World
from tests.simulators.small_world import START

CATALOGUES = {tenant: load(tenant=tenant) for tenant in ("ben-tre", "binh-duong")}
MOMENTS = [START + days * DAY + hours * HOUR for days, hours in ((0, 0), (1, 9), (-43, 3), (100, 14), (-200, 20))]


def is_beyond(kind: Kind, value: float, bound: float, upper: float | None) -> bool:
    if kind is Kind.ABOVE:
        return value > bound
    return value < bound or (kind is Kind.OUTSIDE and upper is not None and value > upper)


@pytest.mark.parametrize("tenant", CATALOGUES)
@pytest.mark.parametrize("now", MOMENTS)
def test_every_value_is_possible_and_every_alert_is_salt_at_a_mouth(tenant: str, now: Micros):
    catalogue = CATALOGUES[tenant]
    world = World(catalogue, 1)
    for series in catalogue.series(now):
        entry = series.indicator
        at = last_due(entry, now)
        value = world.value(series, at)
        assert entry.minimum is None or value >= entry.minimum, series.id
        assert entry.maximum is None or value <= entry.maximum, series.id
        beyond = [
            limit.id
            for limit in catalogue.limits_for(series.site.id, entry.id, at)
            if is_beyond(limit.kind, value, limit.value, limit.upper)
        ]
        assert not beyond or (entry.id == "salinity" and slug(series.site) in MOUTHS), (series.id, value, beyond)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_can_be_played_in_ben_tre(name: str):
    catalogue = CATALOGUES["ben-tre"]
    played = tie(SCENARIOS[name], catalogue, catalogue.series(START), START)
    assert len(Story(World(catalogue, 1), played).expected()) >= 2


def test_first_values_of_all_series_are_ready():
    catalogue = CATALOGUES["ben-tre"]
    series = catalogue.series(START)
    latest = {reading.series for reading in Schedule(Story(World(catalogue, 1)), series, START).latest()}
    assert latest == {one.id for one in series}
