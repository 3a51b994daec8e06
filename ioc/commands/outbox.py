"""The commands about messages. Imports are inside the commands, so that `--help` answers at once."""

from pathlib import Path
from typing import Annotated

import typer

STATES = {
    "waiting": "chờ gửi",
    "sent": "đã gửi",
    "delivered": "đã tới máy",
    "unknown": "chưa rõ có tới không",
    "failed": "không gửi được",
    "held": "giữ lại",
    "told": "gộp vào tin khác",
}
"""Every state of a message, with its Vietnamese words."""

outbox = typer.Typer(no_args_is_help=True, help="Tin nhắn gửi người có trách nhiệm. / Messages to officials.")


@outbox.command("list")
def list_messages(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Tệp cấu hình TOML / settings file")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Số dòng nhiều nhất / lines at most")] = 50,
    state: Annotated[str, typer.Option(help=f"{', '.join(STATES)}; trống / empty: all")] = "",
    receiver: Annotated[str, typer.Option(help="Chỉ một người nhận / only this official")] = "",
) -> None:
    """Tin mới nhất, đã tới đâu và vì sao. / The newest messages, where each of them is and why."""
    from ioc.alerting.record import read_messages
    from ioc.alerting.wording import local
    from ioc.settings import load

    if state and state not in STATES:
        raise typer.BadParameter(f"dùng một trong / use one of: {', '.join(STATES)}", param_hint="--state")
    counts, rows = read_messages(load(config).state.directory / "state.db")
    chosen = [row for row in rows if state in ("", row.state) and receiver in ("", row.message.receiver)]
    for row in chosen[:limit]:
        message = row.message
        at = local(message.transition.at if row.passed is None else row.passed)
        detail = f"#{row.told_in}" if row.state == "told" else row.detail
        columns = (f"{row.number:>7}", at, f"{row.state:9}", f"{message.receiver}/{message.channel}", message.subject)
        typer.echo("  ".join((*columns, detail)).rstrip())
    typer.echo(
        ", ".join(f"{STATES[name]} / {name} {count}" for name, count in counts.items() if count) or "không có / none"
    )
