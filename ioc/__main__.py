"""The entry of the `ioc` command, also as `python -m ioc`."""

from ioc.quiet import loading


def main() -> None:
    """Load the command and run it."""
    with loading():
        from ioc.cli import main as command  # noqa: PLC0415 - Ctrl-C meanwhile must show no stack

    command()


if __name__ == "__main__":
    main()
