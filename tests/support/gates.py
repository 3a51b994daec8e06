"""Gates for listeners under test, and connections that hold a place without asking anything."""

import socket

from ioc.clock import SystemClock
from ioc.gate import Gate, GateConfig
from ioc.telemetry import Counts


def gate(counts: Counts | None = None, **limits: float) -> Gate:
    """A gate on the machine's clock, with the usual limits but for those given."""
    return Gate("console", GateConfig.model_validate(limits), SystemClock(), counts or Counts())


def dawdler(port: int, said: bytes = b"", *, waits: bool = False) -> socket.socket:
    """A connection that has said so much and says no more, at once or when the other side has begun to answer."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    if said:
        connection.sendall(said)
    if waits:
        connection.recv(1)
    return connection


def is_cut(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side ends the connection within that time, whatever it says before. Blocks."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True
