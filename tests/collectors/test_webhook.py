"""The webhook collector: answered only when committed, once for each request, and to nobody who is not who he says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
import structlog

from collectors.answers import Answer, Answers
from collectors.webhook import MAX_BYTES, WebhookCollector, WebhookConfig
from ioc.clock import SystemClock
from ioc.intake.judge import Verdict
from ioc.model import HOUR, Message, Micros, Reason, Rejection, Sample
from ioc.telemetry import Counts
from tests.support.collecting import until
from tests.support.gates import dawdler, is_cut
from tests.support.poster import SECRET, Poster

CLOCK = SystemClock()
SITES = ("st-my-hoa",)
Answered = tuple[int, Any, str]


class Bed:
    """A collector, its senders, and a pump's part played by hand."""

    def __init__(self, collector: WebhookCollector, counts: Counts) -> None:
        self.collector, self.counts = collector, counts
        self.messages: list[Message] = []
        self.verdict = Verdict([Sample("st-my-hoa", "f", "i", 1, 1.0)], [])

    async def pump(self, n: int) -> None:
        """Commit the next `n` messages."""
        async with asyncio.timeout(10):
            async for batch in self.collector.batches():
                for message in batch:
                    self.collector.judged(message.token, self.verdict)
                self.messages += batch
                await self.collector.ack([message.token for message in batch])
                n -= len(batch)
                if n <= 0:
                    return

    def poster(self, **more: str) -> Poster:
        return Poster(self.collector.port, **more)

    def post(self, body: bytes, **more: str) -> "asyncio.Task[Answered]":
        return asyncio.create_task(asyncio.to_thread(self._posted, body, **more))

    def _posted(self, body: bytes, **more: str) -> "Answered":
        with closing(self.poster()) as poster:
            return poster.post(body, **more)


@asynccontextmanager
async def bed(
    directory: Path, *, sites: tuple[str, ...] = SITES, is_accepting: Callable[[], bool] = lambda: True, **more: object
) -> AsyncIterator[Bed]:
    counts = Counts()
    sender = {"id": "tester", "sites": sites, "secret": SECRET}
    config = WebhookConfig.model_validate({"port": 0, "senders": [sender]} | more)
    answers = Answers(directory / "webhook.db")
    collector = WebhookCollector(config, CLOCK, counts, answers, is_accepting=is_accepting)
    running = asyncio.create_task(collector.run())
    try:
        await until(lambda: counts.value("link_up", link="webhook") == 1)
        yield Bed(collector, counts)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        answers.close()


async def test_answer_comes_only_after_the_commit(tmp_path: Path) -> None:
    async with bed(tmp_path) as at:
        posting = at.post(b"[1]")
        await until(lambda: at.collector.buffered == 1)
        await CLOCK.sleep(0.1)
        assert not posting.done()
        await at.pump(1)
        assert await posting == (200, {"accepted": 1, "refused": []}, "")
        [message] = at.messages
        assert (message.topic, message.payload, message.identity) == ("ioc/v1/st-my-hoa", b"[1]", "st-my-hoa")
        assert message.source == "webhook"


async def test_request_sent_again_gets_its_first_answer_and_is_taken_once(tmp_path: Path) -> None:
    async with bed(tmp_path) as at:
        first, second = at.post(b"[1]"), at.post(b"[1]")
        await until(lambda: at.collector.buffered == 1)
        await at.pump(1)
        assert await first == await second
        assert await at.post(b"[1]") == await first
    async with bed(tmp_path) as again:
        assert (await again.post(b"[1]"))[:2] == (200, {"accepted": 1, "refused": []})
        assert again.collector.buffered == 0
    assert len(at.messages) == 1


async def test_key_tells_requests_apart_and_stands_for_one_body(tmp_path: Path) -> None:
    async with bed(tmp_path) as at:
        posting = [at.post(b"[1]", key="a"), at.post(b"[1]", key="b")]
        await at.pump(2)
        assert [status for status, *_ in await asyncio.gather(*posting)] == [200, 200]
        status, told, _ = await at.post(b"[2]", key="a")
    assert status == 422
    assert "another body" in told["error"]


@pytest.mark.parametrize(("reason", "status"), [(Reason.SPOOF, 403), (Reason.RANGE, 422)])
async def test_refusal_is_told_with_its_reason(tmp_path: Path, reason: Reason, status: int) -> None:
    async with bed(tmp_path) as at:
        at.verdict = Verdict([], [Rejection(reason, "webhook", "t", b"", "why", 3)])
        posting = at.post(b"[1]")
        await at.pump(1)
        told = await posting
    assert told == (status, {"accepted": 0, "refused": [{"position": 3, "reason": reason, "detail": "why"}]}, "")


async def test_sender_of_several_sites_names_one_and_is_held_to_its_own(tmp_path: Path) -> None:
    async with bed(tmp_path, sites=("a", "b")) as at:
        assert (await at.post(b"[1]"))[0] == 400
        assert (await at.post(b"[1]", site="a/+ \n"))[0] == 400
        posting = [at.post(b"[1]", site="b"), at.post(b"[2]", site="c")]
        await at.pump(2)
        await asyncio.gather(*posting)
    assert {(m.topic, m.identity) for m in at.messages} == {("ioc/v1/b", "b"), ("ioc/v1/c", "sender:tester")}


async def test_sites_that_read_the_same_are_both_taken(tmp_path: Path) -> None:
    async with bed(tmp_path, sites=("a", "b")) as at:
        posting = [at.post(b"[1]", site="a"), at.post(b"[1]", site="b")]
        await at.pump(2)
        await asyncio.gather(*posting)
        assert (await at.post(b"[1]", site="a"))[0] == 200
    assert sorted(m.topic for m in at.messages) == ["ioc/v1/a", "ioc/v1/b"]


async def test_journal_that_cannot_commit_sends_them_away_for_a_while(tmp_path: Path) -> None:
    async with bed(tmp_path, is_accepting=lambda: False) as at:
        status, _, after = await at.post(b"[1]")
    assert (status, after) == (503, "5")


async def test_commit_that_takes_long_sends_them_away_and_is_found_again(tmp_path: Path) -> None:
    async with bed(tmp_path, patience=0.2) as at:
        status, _, after = await at.post(b"[1]")
        assert (status, after) == (503, "5")
        await at.pump(1)
        assert (await at.post(b"[1]"))[0] == 200
    assert len(at.messages) == 1


async def test_too_many_under_way_are_sent_away(tmp_path: Path) -> None:
    async with bed(tmp_path, waiting=3, waiting_each=2) as at:
        waiting = [at.post(b"[%d]" % n) for n in range(2)]
        await until(lambda: at.collector.buffered == 2)
        status, _, after = await at.post(b"[9]")
        await at.pump(2)
        await asyncio.gather(*waiting)
    assert (status, after) == (429, "5")


async def test_whoever_is_not_believed_is_counted_and_not_told_why(tmp_path: Path) -> None:
    async with bed(tmp_path) as at:
        poster = at.poster()
        stale = poster.headers(b"[1]", late=400)
        strangers = [at.poster(sender="nobody"), at.poster(secret="guess")]
        told = []
        for one, headers in [(poster, stale), (poster, {}), *((one, one.headers(b"[1]")) for one in strangers)]:
            await asyncio.to_thread(one.send, b"[1]", headers)
            told.append(await asyncio.to_thread(one.answer))
            one.close()
        assert {status for status, *_ in told} == {401}
        assert len({str(text) for _, text, _ in told}) == 1
        assert at.collector.buffered == 0
        assert at.counts.total("webhook_denied") == 4


async def test_body_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    async with bed(tmp_path) as at:
        assert (await at.post(b" " * (MAX_BYTES + 1)))[0] == 413
        posting = at.post(b" " * MAX_BYTES)
        await at.pump(1)
        assert (await posting)[0] == 200


async def test_request_caught_on_its_way_cannot_be_given_to_another_site(tmp_path: Path) -> None:
    async with bed(tmp_path, sites=("a", "b")) as at:
        with closing(at.poster()) as poster:
            caught = poster.headers(b"[1]", site="a")
            await asyncio.to_thread(poster.send, b"[1]", caught, "b")
            assert (await asyncio.to_thread(poster.answer))[0] == 401
        assert at.collector.buffered == 0


class Behind(SystemClock):
    """An hour behind, and no faster: a clock that leaps would cut the connections of whoever waits for the disk."""

    def now(self) -> Micros:
        return super().now() - HOUR


async def test_senders_are_believed_by_the_machines_clock_while_ours_still_follows_it(tmp_path: Path) -> None:
    """After a step of an hour that was right, ours is behind for hours: honest senders must not wait for it."""
    counts, answers = Counts(), Answers(tmp_path / "webhook.db")
    config = WebhookConfig.model_validate({"port": 0, "senders": [{"id": "tester", "sites": SITES, "secret": SECRET}]})
    collector = WebhookCollector(config, Behind(), counts, answers, wall=CLOCK.now)
    running = asyncio.create_task(collector.run())
    await until(lambda: counts.value("link_up", link="webhook") == 1)
    at = Bed(collector, counts)
    posting = at.post(b"[1]")
    await at.pump(1)
    assert (await posting)[0] == 200
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    answers.close()


async def test_what_is_no_request_is_refused_without_filling_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with bed(tmp_path) as at:
        with closing(at.poster()) as poster:
            await asyncio.to_thread(poster.send, b"no gzip", {"Content-Encoding": "gzip"})
            assert (await asyncio.to_thread(poster.answer))[0] == 400
        reader, writer = await asyncio.open_connection("127.0.0.1", at.collector.port)
        writer.write(b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        assert at.counts.value("webhook_requests", sender="unknown", status="400") == 1
    assert [record for record in caplog.records if record.exc_info] == []


async def test_answers_forgotten_early_are_counted_and_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.answers.MOST", 1)
    async with bed(tmp_path) as at:
        with structlog.testing.capture_logs() as logs:
            for body in (b"[1]", b"[2]"):
                posting = at.post(body)
                await at.pump(1)
                assert (await posting)[0] == 200
        assert at.counts.total("webhook_answers_retired") == 2
    assert [entry["log_level"] for entry in logs if "forgotten" in entry["event"]] == ["warning"]


async def test_answers_that_cannot_be_kept_are_given_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bed(tmp_path) as at:
        with monkeypatch.context() as patch:
            patch.setattr(Answer, "__iter__", lambda _: iter((None, 200, "{}")))
            posting = at.post(b"[1]")
            await at.pump(1)
            assert (await posting)[0] == 200
        assert at.counts.total("webhook_answers_unkept") == 1


async def test_port_that_is_taken_is_said_and_tried_again(tmp_path: Path) -> None:
    async with bed(tmp_path) as at:
        counts, answers = Counts(), Answers(tmp_path / "other.db")
        other = WebhookCollector(WebhookConfig(port=at.collector.port), CLOCK, counts, answers)
        running = asyncio.create_task(other.run())
        await until(lambda: counts.total("link_failures") > 0)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        answers.close()


async def test_dawdlers_keep_no_sender_out(tmp_path: Path) -> None:
    async with bed(tmp_path, waiting=2, gate={"connections": 12}) as at:
        slow_body = b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[1"
        said = (b"", b"POST /v1/samples HTTP/1.1\r\nX-Slow: ", slow_body)
        dawdlers = await asyncio.to_thread(lambda: [dawdler(at.collector.port, one) for one in said for _ in range(12)])
        posting = at.post(b"[1]")
        await at.pump(1)
        assert (await posting)[0] == 200
        assert at.counts.value("connections_cut", gate="webhook", why="crowded") >= 24
        assert at.counts.value("connections", gate="webhook") <= 12
        for one in dawdlers:
            one.close()


async def test_slow_body_is_answered_with_408_and_a_slow_header_is_cut(tmp_path: Path) -> None:
    async with bed(tmp_path, gate={"headers": 0.6, "body": 0.6, "idle": 0.6}) as at:
        half = dawdler(at.collector.port, b"POST /v1/samples HTTP/1.1\r\nX-Slow: ")
        body = dawdler(at.collector.port, b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[1")
        body.settimeout(20)
        assert (await asyncio.to_thread(body.recv, 4096)).startswith(b"HTTP/1.1 408 ")
        assert await asyncio.to_thread(is_cut, half, 20)
        assert await asyncio.to_thread(is_cut, body, 20)
        half.close()
        body.close()
