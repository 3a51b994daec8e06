"""F42, S10: answers get lost on the way and senders come again; strangers, forgers and replays are kept out."""

import http.client
import random
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby

import pytest
from msgspec import json

from collectors.signature import KEY, SIGNATURE, TIMESTAMP
from ioc.demo.children import free_port
from ioc.journal.reader import JournalReader
from ioc.model import moment
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.e2e.test_path import CATALOGUE, Point, points
from tests.faults.case import Case
from tests.faults.oracle import Oracle, chunks, pause
from tests.support.poster import SECRET, Poster, readings
from tests.support.servers import Mosquitto

EACH = 20


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Where centres started by the test take samples by HTTP, from one sender for all sites."""
    port = free_port()
    sites = sorted({one.site.id for one in CATALOGUE.series(PLAYED)})
    monkeypatch.setenv("IOC__WEBHOOK__ENABLED", "true")
    monkeypatch.setenv("IOC__WEBHOOK__PORT", str(port))
    sender = {"id": "tester", "sites": sites, "secret": SECRET}
    monkeypatch.setenv("IOC__WEBHOOK__SENDERS", json.encode([sender]).decode())
    return port


def requests(n: int) -> Iterator[tuple[str, list[Point]]]:
    """`n` samples in requests of one site each."""
    ordered = sorted(points(n), key=lambda one: one[0])
    for site, of_site in groupby(ordered, key=lambda one: one[0]):
        for chunk in chunks(of_site, EACH):
            yield site, chunk


def insist(poster: Poster, site: str, body: bytes, chance: random.Random, cut: float) -> int:
    """Post until answered, hanging up before the answer in a share `cut` of the tries; the number of tries."""
    tries = 1
    while True:
        try:
            poster.send(body, poster.headers(body, site=site), site)
            if chance.random() >= cut:
                status, told, after = poster.answer()
                assert status in {200, 429, 503}, told
                if status == 200:
                    return tries
                assert after
        except (OSError, http.client.HTTPException):
            pause(0.05)
        poster.close()
        tries += 1


@pytest.mark.row("F42", "answers lost in 30 % of the calls, the centre killed meanwhile: 0 lost, 0 doubled")
def test_senders_that_come_again_are_stored_once(case: Case, mosquitto: Mosquitto, port: int) -> None:
    n, every = (100_000, 1000) if case.full else (2000, 60)
    oracle, chance, tries = Oracle(), case.chance(), 0
    centre = Centre(case.directory, mosquitto.port)
    with running(centre), closing(Poster(port)) as poster:
        for number, (site, chunk) in enumerate(requests(n), 1):
            if number % every == 0:
                centre.child.kill()
                centre.start()
            oracle.offered.update(chunk)
            tries += insist(poster, site, readings(chunk, moment), chance, 0.3)
            oracle.note(chunk)
        requested = number
        wait_until(lambda: settled(case) >= n)
    verdict = oracle.judge_journal(case.directory / "journal")
    case.tell(requests=requested, tries=tries, judged=verdict)
    assert verdict.is_clean, verdict
    assert verdict.accepted == verdict.kept == n
    assert tries > requested * 1.2


@pytest.mark.row("F42", "while the journal is at its reserve the answer is 503 with Retry-After, and nothing is kept")
def test_full_disk_sends_senders_away(
    case: Case, mosquitto: Mosquitto, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC__WEBHOOK__PATIENCE", "1")
    monkeypatch.setenv("IOC__JOURNAL__RESERVE", str(2**60))
    [(site, chunk)] = list(requests(EACH))[:1]
    body = readings(chunk, moment)
    with running(Centre(case.directory, mosquitto.port)), closing(Poster(port)) as poster:
        told = [poster.post(body, site), poster.post(body, site)]
    case.tell(answers=[(status, after) for status, _, after in told])
    assert [(status, after) for status, _, after in told] == [(503, "5")] * 2
    assert settled(case) == 0


def settled(case: Case) -> int:
    """How many samples the journal holds."""
    with closing(JournalReader(case.directory / "journal")) as reader:
        return reader.tail


@pytest.mark.row("S10", "bits flipped, signed by others, stale, unsigned, replayed: none of it is accepted")
def test_forged_requests_are_kept_out(case: Case, mosquitto: Mosquitto, port: int) -> None:
    n = 10_000 if case.full else 300
    chance, good, statuses = case.chance(), points(EACH), dict[int, int]()
    site = good[0][0]
    body = readings([one for one in good if one[0] == site], moment)
    with running(Centre(case.directory, mosquitto.port)) as centre, closing(Poster(port)) as poster:
        assert poster.post(body, site)[0] == 200
        kept = settled(case)
        for forged, headers in forgeries(poster, site, body, chance, n):
            poster.send(forged, headers, site)
            status, *_ = poster.answer()
            statuses[status] = statuses.get(status, 0) + 1
        replayed = poster.post(body, site)
        denied = centre.count("ioc_webhook_denied_total")
        letters = centre.get("/v1/dead-letters")["counts"]
    case.tell(tries=n, answers=statuses, stored_by_them=settled(case) - kept)
    assert statuses == {401: n}
    assert denied == n
    assert replayed[0] == 200
    assert settled(case) == kept
    assert letters == {}


def forgeries(
    poster: Poster, site: str, body: bytes, chance: random.Random, n: int
) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Requests that look right and are not."""
    other = Poster(0, secret="another")
    for number in range(n):
        headers = poster.headers(body, f"k{number}", site=site)
        kind = chance.choice(["body", "signature", "time", "key", "stale", "unsigned", "stranger"])
        if kind == "body":
            place = chance.randrange(len(body))
            yield body[:place] + bytes([body[place] ^ 1 << chance.randrange(8)]) + body[place + 1 :], headers
        elif kind == "stale":
            yield body, poster.headers(body, late=chance.choice([301, 400, 86_400, -310]), site=site)
        elif kind == "unsigned":
            headers.pop(chance.choice([SIGNATURE, TIMESTAMP]))
            yield body, headers
        elif kind == "stranger":
            yield body, other.headers(body, site=site)
        elif kind == "key":
            yield body, headers | {KEY: f"other{number}"}
        elif kind == "time":
            yield body, headers | {TIMESTAMP: str(int(headers[TIMESTAMP]) + chance.choice([-1, 1, 60]))}
        else:
            place = chance.randrange(7, len(headers[SIGNATURE]))
            digit = chance.choice(sorted(set("0123456789abcdef") - {headers[SIGNATURE][place]}))
            yield body, headers | {SIGNATURE: headers[SIGNATURE][:place] + digit + headers[SIGNATURE][place + 1 :]}
