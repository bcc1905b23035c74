"""Keep: an observer that has each new best written down, not too often, so that a killed process loses little."""

from collections.abc import Callable
from time import perf_counter

from ecoopt.core.observer import Observer
from ecoopt.core.run import Run

SHARE = 0.02
"""Largest share of the time that writing may take."""


class Keep(Observer):
    """Hands a run that holds something new to a writer; the first time at once.

    Parameters
    ----------
    write : callable
        Given the run.
    every_s : float
        Least time between two writings; more where they would take over 2 % of the time.
    """

    def __init__(self, write: Callable[[Run], None], every_s: float) -> None:
        self._hand_over = write
        self._every_s = every_s
        self._next = 0.0
        self._pending = False

    def on_incumbent(self, run: Run) -> None:
        """Write it, or remember that there is something to write."""
        self._pending = True
        self._write(run)

    def on_bound(self, run: Run) -> None:
        """Write a better bound."""
        self._pending = True
        self._write(run)

    def on_iteration(self, run: Run) -> None:
        """Write what had to wait."""
        self._write(run)

    def _write(self, run: Run) -> None:
        began = perf_counter()
        if not self._pending or began < self._next:
            return
        self._pending = False
        self._hand_over(run)
        spent = perf_counter() - began
        self._next = began + max(self._every_s, spent / SHARE)
