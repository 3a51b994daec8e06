"""The commands of care. Imports are inside the commands, so that `--help` answers at once."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ioc.commands.options import Config
from ioc.errors import ConfigError
from ioc.model import Reason as Why

if TYPE_CHECKING:
    from ioc.care.letters import Shelf
    from ioc.journal.reader import DeadLetter

SHOWN = 80

Reason = Annotated[Why | None, typer.Option(help="Lý do / reason")]
Ids = Annotated[list[str] | None, typer.Argument(help="Mã, hoặc số cuối của mã / ids or their last number")]

dead_letters = typer.Typer(no_args_is_help=True, help="Đầu vào bị từ chối. / Refused inputs.")


def doctor(config: Config = None) -> None:
    """Kiểm tra mọi thứ trung tâm cần; không thay đổi gì. / Check what the centre depends on; changes nothing."""
    from ioc.care.doctor import examine
    from ioc.care.finding import Mark
    from ioc.clock import SystemClock
    from ioc.settings import load

    settings = load(config)

    async def tell() -> bool:
        is_well = True
        async for finding in examine(settings, SystemClock()):
            typer.echo(str(finding))
            is_well = is_well and finding.mark is not Mark.BAD
        return is_well

    if not asyncio.run(tell()):
        raise typer.Exit(1)


def backup(directory: Path, config: Config = None) -> None:
    """Sao lưu nhật ký và trạng thái khi đang chạy. / Back up journal and state while the centre runs."""
    from ioc.care.backup import back_up
    from ioc.clock import SystemClock
    from ioc.settings import load

    settings = load(config)
    made = back_up(settings.journal.directory, settings.state.directory, directory, SystemClock().now())
    told = f"{len(made.files)} tệp / files, {made.samples} giá trị / samples, {made.size} bytes"
    typer.echo(f"Đã sao lưu và kiểm tra / backed up and checked: {told}: {directory}")


def restore(directory: Path, config: Config = None) -> None:
    """Phục hồi bản sao lưu vào chỗ trống. / Restore a backup into empty folders; the centre must not run."""
    from indicators.spec import VIETNAM
    from ioc.care.backup import restore as put_back
    from ioc.settings import load

    settings = load(config)
    made = put_back(directory, settings.journal.directory, settings.state.directory)
    taken = datetime.fromisoformat(made.taken).astimezone(VIETNAM)
    told = (
        f"{len(made.files)} tệp / files, {made.samples} giá trị / samples, sao lưu lúc / taken {taken:%H:%M %d/%m/%Y}"
    )
    typer.echo(f"Đã phục hồi và kiểm tra / restored and checked: {told}")


def gaps(config: Config = None) -> None:
    """Số thứ tự chưa tới của từng chuỗi. / Sequence numbers that never came, by series."""
    from ioc.sequences import listed
    from ioc.settings import load

    found = list(listed(_there(load(config).state.directory) / "gaps.db"))
    for series, gap in found:
        typer.echo(f"{series}  {gap.first}-{gap.last}  {gap.size}")
    typer.echo(f"Thiếu / missing: {sum(gap.size for _, gap in found)}")


@dead_letters.command("list")
def list_letters(
    config: Config = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, help="Nhiều nhất / at most")] = 50,
    every: Annotated[
        bool, typer.Option("--all", help="Cả những mục đã gửi lại hoặc bỏ / replayed and dropped too")
    ] = False,
) -> None:
    """Đầu vào bị từ chối mới nhất và số lượng theo lý do. / The newest, and the counts by reason."""
    from ioc.care.letters import chosen

    shelf = _shelf(config)
    done = shelf.done()
    found = chosen(shelf.all() if every else shelf.open(), (), reason)
    for letter in found[:limit]:
        typer.echo(_line(letter, done.get(letter.id, "")))
    counts = ", ".join(f"{name} {count}" for name, count in shelf.counts().items())
    typer.echo(f"Tổng số từ trước đến nay / ever: {counts or 0}")
    typer.echo(f"Đang giữ / kept: {len(found)}; chỉ còn số đếm / only counted: {shelf.folded()}")


@dead_letters.command()
def show(letter_id: str, config: Config = None) -> None:
    """Một đầu vào bị từ chối, với 4 KiB đầu. / One, with its first 4 KiB."""
    from ioc.care.letters import chosen, harmless

    found = chosen(_shelf(config).all(), [letter_id], None)
    if not found:
        typer.echo(
            f"Không có đầu vào bị từ chối mang mã {letter_id}. / No such dead letter: {letter_id}. "
            "Xem / see: ioc dead-letters list --all",
            err=True,
        )
        raise typer.Exit(1)
    for letter in found:
        typer.echo(_line(letter, ""))
        typer.echo(harmless(letter.payload.decode("utf-8", "replace")))


@dead_letters.command()
def replay(ids: Ids = None, config: Config = None, reason: Reason = None) -> None:
    """Gửi lại qua broker; giá trị nào đã có thì được nhận ra. / Publish again; what is known is recognised."""
    from ioc.care.broker import visit
    from ioc.care.letters import REPLAYED, chosen, plan
    from ioc.settings import load

    shelf = _shelf(config)
    plans = plan(chosen(shelf.open(), ids or (), reason), with_spoofs=bool(ids) or reason == "spoof")
    asyncio.run(visit(load(config).mqtt, plans.messages))
    shelf.mark(plans.letters, REPLAYED)
    typer.echo(
        f"Đã gửi lại / replayed: {len(plans.letters)} đầu vào / inputs, {len(plans.messages)} bản tin / messages"
    )
    if plans.cut:
        typer.echo(f"Dài quá 4 KiB, không gửi lại được / longer than 4 KiB, cannot be replayed: {len(plans.cut)}")
    if plans.later:
        typer.echo(
            f"InfluxDB từ chối, nhật ký vẫn giữ / refused by the database, the journal has it: {len(plans.later)}"
        )
    if plans.spoofs:
        typer.echo(f"Mạo danh, phải nêu mã hoặc --reason spoof / spoofs, to be named: {len(plans.spoofs)}")
    if plans.cut or plans.later or plans.spoofs:
        raise typer.Exit(1)


@dead_letters.command()
def drop(ids: Ids = None, config: Config = None, reason: Reason = None) -> None:
    """Bỏ khỏi danh sách; số đếm vẫn giữ. / Take off the list; the counts stay."""
    from ioc.care.letters import DROPPED, chosen

    if not ids and reason is None:
        typer.echo("Nêu mã hoặc --reason. / Name ids or --reason.", err=True)
        raise typer.Exit(2)
    shelf = _shelf(config)
    found = chosen(shelf.open(), ids or (), reason)
    shelf.mark(found, DROPPED)
    typer.echo(f"Đã bỏ / dropped: {len(found)}")


def _shelf(config: Path | None) -> "Shelf":
    from ioc.care.letters import Shelf
    from ioc.settings import load

    return Shelf(_there(load(config).journal.directory))


def _there(folder: Path) -> Path:
    """The folder, which a centre has made at its first start: what is nowhere is not "none"."""
    if not folder.is_dir():
        missing = "đã chạy `ioc run` chưa, có thiếu --config không? / has `ioc run` run, is --config missing?"
        raise ConfigError(f"{folder}: chưa có thư mục này / no such folder; {missing}")
    return folder


def _line(letter: "DeadLetter", done: str) -> str:
    from indicators.spec import VIETNAM
    from ioc.care.letters import harmless
    from ioc.model import moment

    time = moment(letter.received_at).astimezone(VIETNAM).isoformat(sep=" ", timespec="seconds")
    columns = (letter.id, time, letter.reason, letter.source, letter.topic, letter.detail[:SHOWN], done)
    return harmless("  ".join(columns)).rstrip()
