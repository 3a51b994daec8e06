"""A mosquitto with the production configuration, on another port and other folders."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

from aiomqtt import Client, MqttError, ProtocolVersion, TLSParameters

from ioc.demo.children import LOOPBACK, Child, free_port, listens
from ioc.deploy import broker
from tests.deploy.tools import make_secrets, need, user


@dataclass(frozen=True)
class Broker:
    """Its process and where its files are."""

    place: broker.Place
    child: Child
    secrets: Path
    mutual_port: int

    def client(self, name: str, **options: object) -> Client:
        """A client that logs in with the password of an account."""
        file = {broker.ENGINE: "mqtt-engine", broker.SIMULATORS: "mqtt-simulators"}.get(name, f"mqtt-site-{name}")
        password = (self.secrets / file).read_text(encoding="utf-8").strip()
        tls = TLSParameters(ca_certs=str(self.secrets / "mosquitto-ca.pem"), cert_reqs=ssl.CERT_REQUIRED)
        given = {"username": name, "password": password, "tls_params": tls} | options
        return Client(LOOPBACK, self.place.port, protocol=ProtocolVersion.V5, timeout=3, **given)

    def start(self) -> None:
        self.child.start(lambda: listens(self.place.port))


def prepare(folder: Path, *words: str, mutual: bool = False) -> Broker:
    """Not started yet."""
    secrets = make_secrets(folder / "secrets", *words)
    place = broker.Place("compose", str(secrets), str(folder / "data"), str(folder / "conf.d"), LOOPBACK, free_port())
    for path in (place.data, place.extra):
        Path(path).mkdir()
    # Root would become another user, who cannot read a test's files.
    Path(place.extra, "user.conf").write_text(f"user {user()}\n", encoding="utf-8")
    mutual_port = free_port()
    if mutual:
        Path(place.extra, "mutual-tls.conf").write_text(broker.mutual_tls(place, mutual_port), encoding="utf-8")
    config = folder / "mosquitto.conf"
    config.write_text(broker.configuration(place), encoding="utf-8")
    child = Child("mosquitto", [need("mosquitto"), "-c", str(config)], folder / "log")
    return Broker(place, child, secrets, mutual_port)


async def arriving(
    running: Broker, attempts: list[tuple[Client, str]], last: tuple[Client, str], patience: float = 5
) -> list[str]:
    """The topics that reach the engine out of those published, before the last one."""
    async with running.client(broker.ENGINE) as engine:
        await engine.subscribe("ioc/v1/#", qos=1)
        for client, topic in [*attempts, last]:
            async with client:
                await client.publish(topic, b"{}", qos=1)
        seen = []
        async with asyncio.timeout(patience):
            async for message in engine.messages:
                if str(message.topic) == last[1]:
                    return seen
                seen.append(str(message.topic))
    raise AssertionError("the last message did not arrive")


async def refused(client: Client) -> bool:
    """Whether a connection is not let in."""
    try:
        async with client:
            return False
    except (MqttError, OSError):
        return True
