"""The doctor: every part that a centre depends on, looked at without changing anything. Safe while the engine runs."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp

from indicators import checks
from indicators.load import load
from ioc.care.broker import visit
from ioc.care.database import look_at_clock, look_at_influx
from ioc.care.finding import Finding, bad, good, notice
from ioc.care.messages import look_at_channels
from ioc.care.requests import look_at_senders
from ioc.clock import Clock
from ioc.errors import IocError, TemporaryError
from ioc.journal.damage import DamagedError, is_whole
from ioc.journal.reader import JournalReader, partitions
from ioc.journal.room import MIB, reserve
from ioc.settings import Settings

PROVED = 100_000
"""Newest samples whose checksums are compared."""

Check = Callable[[], Awaitable[list[Finding]]]


async def examine(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Every finding, as soon as it is made."""
    async with aiohttp.ClientSession() as session:
        looks: list[Check] = [
            lambda: asyncio.to_thread(look_at_catalogue, settings),
            lambda: look_at_broker(settings),
            lambda: asyncio.to_thread(look_at_requests, settings),
            lambda: look_at_clock(settings, session, clock),
            lambda: asyncio.to_thread(look_at_disk, settings),
            lambda: asyncio.to_thread(look_at_journal, settings),
            lambda: look_at_influx(settings, session),
            lambda: look_at_channels(settings),
        ]
        for look in looks:
            for finding in await look():
                yield finding


def look_at_catalogue(settings: Settings) -> list[Finding]:
    """The catalogue of the tenant."""
    root = settings.centre.catalogue or Path(checks.__file__).parent
    try:
        found = checks.problems(root, settings.centre.tenant)
    except (IocError, OSError) as error:
        return [bad("Danh mục không đọc được", f"catalogue: {error}", f"ioc check --tenant {settings.centre.tenant}")]
    if found:
        step = "sửa theo từng dòng / mend line by line: ioc check"
        return [bad(f"Danh mục có {len(found)} lỗi", f"the catalogue has {len(found)} faults", step)]
    return [good(f"Danh mục “{settings.centre.tenant}” không có lỗi", "catalogue without faults")]


def look_at_requests(settings: Settings) -> list[Finding]:
    """Who may send samples by HTTP."""
    if not settings.webhook.enabled:
        return []
    root = settings.centre.catalogue or Path(checks.__file__).parent
    try:
        catalogue = load(root, settings.centre.tenant)
    except (IocError, OSError):
        return []  # the look at the catalogue says so
    return look_at_senders(settings, catalogue.sites)


async def look_at_broker(settings: Settings) -> list[Finding]:
    """The MQTT broker."""
    config = settings.mqtt
    place = f"{config.host}:{config.port}"
    try:
        await visit(config)
    except TemporaryError as error:
        step = "kiểm tra địa chỉ, tài khoản [mqtt] và broker có đang chạy / check [mqtt] and that the broker runs"
        return [bad(f"Không vào được broker {place}", f"no MQTT 5 connection: {error}", step)]
    return [good(f"Broker {place} nhận kết nối MQTT 5", "broker accepts MQTT 5")]


def look_at_disk(settings: Settings) -> list[Finding]:
    """Room on the journal's volume."""
    place = settings.journal.directory
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    kept = reserve(settings.journal.reserve, usage.total)
    free, least = f"{usage.free / MIB:,.0f} MiB", f"{kept / MIB:,.0f} MiB"
    vi = f"Đĩa còn {free.replace(',', '.')}, dự phòng {least.replace(',', '.')}"
    en = f"{free} free, reserve {least}"
    if usage.free < kept:
        return [bad(vi, f"{en}: the journal refuses", "giải phóng đĩa, nhật ký tự chạy lại / free some space")]
    if usage.free < 3 * kept:
        return [notice(vi, en, "sắp đầy: giảm [journal] keep_days hoặc thêm đĩa / lower keep_days or add a disk")]
    return [good(vi, en)]


def look_at_journal(settings: Settings) -> list[Finding]:
    """The files of the journal, and the checksums of its newest samples."""
    directory = settings.journal.directory
    files = partitions(directory)
    if not files:
        return [
            notice(f"Chưa có nhật ký trong {directory}", "no journal yet", "bình thường nếu chưa chạy / run it once")
        ]
    damaged = [path.name for path in files if not is_whole(path)]
    reader = JournalReader(directory, strict=True)
    try:
        proved = _prove(reader)
    except DamagedError as error:
        damaged.append(error.path.name)
        proved = 0
    finally:
        reader.close()
    if damaged:
        names = ", ".join(dict.fromkeys(damaged))
        step = "khởi động lại trung tâm để tự vá / restart the engine, it mends them; docs/runbooks/journal.md"
        return [bad(f"Nhật ký hỏng: {names}", "damaged journal files", step)]
    text = f"Nhật ký nguyên vẹn: {len(files)} tệp, {proved} giá trị mới nhất đúng mã kiểm"
    return [good(text, f"files: {len(files)}, all sound; newest samples proved: {proved}"), *_quarantined(directory)]


def _prove(reader: JournalReader) -> int:
    after = max(0, reader.tail - PROVED)
    proved = 0
    while entries := reader.read(after, 10_000):
        after = entries[-1].seq
        proved += len(entries)
    return proved


def _quarantined(directory: Path) -> list[Finding]:
    kept = [path for path in directory.glob("*.damaged-*") if path.name[-4:] not in ("-wal", "-shm")]
    if not kept:
        return []
    step = "xem / see docs/runbooks/journal.md"
    return [notice(f"{len(kept)} tệp hỏng đã cách ly", f"{len(kept)} damaged files in quarantine", step)]
