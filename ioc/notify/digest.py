"""What was held back, made into one message: an alert that chattered, or a digest of several. Pure."""

from base64 import b32encode
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from indicators.lookup import Catalogue
from indicators.spec import Level
from ioc.model import Item, Notification, OutboxRow, Status
from ioc.notify.news import Release, Slot, news
from ioc.notify.render import gathered, mail
from ioc.notify.render.chat import ticker
from ioc.notify.render.clean import clean
from ioc.notify.sentence import title


class Part(NamedTuple):
    """One message, the numbers of those held back that it tells, and of those sent before that it names."""

    message: Notification
    held: list[int]
    named: list[int]


def gather(release: Release, rows: Iterable[OutboxRow], catalogue: Catalogue) -> list[Part]:
    """One part per channel. `rows`: all that the release holds, and those sent before that a digest should name."""
    held = set(release.numbers)
    channels: dict[str, list[OutboxRow]] = {}
    for row in sorted(rows, key=lambda row: row.number):
        channels.setdefault(row.message.channel, []).append(row)
    return [
        _part(
            release,
            [row for row in found if row.number in held],
            [row for row in found if row.number not in held],
            catalogue,
        )
        for found in channels.values()
        if any(row.number in held for row in found)
    ]


def _part(release: Release, held: Sequence[OutboxRow], before: Sequence[OutboxRow], catalogue: Catalogue) -> Part:
    last = {_slot(row): row for row in held}
    numbers = [row.number for row in held]
    if len(last) == 1:
        [(slot, row)] = last.items()
        return Part(settled(row.message, release.fired.get(slot, 1)), numbers, [])
    told = {_slot(row): row for row in before}
    items = [_item(row.message, release.fired.get(slot, 1), is_repeat=False) for slot, row in last.items()]
    items += [_item(row.message, 1, is_repeat=True) for slot, row in told.items() if slot not in last]
    messages = [row.message for row in (*last.values(), *told.values())]
    return Part(digest(items, messages, catalogue), numbers, [row.number for row in before])


def settled(message: Notification, fired: int) -> Notification:
    """The last news of an alert that fired so often meanwhile."""
    if message.slots is None or fired <= 1:
        return message
    said = msgspec.structs.replace(message.slots, turns=fired)
    return msgspec.structs.replace(message, slots=said, subject=title(said), text=mail.text(said))


def digest(items: Sequence[Item], messages: Sequence[Notification], catalogue: Catalogue) -> Notification:
    """One message about all of these; `messages` are what they were made from, the newest of them addressed alike."""
    items = sorted(items, key=lambda item: (item.status is Status.RESOLVED, -item.severity, item.line))
    like = messages[0]
    lang = like.slots.lang if like.slots else like.lang
    incident = _name(like.receiver, items)
    gravest = max(messages, key=lambda one: (one.transition.after is not Status.RESOLVED, one.transition.severity))
    places = [_region(item.site, catalogue, lang) for item in items]
    fields = [_field(item.field, catalogue, lang) for item in items]
    return Notification(
        receiver=like.receiver,
        channel=like.channel,
        address=like.address,
        incident=incident,
        revision=1,
        transition=gravest.transition,
        subject=gathered.headline(items, lang),
        text=gathered.summary(items, f"{incident}/1", lang, places, fields),
        items=tuple(items),
        lang=lang,
    )


def _item(message: Notification, fired: int, *, is_repeat: bool) -> Item:
    told = message.transition
    line = f"{ticker(message.slots)} [{message.slots.mark}]" if message.slots else clean(message.text)
    return Item(
        incident=message.incident,
        revision=message.revision,
        site=told.site,
        field=told.field,
        indicator=told.indicator,
        kind=told.kind,
        severity=told.severity,
        status=told.after,
        at=told.at,
        turns=fired,
        is_repeat=is_repeat,
        line=line,
    )


def _slot(row: OutboxRow) -> Slot:
    return news(row.number, row.message).slot


def _name(receiver: str, items: Iterable[Item]) -> str:
    """The same on every channel that tells the same."""
    told = "/".join([receiver, *(f"{item.incident}.{item.revision}" for item in items)])
    return "D" + b32encode(blake2b(told.encode(), digest_size=5).digest()).decode()


def _region(site: str, catalogue: Catalogue, lang: str) -> str:
    """The district that a place lies in, or the place itself where it lies in none."""
    if site not in catalogue.sites:
        return site
    lineage = [catalogue.sites[site], *catalogue.ancestors(site)]
    found = next((one for one in lineage if one.level is Level.DISTRICT), lineage[0])
    return catalogue.place(found.id, lang)


def _field(field: str, catalogue: Catalogue, lang: str) -> str:
    known = catalogue.fields.get(field)
    return field if known is None else known.name_en if lang == "en" else known.name_vi
