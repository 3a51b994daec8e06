"""Readings posted to `/v1/samples`, each request answered only after its commit.

The body is that of MQTT: a reading or a list of them, each naming `field` and `indicator`. The site is the sender's
only one, or `?site=`. A request that comes again within a day (same `Idempotency-Key`, else same site and body) gets
its first answer again. While the journal cannot commit, or too much is under way, the answer is 503 or 429 with
`Retry-After`.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from collectors.answers import Answer, Answers
from collectors.inbox import Inbox
from collectors.signature import KEY, SENDER, Denial, denial, fingerprint
from collectors.webhook_config import SenderConfig, WebhookConfig
from ioc.clock import Clock
from ioc.errors import TemporaryError
from ioc.gate import Gate, Visit, opened, peer_of
from ioc.model import Message, Micros, Reason, Rejection, Sample
from ioc.retry import Backoff
from ioc.telemetry import Counts, Link

__all__ = ["WebhookCollector", "WebhookConfig"]

PATH = "/v1/samples"
VISIT: web.RequestKey[Visit | None] = web.RequestKey("visit")
MAX_BYTES = 64 * 1024
RETRY_SECONDS = "5"
ID = re.compile(r"[a-z0-9-]{1,64}")
OK, BAD, DENIED, FORBIDDEN, SLOW = 200, 400, 401, 403, 408
TOO_LARGE, REFUSED, TOO_MANY, UNAVAILABLE = 413, 422, 429, 503

# Anybody may send what is no HTTP; a page of traceback for each would let strangers fill the log.
_LIBRARY_LOG = logging.getLogger("collectors.webhook.library")
_NO_REQUEST = (HttpProcessingError, web.RequestPayloadError)
_LIBRARY_LOG.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], _NO_REQUEST)))


class Verdict(Protocol):
    """What became of one message."""

    @property
    def samples(self) -> list[Sample]:
        """Accepted."""
        ...

    @property
    def rejections(self) -> list[Rejection]:
        """Refused, each with its reason."""
        ...


@dataclass(slots=True)
class Call:
    """A request under way, until `answer` is known."""

    sender: str
    key: str
    body: str
    status: int = OK
    text: str = "{}"
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class WebhookCollector:
    """Takes signed requests and hands over raw messages; see `collectors.base.Collector`.

    Also counts `webhook_requests` by sender and status, and `webhook_denied` by why.
    """

    def __init__(  # noqa: PLR0913 - two of them have a default
        self,
        config: WebhookConfig,
        clock: Clock,
        counts: Counts,
        answers: Answers,
        *,
        is_accepting: Callable[[], bool] = lambda: True,
        wall: Callable[[], Micros] | None = None,
        name: str = "webhook",
    ) -> None:
        """`clock` shows real time. `is_accepting` says whether the journal commits at present.

        `wall`: the machine's own clock, if `clock` follows its steps late; a request may be signed by either.
        """
        self.name = name
        self._config = config
        self._clock = clock
        self._counts = counts
        self._answers = answers
        self._is_accepting = is_accepting
        self._wall = wall or clock.now
        self._senders = {sender.id: sender for sender in config.senders}
        self._inbox = Inbox(config.waiting, config.waiting * MAX_BYTES, lambda: None, lambda: None)
        self._calls: dict[int, Call] = {}
        self._under_way: dict[tuple[str, str], Call] = {}
        self._tokens = 0
        self._denied_at = float("-inf")
        self._link = Link(name, counts)
        self._gate = Gate(name, config.gate, clock, counts)
        self._log = structlog.get_logger("collectors.webhook").bind(source=name)
        self.port = config.port

    @property
    def buffered(self) -> int:
        """Messages received and not yet handed over."""
        return len(self._inbox)

    async def run(self) -> None:
        """Listen for ever; a port that is taken is tried again."""
        backoff, failures = Backoff(), 0
        while True:
            try:
                await self._listen()
            except OSError as error:
                failures += 1
                self._link.down(str(error))
                self._counts.add("reconnects", source=self.name)
                await self._clock.sleep(backoff.delay(failures))

    async def _listen(self) -> None:
        app = web.Application(client_max_size=MAX_BYTES, middlewares=[self._through])
        app.router.add_post(PATH, self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, logger=_LIBRARY_LOG)
        await runner.setup()
        try:
            async with opened(self._gate, lambda: _protocol(runner), self._config.host, self._config.port) as self.port:
                self._link.up()
                await self._gate.watch()
        finally:
            await runner.cleanup()

    @web.middleware
    async def _through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        visit = self._gate.asks(peer_of(request.transport), has_body=request.can_read_body)
        request[VISIT] = visit
        try:
            return await handler(request)
        finally:
            self._gate.answered(visit)

    async def batches(self) -> AsyncIterator[list[Message]]:
        """Messages in arrival order, up to `batch` at a time, as soon as there are any. For one consumer."""
        while True:
            yield await self._inbox.take(self._config.batch)

    def judged(self, token: int, verdict: Verdict) -> None:
        """What became of a message; it is told to its sender after the commit."""
        call = self._calls[token]
        refused = [{"position": one.position, "reason": one.reason, "detail": one.detail} for one in verdict.rejections]
        call.status = _status(verdict)
        call.text = msgspec.json.encode({"accepted": len(verdict.samples), "refused": refused}).decode()

    async def ack(self, tokens: Sequence[int]) -> None:
        """These are committed: keep the answers, then give them."""
        calls = [self._calls.pop(token) for token in tokens]
        told = [(call, Answer(call.body, call.status, call.text)) for call in calls]
        try:
            rows = [(call.sender, call.key, answer) for call, answer in told]
            self._note_retired(await asyncio.to_thread(self._answers.put, rows, self._clock.now()))
        except TemporaryError as error:
            # Sent again, the journal still knows each sample; only a refusal would be booked a second time.
            self._counts.add("webhook_answers_unkept", len(calls))
            self._log.warning("answers not kept", error=str(error))
        for call, answer in told:
            self._close(call, answer)
        self._counts.add("acked", len(calls), source=self.name)

    def _note_retired(self, answers: int) -> None:
        if not answers:
            return
        if not self._counts.total("webhook_answers_retired"):
            self._log.warning("answers forgotten within a day, there are too many", answers=answers)
        self._counts.add("webhook_answers_retired", answers)

    async def _answer(self, request: web.Request) -> web.Response:
        name = request.headers.get(SENDER, "")
        response = await self._respond(request, self._senders.get(name))
        known = name if name in self._senders else "unknown"
        self._counts.add("webhook_requests", sender=known, status=str(response.status))
        return response

    async def _respond(self, request: web.Request, sender: SenderConfig | None) -> web.Response:
        try:
            async with asyncio.timeout(self._config.gate.body):
                body = await request.read()
        except TimeoutError:
            return _say(SLOW, "the body did not come in time")
        except web.HTTPRequestEntityTooLarge:
            return _say(TOO_LARGE, f"at most {MAX_BYTES} bytes are taken")
        except web.RequestPayloadError:
            return _say(BAD, "the body is not what its headers say")
        self._gate.has_all(request[VISIT])
        clocks, site = (self._clock.now(), self._wall()), request.query.get("site", "")
        try:
            why = denial(request.headers, body, sender.key() if sender else None, *clocks, site=site)
        except TemporaryError as error:
            self._log.error("sender cannot be proved", error=str(error))
            return _say(UNAVAILABLE, "this sender cannot be proved at present")
        if sender is None or why is not None:
            return self._deny(request, why or Denial.UNKNOWN)
        return await self._settle(request, sender, body)

    def _deny(self, request: web.Request, why: Denial) -> web.Response:
        self._counts.add("webhook_denied", why=why.value)
        now = self._clock.monotonic()
        if now - self._denied_at >= 1.0:  # the counter has them all; a flood must not fill the log
            self._denied_at = now
            self._log.warning("security event", kind="denied", why=why.value, remote=request.remote)
        return _say(DENIED, "the sender, its signature or its time is not right")

    async def _settle(self, request: web.Request, sender: SenderConfig, body: bytes) -> web.Response:
        site = request.query.get("site") or (sender.sites[0] if len(sender.sites) == 1 else "")
        if not ID.fullmatch(site):
            return _say(BAD, "?site= names the site that the readings are of")
        mark = fingerprint(site, body)
        key = request.headers.get(KEY) or mark
        call = self._under_way.get((sender.id, key))
        if call is None:
            call = self._under_way[sender.id, key] = Call(sender.id, key, mark)
            await self._begin(call, site if site in sender.sites else f"sender:{sender.id}", site, body)
        try:
            async with asyncio.timeout(self._config.patience):
                return _given(await asyncio.shield(call.answer), mark)
        except TimeoutError:
            return _say(UNAVAILABLE, "not committed yet; send it again, it will be stored once")

    async def _begin(self, call: Call, identity: str, site: str, body: bytes) -> None:
        """Hand a request over, unless it has its answer already or has to come again."""
        try:
            known = await asyncio.to_thread(self._answers.get, call.sender, call.key, self._clock.now())
        except TemporaryError as error:
            self._log.warning("answers cannot be read", error=str(error))
            known = Answer(call.body, UNAVAILABLE, _error("nothing can be looked up at present; send it again"))
        answer = known or self._no_room(call)
        if answer is not None:
            self._close(call, answer)
            return
        self._tokens += 1
        self._calls[self._tokens] = call
        self._counts.add("received", source=self.name)
        self._inbox.put(Message(f"ioc/v1/{site}", body, self._tokens, self.name, identity))

    def _no_room(self, call: Call) -> Answer | None:
        if not self._is_accepting() or len(self._calls) >= self._config.waiting:
            return Answer(call.body, UNAVAILABLE, _error("nothing can be stored at present; send it again"))
        if Counter(other.sender for other in self._calls.values())[call.sender] >= self._config.waiting_each:
            return Answer(call.body, TOO_MANY, _error("too many requests of this sender are under way"))
        return None

    def _close(self, call: Call, answer: Answer) -> None:
        del self._under_way[call.sender, call.key]
        call.answer.set_result(answer)


def _protocol(runner: web.AppRunner) -> asyncio.BaseProtocol:
    assert runner.server is not None  # noqa: S101 - it was set up
    return runner.server()


def _status(verdict: Verdict) -> int:
    if verdict.samples or not verdict.rejections:
        return OK
    return FORBIDDEN if verdict.rejections[0].reason is Reason.SPOOF else REFUSED


def _given(answer: Answer, mark: str) -> web.Response:
    if answer.body != mark:
        return _say(REFUSED, f"this {KEY} stood over another body within a day")
    return _response(answer.status, answer.text)


def _say(status: int, error: str) -> web.Response:
    return _response(status, _error(error))


def _error(text: str) -> str:
    return msgspec.json.encode({"error": text}).decode()


def _response(status: int, text: str) -> web.Response:
    headers = {"Server": "ioc"} | ({"Retry-After": RETRY_SECONDS} if status in {TOO_MANY, UNAVAILABLE} else {})
    return web.Response(status=status, text=text, headers=headers, content_type="application/json")
