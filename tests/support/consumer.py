"""A process that follows a broker and commits what it gets: run as `consumer.py PORT CLIENT_ID DATABASE`.

Stands in for the engine where a test kills it; commits first, acknowledges then, like the journal.
"""

import asyncio
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from collectors.mqtt import MqttCollector, MqttConfig
from ioc.clock import SystemClock
from ioc.telemetry import Counts

SLOW_DISK = 0.01  # seconds per commit, so that a kill always finds messages received and not committed


async def consume(port: int, client_id: str, path: str) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS message (payload BLOB)")
    config = MqttConfig(port=port, client_id=client_id, batch=50, reconnect_cap=0.2, watch_drops=False)
    clock = SystemClock()
    collector = MqttCollector(config, clock, Counts())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(collector.run())
        async for batch in collector.batches():
            await clock.sleep(SLOW_DISK)
            database.execute("BEGIN")
            database.executemany("INSERT INTO message VALUES (?)", [(message.payload,) for message in batch])
            database.execute("COMMIT")
            await collector.ack([message.token for message in batch])


if __name__ == "__main__":
    asyncio.run(consume(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
