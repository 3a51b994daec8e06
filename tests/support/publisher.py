"""A publisher on a bare socket that waits for every PUBACK, so that "published" means what it says."""

import socket
import struct
from collections.abc import Iterable
from itertools import islice
from types import TracebackType
from typing import Self

from ioc.demo.children import LOOPBACK

CONNECT, CONNACK, PUBLISH_QOS1, PUBACK, DISCONNECT = 0x10, 0x20, 0x32, 0x40, 0xE0
REFUSED = 0x80


class Publisher:
    """MQTT 5, QoS 1, at most `window` messages without their PUBACK; blocking, for a thread of its own."""

    def __init__(self, port: int, client_id: str = "publisher", window: int = 100, timeout: float = 10.0) -> None:
        self._window = window
        self._socket = socket.create_connection((LOOPBACK, port), timeout)
        self._stream = self._socket.makefile("rb")
        head = _string("MQTT") + bytes([5, 2]) + struct.pack("!H", 60) + b"\0"
        self._socket.sendall(_packet(CONNECT, head + _string(client_id)))
        kind, body = self._read()
        assert kind == CONNACK, f"CONNACK expected, got {kind:#x}"
        assert body[1] < REFUSED, f"connection refused: {body[1]:#x}"

    def publish(self, messages: Iterable[tuple[str, bytes]]) -> int:
        """Publish all and wait for their PUBACKs; returns how many. Fails on a refusal or after the time-out."""
        waiting = iter(messages)
        count = 0
        while batch := list(islice(waiting, self._window)):
            packets = [_publish(topic, payload, mid) for mid, (topic, payload) in enumerate(batch, 1)]
            self._socket.sendall(b"".join(packets))
            self._await(set(range(1, len(batch) + 1)))
            count += len(batch)
        return count

    def _await(self, mids: set[int]) -> None:
        while mids:
            kind, body = self._read()
            if kind == PUBACK:
                assert len(body) < 3 or body[2] < REFUSED, f"publish refused: {body[2]:#x}"
                mids.remove(int.from_bytes(body[:2], "big"))

    def _read(self) -> tuple[int, bytes]:
        head = self._stream.read(1)
        assert head, "the broker closed the connection"
        length, shift = 0, 0
        while True:
            byte = self._stream.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < REFUSED:
                return head[0] & 0xF0, self._stream.read(length)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None:
            self._socket.sendall(_packet(DISCONNECT, b""))
        self._stream.close()
        self._socket.close()


def publish(port: int, messages: Iterable[tuple[str, bytes]], window: int = 100) -> int:
    """Publish all over one connection and wait for their PUBACKs; returns how many."""
    with Publisher(port, window=window) as publisher:
        return publisher.publish(messages)


def _publish(topic: str, payload: bytes, mid: int) -> bytes:
    return _packet(PUBLISH_QOS1, _string(topic) + struct.pack("!H", mid) + b"\0" + payload)


def _packet(kind: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (REFUSED if length else 0))
        if not length:
            return bytes([kind]) + bytes(digits) + body


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded
