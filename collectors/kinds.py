"""The table of collectors: what `kind = "..."` in the settings stands for."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import BaseModel

from collectors.base import Collector
from collectors.mqtt import MqttCollector, MqttConfig
from collectors.webhook import WebhookCollector, WebhookConfig


class Kind(NamedTuple):
    """The settings of a collector, and how to build it: `build(config, clock, counts, ..., name=...)`."""

    config: type[BaseModel]
    build: Callable[..., Collector]


KINDS: Mapping[str, Kind] = {
    "mqtt": Kind(MqttConfig, MqttCollector),
    "webhook": Kind(WebhookConfig, WebhookCollector),
}
