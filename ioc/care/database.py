"""The doctor's look at InfluxDB, and at our clock by its Date header."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp

from ioc.care.finding import Finding, bad, good, notice
from ioc.clock import Clock
from ioc.errors import IocError
from ioc.model import SECOND, micros
from ioc.settings import Settings
from ioc.store.config import InfluxConfig
from ioc.store.database import NO_CONTENT, OK, Database, DeniedError, MissingError

DRIFT_SECONDS = 2.0


async def look_at_influx(settings: Settings, session: aiohttp.ClientSession) -> list[Finding]:
    """Whether the database answers, and lets us read and write."""
    config = settings.influx
    if not config.enabled:
        step = "bật bằng [influx] enabled = true / switch on in [influx]"
        return [notice("InfluxDB không dùng", "InfluxDB is switched off", step)]
    database = Database(config, session)
    try:
        await database.get("/ping")
    except MissingError:
        pass  # it answers, and that is what was asked
    except IocError as error:
        return [bad(f"InfluxDB {config.url} không trả lời", str(error), "kiểm tra [influx] url / check the address")]
    return [await _look_at_rights(config, database)]


async def _look_at_rights(config: InfluxConfig, database: Database) -> Finding:
    try:
        if config.api == "v1":
            await database.post("/query", {}, {"q": "SHOW DATABASES"}, OK)
            await database.post("/write", {"db": config.database}, b"", NO_CONTENT)
        else:
            await database.post("/api/v2/write", {"org": config.org, "bucket": config.bucket}, b"", NO_CONTENT)
    except MissingError as error:
        name = config.database if config.api == "v1" else config.bucket
        step = "tạo nó, hoặc để trung tâm tạo khi ghi lần đầu / create it; with v1 the engine does"
        return notice(f"InfluxDB chưa có “{name}”", str(error), step)
    except DeniedError as error:
        if error.reason == "http-400":
            return good(f"InfluxDB {config.url} nhận ghi", "InfluxDB lets us in")
        step = "kiểm tra tài khoản hoặc mã truy cập [influx] / check user, password or token"
        return bad("InfluxDB từ chối quyền ghi", str(error), step)
    except IocError as error:
        step = "xem nhật ký của InfluxDB / see its log"
        return bad("InfluxDB trả lời nhưng báo lỗi", str(error), step)
    return good(f"InfluxDB {config.url} nhận ghi", "InfluxDB lets us read and write")


async def look_at_clock(settings: Settings, session: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Our clock against the database's, the only other machine that tells its time; to the second."""
    if settings.clock.start is not None:
        return [notice("Đồng hồ diễn tập", "a played clock is set", "bỏ [clock] khi vận hành thật / remove [clock]")]
    other = await _told(settings.influx, session) if settings.influx.enabled else None
    if other is None:
        step = "xem máy có đồng bộ NTP / see that NTP runs: timedatectl"
        return [notice("Không có máy khác để so đồng hồ", "no other clock to compare with", step)]
    drift = (clock.now() - micros(other) - SECOND // 2) / SECOND  # the header has whole seconds
    shown = f"{drift:+.0f} s"
    if abs(drift) > DRIFT_SECONDS:
        return [bad(f"Đồng hồ lệch {shown}", f"clock is off by {shown}", "bật NTP / switch NTP on: timedatectl")]
    return [good("Đồng hồ khớp máy chủ InfluxDB", "clock agrees with InfluxDB's")]


async def _told(config: InfluxConfig, session: aiohttp.ClientSession) -> datetime | None:
    timeout = aiohttp.ClientTimeout(total=config.timeout)
    try:
        async with session.get(config.url.rstrip("/") + "/ping", timeout=timeout) as answer:
            return parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError):
        return None  # the look at the database says what is wrong with it
