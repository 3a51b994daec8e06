"""A short visit to the broker, under a name of its own and without a session."""

import ssl
from collections.abc import Sequence

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collectors.mqtt_config import MqttConfig
from ioc.errors import TemporaryError

QOS = 1


async def visit(config: MqttConfig, messages: Sequence[tuple[str, bytes]] = (), name: str = "care") -> None:
    """Connect with MQTT 5 and publish messages at QoS 1; on return the broker has acknowledged all of them.

    `name` tells visitors apart that come at the same time.

    Raises:
        TemporaryError: the broker does not answer, or refuses us; some of the messages may have arrived.
    """
    tls = config.tls
    try:
        async with aiomqtt.Client(
            config.host,
            config.port,
            username=config.username,
            password=config.secret(),
            identifier=f"{config.client_id}-{name}",
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            properties=Properties(PacketTypes.CONNECT),  # type: ignore[no-untyped-call]
            timeout=config.timeout,
            tls_params=None
            if tls is None
            else aiomqtt.TLSParameters(
                ca_certs=str(tls.ca_file) if tls.ca_file else None,
                certfile=str(tls.cert_file) if tls.cert_file else None,
                keyfile=str(tls.key_file) if tls.key_file else None,
                cert_reqs=ssl.CERT_REQUIRED,
            ),
        ) as client:
            for topic, payload in messages:
                await client.publish(topic, payload, qos=QOS)
    except (aiomqtt.MqttError, OSError) as error:
        raise TemporaryError(str(error.__cause__ or error)) from error
