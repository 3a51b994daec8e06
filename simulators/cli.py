"""The command line of the simulators, for `python -m simulators` and for `ioc simulate`."""

import asyncio
import signal
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from aiomqtt import MqttError
from pydantic import ValidationError

from ioc.errors import ConfigError
from ioc.model import micros
from ioc.telemetry import briefly, log_to_stderr
from simulators.faults import Faults
from simulators.mqtt import START, PlaySettings, play
from simulators.scenarios import SCENARIOS

HELP = """Diễn một tỉnh qua MQTT: mọi chỉ tiêu của danh mục, đúng giờ, đúng mùa.

Plays a province over MQTT 5 at QoS 1: first the latest value of every series, then each one as it falls due.

Ví dụ / examples:

  ioc simulate --port 1883

  ioc simulate --seed 7 --speed 60 --scenario man-xam-nhap

  ioc simulate --faults gap=0.01,spike=0.001 --sites vn63-83-831
"""

Host = Annotated[str, typer.Option(help="Máy chủ MQTT / broker host")]
Port = Annotated[int, typer.Option(help="Cổng MQTT / broker port")]
Tenant = Annotated[str, typer.Option(help="Đơn vị / tenant: ben-tre, binh-duong")]
Seed = Annotated[int, typer.Option(help="Số khởi tạo; cùng số thì cùng số liệu / same seed, same values")]
Speed = Annotated[float, typer.Option(help="Số giây diễn trong một giây thật / played seconds per real second")]
Start = Annotated[str, typer.Option(help="Thời điểm bắt đầu diễn, ISO có múi giờ / played start, ISO with zone")]
Began = Annotated[
    int | None,
    typer.Option(help="Lúc thật ứng với start, micro giây từ 1970; mặc định: bây giờ / real time of the start"),
]
Story = Annotated[str | None, typer.Option(help=f"Tình huống / story: {', '.join(SCENARIOS)}")]
Broken = Annotated[
    str, typer.Option("--faults", help=f"Lỗi cần diễn / faults as name=rate: {', '.join(Faults.model_fields)}")
]
Sites = Annotated[str, typer.Option(help="Chỉ các nơi này, cách nhau dấu phẩy / only these sites, comma-separated")]
User = Annotated[str | None, typer.Option(help="Tên đăng nhập MQTT / broker user")]
PasswordFile = Annotated[Path | None, typer.Option(help="Tệp chứa mật khẩu / file with the password")]

Hold = Annotated[
    Path | None, typer.Option(hidden=True, help="Chờ tệp này có rồi mới diễn / begin when this file is there")
]
CaFile = Annotated[Path | None, typer.Option(help="Chứng chỉ gốc của broker, bật TLS / broker's CA, switches TLS on")]


def simulate(  # noqa: PLR0913 - typer reads the signature
    *,
    host: Host = "127.0.0.1",
    port: Port = 1883,
    tenant: Tenant = "ben-tre",
    seed: Seed = 1,
    speed: Speed = 60.0,
    start: Start = "2025-03-12T06:00:00+07:00",
    began: Began = None,
    scenario: Story = None,
    faults: Broken = "",
    sites: Sites = "",
    username: User = None,
    password_file: PasswordFile = None,
    ca_file: CaFile = None,
    hold: Hold = None,
) -> None:
    """Play until Ctrl-C."""
    if scenario is not None and scenario not in SCENARIOS:
        raise ConfigError(f"không có tình huống / no story named {scenario!r}; có / known: {', '.join(SCENARIOS)}")
    settings = PlaySettings(
        host=host,
        port=port,
        tenant=tenant,
        seed=seed,
        speed=speed,
        start=_moment(start) if start else START,
        began=began,
        scenario=scenario,
        faults=parse_faults(faults),
        sites=tuple(filter(None, sites.split(","))),
        username=username,
        password_file=password_file,
        ca_file=ca_file,
        hold=hold,
    )
    log_to_stderr()
    run_until_stopped(play(settings))


simulate.__doc__ = HELP


def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends, or until Ctrl-C or SIGTERM, which end it without a stack trace."""
    asyncio.run(_stoppable(work))


async def _stoppable(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(briefly(MqttError, OSError))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def parse_faults(text: str) -> Faults:
    """`gap=0.01,late=0.1` as rates.

    Raises:
        ConfigError: an unknown fault, or a rate that is no share.
    """
    rates: dict[str, float] = {}
    for item in filter(None, text.split(",")):
        name, _, rate = item.partition("=")
        if name not in Faults.model_fields:
            raise ConfigError(f"không có lỗi tên / no fault named {name!r}; known: {', '.join(Faults.model_fields)}")
        try:
            rates[name] = float(rate)
        except ValueError as error:
            raise ConfigError(
                f"--faults {item}: viết tên=tỷ lệ, ví dụ / write name=rate, for example {name}=0.01"
            ) from error
    try:
        return Faults(**rates)
    except ValidationError as error:
        raise ConfigError(f"--faults {text}: mỗi tỷ lệ từ 0 đến 1 / every rate is a share between 0 and 1") from error


def _moment(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--start {text}: viết giờ như / write a time like 2025-03-12T06:00:00+07:00") from error
    if at.tzinfo is None:
        raise ConfigError(f"--start {text}: thiếu múi giờ, ví dụ / the time needs a zone, like {text}+07:00")
    return micros(at)
