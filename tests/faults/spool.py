"""The way from MQTT to the journal alone, as a process to be killed: `spool.py PORT CLIENT_ID DIRECTORY BEGAN`.

Collector, intake, pump and journal are the real ones; small batches make many commits.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from collectors.mqtt import MqttCollector, MqttConfig
from indicators.load import load
from ioc.clock import PlayedClock
from ioc.intake.judge import judge
from ioc.journal.journal import Journal, JournalConfig
from ioc.pump import Pump
from ioc.telemetry import Counts, log_to_stderr
from tests.e2e.centre import PLAYED

RECEIVE_MAXIMUM = 40


async def spool(port: int, client_id: str, directory: Path, began: int) -> None:
    log_to_stderr("INFO")
    clock, counts, catalogue = PlayedClock(PLAYED, began), Counts(), load()
    config = MqttConfig(
        port=port,
        client_id=client_id,
        batch=10,
        receive_maximum=RECEIVE_MAXIMUM,
        reconnect_base=0.05,
        reconnect_cap=0.2,
    )
    async with (
        Journal(JournalConfig(directory=directory, reserve=0), clock, counts) as journal,
        asyncio.TaskGroup() as group,
    ):
        collector = MqttCollector(config, clock, counts)
        group.create_task(collector.run())
        group.create_task(Pump(collector, lambda m, now: judge(m, catalogue, now), journal, clock, counts).run())


if __name__ == "__main__":
    asyncio.run(spool(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
