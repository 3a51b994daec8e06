"""Dead letters from the refusal to the replay, through a real broker and a real engine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.care.letters import DROPPED, Shelf, chosen, harmless, plan
from ioc.clock import ManualClock
from ioc.journal.journal import Journal, JournalConfig
from ioc.model import HOUR, Reason, Rejection
from ioc.telemetry import Counts
from tests.e2e.centre import PLAYED, Centre, running, wait_until
from tests.support.publisher import Publisher
from tests.support.servers import Mosquitto


async def shelf(directory: Path, rejections: list[Rejection]) -> Shelf:
    async with Journal(JournalConfig(directory=directory), ManualClock(), Counts()) as journal:
        await journal.append([], rejections)
    return Shelf(directory)


def refusal(payload: bytes = b"{}", reason: Reason = Reason.RANGE, position: int | None = None) -> Rejection:
    return Rejection(reason, "mqtt", "ioc/v1/ben-tre", payload, "no", position)


async def test_one_message_is_sent_once_however_many_letters_it_made(tmp_path: Path) -> None:
    kept = await shelf(tmp_path, [refusal(b"[1]", position=0), refusal(b"[1]", position=1), refusal(b"[2]")])
    plans = plan(kept.open())
    assert plans.messages == [("ioc/v1/ben-tre", b"[1]"), ("ioc/v1/ben-tre", b"[2]")]
    assert len(plans.letters) == 3


async def test_letters_that_were_cut_or_that_a_database_refused_are_left_out_and_told(tmp_path: Path) -> None:
    kept = await shelf(tmp_path, [refusal(b"x" * 5000), refusal(reason=Reason.STORE), refusal(b"x" * 4096)])
    plans = plan(kept.open())
    assert [letter.size for letter in plans.letters] == [4096]
    assert [letter.size for letter in plans.cut] == [5000]
    assert [letter.reason for letter in plans.later] == ["store"]


async def test_dropped_letters_leave_the_list_and_not_the_counts(tmp_path: Path) -> None:
    kept = await shelf(tmp_path, [refusal(), refusal(reason=Reason.SPOOF), refusal(b"1")])
    kept.mark(chosen(kept.open(), [], "range"), DROPPED)
    assert [letter.reason for letter in kept.open()] == ["spoof"]
    assert len(kept.all()) == 3
    assert kept.counts() == {"range": 2, "spoof": 1}


async def test_letters_are_chosen_by_the_end_of_their_id(tmp_path: Path) -> None:
    kept = await shelf(tmp_path, [refusal() for _ in range(12)])
    assert [letter.id.rsplit("-", 1)[1] for letter in chosen(kept.open(), ["2"], None)] == ["2"]


async def test_spoof_is_sent_again_only_when_it_is_chosen(tmp_path: Path) -> None:
    kept = await shelf(tmp_path, [refusal(), refusal(reason=Reason.SPOOF)])
    spoof = next(letter for letter in kept.open() if letter.reason == "spoof")
    plans = plan(kept.open())
    assert ([letter.reason for letter in plans.letters], plans.spoofs) == (["range"], [spoof])
    assert plan([spoof], with_spoofs=True).letters == [spoof]


def test_letter_on_a_terminal_is_read_and_not_obeyed() -> None:
    assert harmless("độ mặn\t1,5\n") == "độ mặn\t1,5\n"
    assert harmless("\x1b]0;x\x07\x1b[2J\x9b1m\r\u202e") == "\\x1b]0;x\\x07\\x1b[2J\\x9b1m\\r\\u202e"


@pytest.fixture
def centre(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Centre]:
    with running(Centre(tmp_path, mosquitto.port)) as engine:
        yield engine


def ioc(directory: Path, *words: str) -> tuple[int, str]:
    """The command as a person runs it."""
    code = "from ioc.commands.care import dead_letters; dead_letters()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--config", str(directory / "ioc.toml")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def reading(value: float, minute: int) -> bytes:
    return json.dumps({"value": value, "at": f"2025-03-12T07:{minute:02}:00+07:00"}).encode()


def test_replay_after_the_cause_is_mended_stores_once(tmp_path: Path, mosquitto: Mosquitto) -> None:
    topic = "ioc/v1/st-my-hoa/environment/salinity"
    # The cause: a clock that is behind makes honest samples look as if they came from the future.
    behind = Centre(tmp_path, mosquitto.port)
    with running(behind), Publisher(mosquitto.port) as publisher:
        publisher.publish([(topic, reading(1 + n / 10, n)) for n in range(10)])
        wait_until(lambda: behind.get("/v1/dead-letters")["counts"] == {"future": 10})
    engine = Centre(tmp_path, mosquitto.port)
    config = tmp_path / "ioc.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f"start = {PLAYED}", f"start = {PLAYED + 2 * HOUR}"), encoding="utf-8")
    with running(engine):
        code, text = ioc(tmp_path, "list", "--reason", "future")
        assert (code, text.count("future  mqtt")) == (0, 10)
        code, text = ioc(tmp_path, "replay", "--reason", "future")
        assert code == 0, text
        assert "10" in text
        wait_until(lambda: engine.count("ioc_samples_stored_total") == 10)
        code, text = ioc(tmp_path, "replay")
        assert (code, engine.count("ioc_samples_stored_total")) == (0, 10)
        assert " 0 đầu vào" in text
        books = engine.get("/v1/ledger")
        assert books["balanced"]
        assert [sum(row[name] for row in books["rows"]) for name in ("received", "stored", "dead")] == [20, 10, 10]
        code, text = ioc(tmp_path, "list")
        assert "kept: 0" in text
        assert "future 10" in text


def test_show_gives_the_payload_and_drop_needs_a_choice(tmp_path: Path, centre: Centre, mosquitto: Mosquitto) -> None:
    with Publisher(mosquitto.port) as publisher:
        publisher.publish([("ioc/v1/st-my-hoa/environment/salinity", "không phải JSON".encode())])
    wait_until(lambda: centre.get("/v1/dead-letters")["counts"] == {"not-json": 1})
    assert "không phải JSON" in ioc(tmp_path, "show", "1")[1]
    assert ioc(tmp_path, "show", "77")[0] == 1
    assert ioc(tmp_path, "drop")[0] == 2
    assert "dropped: 1" in ioc(tmp_path, "drop", "1")[1]
    assert "kept: 0" in ioc(tmp_path, "list")[1]
