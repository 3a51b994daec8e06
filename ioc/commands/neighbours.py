"""The commands that set up InfluxDB and Grafana."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ioc.commands.options import Config

influx = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu chuỗi thời gian. / The time-series database.")
grafana = typer.Typer(no_args_is_help=True, help="Màn hình Grafana. / Grafana walls.")

Yes = Annotated[
    bool, typer.Option("--yes", help="Cho phép xóa, rút ngắn, thu quyền / delete, shorten, take rights away")
]


@influx.command("apply")
def influx_apply(
    config: Config = None,
    layout: Annotated[Path, typer.Option(help="Bố trí / layout")] = Path("config/influxdb/layout.toml"),
    secrets: Annotated[Path, typer.Option(help="Thư mục mật khẩu / folder of secrets")] = Path("/run/secrets"),
    yes: Yes = False,
) -> None:
    """Lập kho, hạn lưu, tài khoản; chạy lại không đổi gì. / Set up database, retention and accounts; repeatable."""
    from ioc.deploy import influx as deploy
    from ioc.deploy.layout import load as load_layout
    from ioc.settings import load

    one = load(config).influx
    target = deploy.Influx(one.url, one.api, one.database, one.org, one.bucket)
    done = asyncio.run(deploy.apply(target, load_layout(layout, secrets), yes=yes, say=typer.echo))
    raise typer.Exit(0 if done else 3)


@grafana.command("apply")
def grafana_apply(
    url: Annotated[str, typer.Option(help="Grafana")] = "http://127.0.0.1:3000",
    username: Annotated[str, typer.Option(help="Quản trị / administrator")] = "admin",
    password_file: Annotated[Path, typer.Option(help="Tệp mật khẩu / password")] = Path(
        "/run/secrets/grafana-admin-for-apply"
    ),
    walls: Annotated[Path, typer.Option(help="Nhóm, quyền / teams, rights")] = Path(
        "config/grafana/walls.ben-tre.json"
    ),
    playlists: Annotated[
        list[Path] | None, typer.Option(help="Danh sách phát / playlists; nhiều lần / repeatable")
    ] = None,
    yes: Yes = False,
) -> None:
    """Nhóm, quyền thư mục, trang chủ, danh sách phát; chạy lại không đổi gì. / Teams, rights, home, playlists."""
    from ioc.deploy.grafana import Grafana, apply
    from ioc.deploy.walls import load as load_walls

    grafana = Grafana(url, username, password_file)
    done = asyncio.run(apply(grafana, load_walls(walls, playlists or ()), yes=yes, say=typer.echo))
    raise typer.Exit(0 if done else 3)
