"""Calls in order of time: the stream that a walk hands out minute by minute."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.keepalive.invocations import Invocations


class ArrivalStream:
    """The cells of a trace sorted by minute, functions ascending within a minute.

    Parameters
    ----------
    invocations : Invocations
        The trace. Sorting is O(C log C).
    """

    def __init__(self, invocations: Invocations) -> None:
        self.cells: IntArray = np.argsort(invocations.minutes, kind="stable")
        self._functions = invocations.cell_function[self.cells]
        self._counts = invocations.counts[self.cells]
        self._starts = np.searchsorted(invocations.minutes[self.cells], np.arange(invocations.horizon_min + 1))

    def __iter__(self) -> Iterator[tuple[int, IntArray, IntArray, IntArray]]:
        """Yield minute, cells, functions and counts of every minute, as copies."""
        starts = self._starts.tolist()
        for minute in range(len(starts) - 1):
            part = slice(starts[minute], starts[minute + 1])
            yield minute, self.cells[part].copy(), self._functions[part].copy(), self._counts[part].copy()

    def cells_from(self, minute: int) -> IntArray:
        """Return the cells of `minute` and of all later minutes."""
        return self.cells[self._starts[minute]:]
