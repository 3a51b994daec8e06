"""Power cuts without a special file system: what a process wrote is recorded, then played back up to any moment.

The record is a system call trace with all data. A file holds after a cut what was written before its last completed
sync; of what was written since, nothing, everything, or any 512-byte sectors. A name is where the last sync of its
directory put it; of later changes of names the first few may have been made too, in their order.
"""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
CALLS = "openat,pwrite64,write,ftruncate,fdatasync,fsync,rename,unlink"
LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")
TEXT = re.compile(r"(?:\\x[0-9a-f]{2})+")
NUMBER = re.compile(r", (\d+)(?= <unfinished|\)|, )")
SYNCS = ("fdatasync", "fsync")

Image = dict[Path, bytes]


@dataclass
class Event:
    """One call: on what (a path; 1 for standard output), with which bytes and number. A sync counts when it returns."""

    call: str
    path: Path
    data: bytes = b""
    number: int = 0


@dataclass
class File:
    """What of a file is safe, and what was done to it since."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Event] = field(default_factory=list)

    def sync(self) -> None:
        """All that was done is safe."""
        for event in self.since:
            change(self.safe, event, range(0, len(event.data), SECTOR))
        self.since.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """What a cut may leave of it."""
        left = bytearray(self.safe)
        share = chance.choice([0.0, 0.5, 0.9, 1.0])
        for event in self.since:
            sectors = [at for at in range(0, len(event.data), SECTOR) if chance.random() < share]
            if sectors or (event.call == "ftruncate" and chance.random() < share):
                change(left, event, sectors)
        return bytes(left)


def change(content: bytearray, event: Event, sectors: Iterable[int]) -> None:
    """Do to the content what the event did, as far as these sectors of its data."""
    if event.call == "ftruncate":
        del content[event.number :]
        content.extend(bytes(event.number - len(content)))
        return
    for at in sectors:
        start, part = event.number + at, event.data[at : at + SECTOR]
        content.extend(bytes(max(0, start + len(part) - len(content))))
        content[start : start + len(part)] = part


class Disk:
    """The files of one directory, as a cut at this moment may leave them."""

    def __init__(self, directory: Path) -> None:
        """Empty."""
        self.directory = directory
        self.names: dict[Path, File] = {}
        self.safe_names: dict[Path, File] = {}
        self.moves: list[tuple[Path | None, Path | None, File]] = []
        self.said: list[bytes] = []

    def take(self, event: Event) -> None:
        """Go on by one call."""
        if event.path == Path("1"):
            self.said.append(event.data)
        elif event.path == self.directory and event.call in SYNCS:
            self.safe_names = dict(self.names)
            self.moves.clear()
        elif event.path.parent == self.directory and not event.path.name.endswith("-shm"):
            self._take(event)

    def _take(self, event: Event) -> None:
        file = self.names.get(event.path)
        if event.call == "openat" and file is None:
            self._move(None, event.path, File())
        elif file is None:
            return
        elif event.call in SYNCS:
            file.sync()
        elif event.call == "rename":
            self._move(event.path, Path(event.data.decode()), file)
        elif event.call == "unlink":
            self._move(event.path, None, file)
        elif event.call in ("pwrite64", "ftruncate"):
            file.since.append(event)

    def _move(self, before: Path | None, after: Path | None, file: File) -> None:
        self.moves.append((before, after, file))
        moved(self.names, before, after, file)

    def cut(self, chance: random.Random) -> Image:
        """The files after a cut now."""
        names = dict(self.safe_names)
        for move in self.moves[: chance.randint(0, len(self.moves))]:
            moved(names, *move)
        return {path: file.after_cut(chance) for path, file in names.items()}


def moved(names: dict[Path, File], before: Path | None, after: Path | None, file: File) -> None:
    """Change names in place."""
    if before is not None:
        names.pop(before, None)
    if after is not None:
        names[after] = file


def events(trace: Path) -> Iterator[Event]:
    """The calls of a trace (`strace -f -y -xx -s 99999`) in their order."""
    waiting: dict[str, Event] = {}
    for line in trace.read_text(encoding="ascii").splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        pid, resumed, call, rest = match.groups()
        if resumed is not None:
            if resumed in SYNCS and rest.endswith(" = 0"):
                yield waiting.pop(pid)
            continue
        event = parsed(call, rest)
        if event is None:
            continue
        if call in SYNCS and "<unfinished" in rest:
            waiting[pid] = event
        elif call not in SYNCS or rest.endswith(" = 0"):
            yield event


def parsed(call: str, rest: str) -> Event | None:
    """One call that concerns us."""
    texts = [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(rest)]
    if call == "write":
        return Event(call, Path("1"), texts[-1]) if rest.startswith("1<") and len(texts) > 1 else None
    if call == "openat":
        wanted = [text for text in texts if text.startswith(b"/")]
        return Event(call, Path(wanted[-1].decode())) if "O_CREAT" in rest else None
    if not texts:
        return None
    path = Path(texts[0].decode())
    data = texts[1] if len(texts) > 1 else b""
    numbers = NUMBER.findall(rest)
    return Event(call, path, data, int(numbers[-1]) if numbers else 0)
