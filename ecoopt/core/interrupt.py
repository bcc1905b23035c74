"""Interrupts as a flag: the first Ctrl-C asks every run to stop, the second one raises."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_asked = threading.Event()
_active = threading.Event()


def interrupted() -> bool:
    """Return whether a stop has been asked for."""
    return _asked.is_set()


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into a request to stop while the block runs.

    Nothing changes outside the main thread, nor inside another such block: a request asks the outermost to end.
    """
    if threading.current_thread() is not threading.main_thread() or _active.is_set():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if _asked.is_set():
            raise KeyboardInterrupt
        _asked.set()

    _asked.clear()
    _active.set()
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _active.clear()
        _asked.clear()
