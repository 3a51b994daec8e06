"""Ctrl-C while a program is still being loaded ends it at once and without a stack. Imports nothing slow."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130


@contextmanager
def loading() -> Iterator[None]:
    """Around imports: nothing is open yet that would have to be closed, and an exception in an import may be mistaken.

    A process that was started deaf to Ctrl-C stays so.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
