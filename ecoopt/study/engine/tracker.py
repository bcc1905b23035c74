"""Tracker: Python's own watcher of semaphores, kept from complaining of those that a killed process leaves."""

import os
import threading
from multiprocessing import resource_tracker

_QUIET = "ignore:resource_tracker:UserWarning"
_one_at_a_time = threading.Lock()


def quiet_tracker() -> None:
    """Start the watcher, unless it runs, in an environment that leaves that one complaint out.

    It cleans up all the same; the processes of slots share it, and may be killed with a lock of Pyomo's in hand.
    """
    with _one_at_a_time:
        before = os.environ.get("PYTHONWARNINGS")
        os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, _QUIET)))
        try:
            resource_tracker.ensure_running()
        finally:
            if before is None:
                del os.environ["PYTHONWARNINGS"]
            else:
                os.environ["PYTHONWARNINGS"] = before
