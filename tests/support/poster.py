"""A sender of signed requests over one kept connection."""

import http.client
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from collectors.signature import KEY, SENDER, SIGNATURE, TIMESTAMP, sign
from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK
from ioc.model import SECOND

CLOCK = SystemClock()
SECRET = "mở-cửa-sông-3"


class Poster:
    """Posts bodies to `/v1/samples` as one sender."""

    def __init__(self, port: int, sender: str = "tester", secret: str = SECRET) -> None:
        """Connects when it first posts."""
        self._http = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
        self.sender = sender
        self.secret = secret.encode()

    def headers(self, body: bytes, key: str = "", late: int = 0, site: str = "") -> dict[str, str]:
        """The headers of a request signed `late` seconds ago."""
        now = CLOCK.now() // SECOND - late
        made = {SENDER: self.sender, TIMESTAMP: str(now), SIGNATURE: sign(self.secret, now, key, body, site)}
        return made | ({KEY: key} if key else {})

    def send(self, body: bytes, headers: dict[str, str], site: str = "", path: str = "/v1/samples") -> None:
        """Send and do not wait for the answer."""
        self._http.request("POST", path + (f"?site={quote(site)}" if site else ""), body, headers)

    def answer(self) -> tuple[int, Any, str]:
        """Status, body and `Retry-After` of the request sent last."""
        response = self._http.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text[:1] == b"{" else text, response.getheader("Retry-After", "")

    def post(self, body: bytes, site: str = "", key: str = "") -> tuple[int, Any, str]:
        """Send, signed, and wait."""
        self.send(body, self.headers(body, key, site=site), site)
        return self.answer()

    def close(self) -> None:
        """Close the connection, whatever is under way."""
        self._http.close()


def readings(points: Sequence[tuple[str, str, str, int, float]], at: Any) -> bytes:
    """One body of points of one site; `at` writes a time."""
    rows = [
        {"field": field, "indicator": name, "value": value, "at": at(when).isoformat()}
        for _, field, name, when, value in points
    ]
    return json.dumps(rows).encode()
