"""Names and strings in queries: quoted so that the real server takes them for what they are, never for more."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.errors import PermanentError, TemporaryError
from ioc.model import Sample
from ioc.store.config import InfluxConfig
from ioc.store.influxql import Name, Reader, bind, quote_name, quote_string, rows
from ioc.store.line import line
from ioc.store.sink import Sink
from tests.support.servers import Server, free_port

TEXT = st.text(
    st.one_of(
        st.sampled_from("'\"\\n\n;-/* $()\t"),
        st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=20,
)


def drawn(strategy: st.SearchStrategy[str], n: int) -> list[str]:
    found: dict[str, None] = {}

    @settings(max_examples=n, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def draw(text: str) -> None:
        found[text] = None

    draw()
    return list(found)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def seeded(influxd: Server, session: aiohttp.ClientSession, sites: list[str]) -> Reader:
    config = InfluxConfig(url=influxd.url)
    body = b"\n".join(line(Sample(site, "f", "i", 1000 + n, float(n)), None) for n, site in enumerate(sites))
    await Sink(config, session).write(body)
    return Reader(config, session)


async def test_quote_name_comes_back_as_the_column_name(influxd: Server, session: aiohttp.ClientSession) -> None:
    reader = await seeded(influxd, session, ["a"])
    names = [name for name in drawn(TEXT, 300) if name != "time"]
    aliases = ", ".join(f"first(value) AS {quote_name(name)}" for name in names)
    query = {"q": f"SELECT {aliases} FROM sample"}  # noqa: S608 - quoting is what is tested
    answer = await reader._database.post("/query", {"db": "ioc"}, query, 200)
    assert json.loads(answer.body)["results"][0]["series"][0]["columns"] == ["time", *names]


async def test_quote_string_finds_just_its_own_series(influxd: Server, session: aiohttp.ClientSession) -> None:
    legal = st.text(st.one_of(st.sampled_from("'\"\\;-/* $()="), st.characters(exclude_categories=["Cc", "Cs"])))
    sites = [site for site in drawn(legal, 200) if site and not site.endswith("\\")]
    reader = await seeded(influxd, session, sites)
    for n, site in enumerate(sites):
        found = await reader.select("SELECT value FROM sample WHERE site = {site}", site=site)
        assert found == [{"time": 1000 + n, "value": float(n)}]


async def test_select_is_proof_against_injection(influxd: Server, session: aiohttp.ClientSession) -> None:
    reader = await seeded(influxd, session, ["a", "b"])
    evil = ["' OR site = 'a", "a'; DROP MEASUREMENT sample; --", "\\' OR 1 = 1 --", "a' --"]
    for site in evil:
        assert await reader.select("SELECT value FROM sample WHERE site = {site}", site=site) == []
        assert await reader.select("SELECT value FROM {name}", name=Name(f'sample" WHERE site = "{site}')) == []
    assert len(await reader.select("SELECT value FROM sample")) == 2


async def test_select_gives_tags_of_groups_and_binds_numbers(influxd: Server, session: aiohttp.ClientSession) -> None:
    reader = await seeded(influxd, session, ["a", "b", "c"])
    found = await reader.select(
        "SELECT last({field}) AS {alias} FROM sample WHERE value >= {least} GROUP BY site",
        field=Name("value"),
        alias=Name("newest value"),
        least=1,
    )
    assert found == [
        {"site": "b", "time": 1001, "newest value": 1.0},
        {"site": "c", "time": 1002, "newest value": 2.0},
    ]


async def test_select_raises_what_the_server_says(influxd: Server, session: aiohttp.ClientSession) -> None:
    reader = await seeded(influxd, session, ["a"])
    with pytest.raises(PermanentError, match="error parsing query"):
        await reader.select("SELEKT 1")


async def test_select_without_server_is_temporary(session: aiohttp.ClientSession) -> None:
    reader = Reader(InfluxConfig(url=f"http://127.0.0.1:{free_port()}"), session)
    with pytest.raises(TemporaryError):
        await reader.select("SELECT value FROM sample")


def test_rows_refuses_half_an_answer() -> None:
    series = {"name": "sample", "columns": ["time"], "values": [[1]], "partial": True}
    with pytest.raises(PermanentError, match="cut short"):
        rows(json.dumps({"results": [{"series": [series]}]}).encode())
    with pytest.raises(PermanentError, match="not that of an InfluxDB"):
        rows(b"<html>")


@pytest.mark.parametrize("text", ["a\0", "a\r", "\ud800"])
def test_quote_refuses_what_the_language_cannot_carry(text: str) -> None:
    for quote in (quote_string, quote_name):
        with pytest.raises(PermanentError, match=r"^name: "):
            quote(text)


def test_bind_quotes_by_type() -> None:
    filled = bind("SELECT {a} FROM x WHERE b = {b} AND c > {c}", a=Name('a"b'), b="it's", c=-1.5)
    assert filled == "SELECT \"a\\\"b\" FROM x WHERE b = 'it\\'s' AND c > -1.5"
    with pytest.raises(PermanentError):
        bind("SELECT {a}", a=Name(""))
