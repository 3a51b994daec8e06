"""Child processes that never outlive their parent. Linux only.

The kernel kills a child when the thread that started it ends (`PR_SET_PDEATHSIG`), whatever ends it; so start children
from the main thread. A trampoline in the child asks for that and then becomes the program: no code of ours runs between
fork and exec, and a parent that died in that instant is noticed. The child leads a session of its own, so that Ctrl-C
reaches the parent alone, which then stops its children in order.
"""

import contextlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from ioc.clock import Clock, SystemClock
from ioc.errors import PermanentError

LOOPBACK = "127.0.0.1"
POLL = 0.02
LAST_LINES = 12
PORTS = range(20_000, 32_000)

_TRAMPOLINE = (
    "import ctypes, os, sys\n"
    "ctypes.CDLL(None).prctl(1, int(sys.argv[1]))\n"
    "os.getppid() == int(sys.argv[2]) or os._exit(1)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)


class Child:
    """One child process: started, known to be ready, stopped by its process id.

    `name` is for people, `argv` the command (its first word is looked up in PATH and the sbin folders), `log` the file
    that gets its output.
    """

    def __init__(self, name: str, argv: Sequence[str], log: Path, clock: Clock | None = None) -> None:
        """Nothing runs yet."""
        self.name = name
        self.log = log
        self._argv = list(argv)
        self._clock = clock or SystemClock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None before the first start."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """True from start to end."""
        return self._process is not None and self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """How it ended, negative for a signal; None before that."""
        return self._process.poll() if self._process else None

    def start(self, ready: Callable[[], bool], timeout: float = 10.0) -> None:
        """Spawn it and wait until `ready` says so; PermanentError with its last words if it does not in `timeout` s."""
        self.spawn()
        self.wait_ready(ready, timeout)

    def spawn(self) -> None:
        """Start the process without waiting; PermanentError when there is no such program. Main thread only."""
        if self.running:
            return
        guard = [sys.executable, "-I", "-S", "-c", _TRAMPOLINE, str(int(signal.SIGKILL)), str(os.getpid())]
        argv = [*guard, program(self._argv[0]), *self._argv[1:]]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait_ready(self, ready: Callable[[], bool], timeout: float = 10.0) -> None:
        """Block until `ready` says so; stop the child and raise PermanentError when it dies or `timeout` s pass."""
        deadline = self._clock.monotonic() + timeout
        while self._alive_after(POLL):
            if ready():
                return
            if self._clock.monotonic() > deadline:
                self.stop(grace=0.5)
                raise PermanentError("not ready", f"{self.name} within {timeout} s; it said:\n{self.last_words()}")
        raise PermanentError("ended", f"{self.name} with code {self.returncode}; it said:\n{self.last_words()}")

    def terminate(self) -> None:
        """Ask it to end (SIGTERM) without waiting."""
        if self._process and self.running:
            self._process.terminate()

    def kill(self) -> None:
        """End it at once (SIGKILL) and wait for that."""
        if self._process and self.running:
            self._process.kill()
            self._process.wait()

    def stop(self, grace: float = 3.0) -> int | None:
        """SIGTERM, then SIGKILL after `grace` seconds; returns how it ended. Blocks; may run in any thread."""
        self.terminate()
        if self._alive_after(grace):
            self.kill()
        return self.returncode

    def last_words(self, lines: int = LAST_LINES) -> str:
        """The end of its output."""
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        return ""

    def _alive_after(self, seconds: float) -> bool:
        if not self._process:
            return False
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.running

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def stop_all(children: Sequence[Child], grace: float = 4.0, clock: Clock | None = None) -> None:
    """Stop all, together within about `grace` seconds; they are asked in the given order. Blocks."""
    ticking = clock or SystemClock()
    deadline = ticking.monotonic() + grace
    for child in children:
        child.terminate()
    for child in children:
        child.stop(max(0.0, deadline - ticking.monotonic()))


def program(name: str) -> str:
    """The path of a program in PATH or the sbin folders; PermanentError if there is none."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if path is None:
        raise PermanentError("no such program", name)
    return path


def free_port() -> int:
    """A TCP port on loopback that nobody listens on, outside the range the kernel hands to outgoing connections."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port


def listens(port: int, host: str = LOOPBACK) -> bool:
    """True if something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def answers(port: int, path: str, host: str = LOOPBACK) -> bool:
    """True if an HTTP GET there is answered with 2xx."""
    connection = http.client.HTTPConnection(host, port, timeout=1.0)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300  # noqa: PLR2004 - the 2xx range
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
