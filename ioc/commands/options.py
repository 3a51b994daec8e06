"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Tệp cấu hình TOML / settings file; mẫu / example: config/ioc.example.toml"),
]
Tenant = Annotated[str, typer.Option(help="Đơn vị / tenant: ben-tre, binh-duong")]
