"""`python -m simulators`."""

import sys

from ioc.quiet import loading


def main() -> None:
    """Load the command line and run it."""
    with loading():
        import typer  # noqa: PLC0415 - Ctrl-C meanwhile must show no stack

        from ioc.errors import IocError  # noqa: PLC0415
        from simulators.cli import simulate  # noqa: PLC0415

        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command()(simulate)
        command = typer.main.get_command(app)
    try:
        command()
    except IocError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
