"""What another process has used so far, as Linux tells it."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, USER_TICKS, SYSTEM_TICKS = 1, 11, 12
"""Fields of /proc/<pid>/stat, counted after the command's name."""


class Usage(NamedTuple):
    """CPU-seconds since its start, and MiB resident: now and at most."""

    cpu: float
    rss: float
    peak: float


def usage(pid: int) -> Usage:
    """Of a living process."""
    fields = _stat(pid)
    memory = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        if ":" in line
    )
    ticks = int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])
    return Usage(ticks / TICKS, _mebibytes(memory["VmRSS"]), _mebibytes(memory["VmHWM"]))


def waited(pid: int) -> float:
    """Seconds so far in which its main thread could have run and got no core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="utf-8").split()[1]) / 1_000_000_000


def disk_pressure() -> float:
    """Seconds so far in which something on the machine waited for the disk; nan where Linux does not count them."""
    try:
        some = Path("/proc/pressure/io").read_text(encoding="utf-8").splitlines()[0]
    except OSError:
        return float("nan")
    return int(some.rpartition("total=")[2]) / 1_000_000


def children(pid: int, names: Iterable[str]) -> dict[str, int]:
    """The process ids of its children, by the name that occurs in their command line; the absent are left out."""
    commands = dict(_commands(pid))
    found = {}
    for name in names:
        if (match := next((child for child, command in commands.items() if name in command), None)) is not None:
            found[name] = match
    return found


def _commands(parent: int) -> Iterable[tuple[int, str]]:
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if int(_stat(int(process.name))[PARENT]) == parent:
                command = (process / "cmdline").read_text(encoding="utf-8", errors="replace")
                yield int(process.name), command.replace("\0", " ")
        except OSError:
            continue  # it has ended


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _mebibytes(text: str) -> float:
    return int(text.split(maxsplit=1)[0]) / 1024
