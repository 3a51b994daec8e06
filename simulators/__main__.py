"""`python -m simulators`."""

import sys

import typer

from ioc.errors import IocError
from simulators.cli import simulate

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(simulate)

try:
    app()
except IocError as error:
    typer.echo(str(error), err=True)
    sys.exit(2)
