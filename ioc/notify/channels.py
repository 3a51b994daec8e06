"""The channels that the settings ask for: the explicit table."""

from collections.abc import Iterator

import aiohttp

from ioc.clock import Clock
from ioc.errors import ConfigError
from ioc.notify.apprise import Apprise
from ioc.notify.config import NotifyConfig
from ioc.notify.console import Console
from ioc.notify.dispatch import Channel
from ioc.notify.email import Email
from ioc.notify.esms import Esms
from ioc.notify.loudspeaker import Loudspeaker
from ioc.notify.pace import Paced, Rate
from ioc.notify.receipts import Provider
from ioc.notify.speedsms import SpeedSms
from ioc.notify.telegram import Telegram
from ioc.notify.template import HttpTemplate
from ioc.notify.webhook import Webhook
from ioc.notify.zalo import ZaloOa, ZaloZns
from ioc.notify.zalo_token import ZaloTokens

RATES = {"speedsms": Rate(messages=60, seconds=60.0), "telegram": Rate(messages=25, seconds=1.0)}
"""What the providers allow at most; the settings may ask for less."""


def build(
    config: NotifyConfig, session: aiohttp.ClientSession, clock: Clock, tokens: ZaloTokens | None = None
) -> dict[str, Channel]:
    """Every configured channel by its name, paced where a rate is known; `tokens` are Zalo's, if shared.

    Raises:
        ConfigError: two channels share a name, or a rate is for a channel that is not configured.
    """
    found: dict[str, Channel] = {}
    for channel in _all(config, session, clock, tokens):
        if channel.name in found:
            raise ConfigError(f"notify.http: đã có kênh tên / a channel is already called {channel.name!r}")
        found[channel.name] = channel
    if unknown := set(config.rates) - set(found):
        raise ConfigError(
            f"notify.rates: không có kênh / no channel {min(unknown)!r}; configured are: {', '.join(sorted(found))}"
        )
    rates = {**RATES, **config.rates}
    return {name: Paced(channel, rates[name], clock) if name in rates else channel for name, channel in found.items()}


def providers(
    config: NotifyConfig, session: aiohttp.ClientSession, tokens: ZaloTokens | None = None
) -> dict[str, Provider]:
    """The configured channels whose provider can be asked what became of a message; Zalo's with these tokens."""
    found: dict[str, Provider] = {}
    if config.esms is not None:
        found["esms"] = Esms(config.esms, session)
    if config.speedsms is not None:
        found["speedsms"] = SpeedSms(config.speedsms, session)
    if config.zalo is not None and tokens is not None:
        found["zns"] = ZaloZns(config.zalo, tokens, session)
    return found


def _all(
    config: NotifyConfig, session: aiohttp.ClientSession, clock: Clock, tokens: ZaloTokens | None
) -> Iterator[Channel]:
    yield Console()
    yield Webhook(config.webhook, session, clock)
    if config.email is not None:
        yield Email(config.email)
    if config.telegram is not None:
        yield Telegram(config.telegram, session)
    if config.esms is not None:
        yield Esms(config.esms, session)
    if config.speedsms is not None:
        yield SpeedSms(config.speedsms, session)
    if config.zalo is not None:
        tokens = tokens or ZaloTokens(config.zalo, session, clock)
        yield ZaloZns(config.zalo, tokens, session)
        yield ZaloOa(config.zalo, tokens, session)
    if config.loudspeaker is not None:
        yield Loudspeaker(config.loudspeaker)
    if config.apprise is not None:
        yield Apprise(config.apprise)
    yield from (HttpTemplate(template, session) for template in config.http)
