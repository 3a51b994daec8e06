"""Samples as line protocol: read back equal from a real database, or refused when that cannot be."""

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.errors import PermanentError
from ioc.model import Sample, Severity, State
from ioc.store.config import InfluxConfig
from ioc.store.influxql import Reader
from ioc.store.line import escape, line, point_line, severity_line
from ioc.store.sink import Sink
from tests.support.servers import Server

HOSTILE = ",= \\\"'#\u00a0\u200b\u2028\ufeff\ufffd\U0001f300ệĐ/;{}$%\u0301"
NAMES = st.text(
    st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cc", "Cs"])), min_size=1, max_size=24
).filter(lambda name: not name.endswith("\\"))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SEVERITY = st.none() | st.sampled_from(Severity)


@st.composite
def hostile_samples(draw: st.DrawFn) -> Sample:
    at = draw(st.integers(0, 4_000_000_000_000_000))
    return Sample(draw(NAMES), draw(NAMES), draw(NAMES), at, draw(FINITE), draw(st.sampled_from(State)))


def test_line_has_fixed_tags_and_types() -> None:
    sample = Sample("st-my-hoa", "environment", "salinity", 1_717_200_000_000_001, 4.0, State.OFFICIAL)
    series = b"sample,field=environment,indicator=salinity,site=st-my-hoa"
    assert line(sample, Severity.WARNING) == series + b" value=4.0,state=3i,severity=2i 1717200000000001"
    assert line(sample, None) == series + b" value=4.0,state=3i 1717200000000001"
    assert severity_line(sample, Severity.OK) == series + b" severity=0i 1717200000000001"


def test_line_writes_whole_numbers_as_float() -> None:
    assert b" value=4.0," in line(Sample("s", "f", "i", 1, 4), None)


@pytest.mark.parametrize("name", ["", "a\\", "a\nb", "a\0", "\x7f", "\x85", "\ud800", "tab\t", "\\"])
def test_escape_refuses_what_cannot_be_written(name: str) -> None:
    with pytest.raises(PermanentError, match=r"^name: ") as caught:
        escape(name)
    str(caught.value).encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_line_refuses_numbers_that_are_not_finite(value: float) -> None:
    with pytest.raises(PermanentError, match=r"^value: "):
        line(Sample("s", "f", "i", 1, value), None)


@given(NAMES)
def test_escape_leaves_no_bare_separator(name: str) -> None:
    bare = escape(name).replace("\\,", "").replace("\\=", "").replace("\\ ", "")
    assert not set(bare) & set(",= ")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_line_reads_back_equal_whatever_the_names(influxd: Server, session: aiohttp.ClientSession) -> None:
    """One body of many examples: each under a time of its own, so that each can be told from the others."""
    drawn: list[tuple[Sample, Severity | None]] = []

    @settings(max_examples=300, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(hostile_samples(), SEVERITY), min_size=10, max_size=20))
    def draw(examples: list[tuple[Sample, Severity | None]]) -> None:
        drawn.extend(examples)

    draw()
    unique = {(s.site, s.field, s.indicator, s.at): (s, severity) for s, severity in drawn}
    config = InfluxConfig(url=influxd.url)
    await Sink(config, session).write(b"\n".join(line(s, severity) for s, severity in unique.values()))
    rows = await Reader(config, session).select("SELECT value, state, severity FROM sample GROUP BY *")
    found = {
        (row["site"], row["field"], row["indicator"], row["time"]): (float(row["value"]), row["state"], row["severity"])
        for row in rows
    }
    assert len(unique) > 500
    assert found == {key: (s.value, s.state, severity) for key, (s, severity) in unique.items()}


class Figure(NamedTuple):
    numbers: Mapping[str, float]
    measurement: str = "sample_1mo"
    site: str = "st-my-hoa"
    field: str = "environment"
    indicator: str = "a b"
    at: int = 1_717_200_000_000_001


def test_point_line_keeps_the_type_of_every_number() -> None:
    text = point_line(Figure({"value": 4.0, "low": 1e300, "n": 12, "gap": 0}))
    series = b"sample_1mo,field=environment,indicator=a\\ b,site=st-my-hoa"
    assert text == series + b" value=4.0,low=1e+300,n=12i,gap=0i 1717200000000001"


def test_point_line_shares_no_series_with_samples() -> None:
    sample = Sample("st-my-hoa", "environment", "a b", 1, 4.0)
    assert line(sample, None).startswith(b"sample,")
    assert point_line(Figure({"n": 1})).startswith(b"sample_1mo,")


@pytest.mark.parametrize(
    "bad", [Figure({"value": float("nan")}), Figure({"n": 1}, site=""), Figure({"n": 1}, field="x\n")]
)
def test_point_line_refuses_what_cannot_be_written(bad: Figure) -> None:
    with pytest.raises(PermanentError):
        point_line(bad)
