"""The warm pools while time goes by: who waits where until when, and the keeps written down so far."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.keepalive.online.tariff import Quote, Tariff
from ecoopt.heuristics.keepalive.online.view import Decision

CELL, GENERATION, CONTAINERS, KEEP = range(4)


class Pool:
    """Waiting containers of F functions on G generations.

    Parameters
    ----------
    tariff : Tariff
        Memory, capacities and container rules.
    cells : int
        Number of cells of the horizon.

    Attributes
    ----------
    waiting, end : int arrays [F, G]
        Containers waiting, and the last minute whose call they can serve.
    row : int array [F, G]
        Line of `rows` that describes them.
    born : int array [F]
        Minute of the function's last call.
    runs : int array [C, G]
        Executions of each cell so far.
    rows : int array [capacity, 4]
        Keeps so far: cell, generation, containers, minutes. The first `size` lines are in use.
    """

    def __init__(self, tariff: Tariff, cells: int) -> None:
        shape = (tariff.functions, tariff.generations)
        self.tariff = tariff
        self.waiting: IntArray = np.zeros(shape, np.int64)
        self.end: IntArray = np.full(shape, -1, np.int64)
        self.row: IntArray = np.full(shape, -1, np.int64)
        self.born: IntArray = np.full(shape[0], -1, np.int64)
        self.last_count: IntArray = np.zeros(shape[0], np.int64)
        self.runs: NDArray[Any] = np.zeros((cells, shape[1]), np.int32)
        self.rows: IntArray = np.empty((max(cells, 16) + 16, 4), np.int64)
        self.size = 0

    def reserve(self, lines: int) -> None:
        """Make room for `lines` more keeps."""
        if self.size + lines > len(self.rows):
            wider = np.empty((max(2 * len(self.rows), self.size + lines), 4), np.int64)
            wider[:self.size] = self.rows[:self.size]
            self.rows = wider

    def execute(self, minute: int, cells: IntArray, functions: IntArray, counts: IntArray, quote: Quote) -> IntArray:
        """Place this minute's calls and release what waited for them; return the supply of keeps, [n, G]. O(n G)."""
        supply = np.zeros((len(functions), self.waiting.shape[1]), np.int64)
        _execute(minute, cells, functions, counts, self.tariff.profile, quote.warm_order, quote.cold_at, self.waiting,
                 self.end, self.born, self.last_count, self.runs, self.tariff.persist, self.tariff.relocation, supply)
        return supply

    def admit(self, minute: int, cells: IntArray, functions: IntArray, supply: IntArray, decision: Decision) -> None:
        """Let containers wait as decided. O(n G)."""
        self.reserve(supply.size)
        self.size = _admit(minute, cells, functions, supply, decision.generation, decision.keep_min,
                           decision.containers, self.tariff.relocation, self.waiting, self.end, self.row, self.rows,
                           self.size)

    def expire(self, minute: int) -> FloatArray:
        """Drop what has waited long enough; return the memory in use on each generation, GB [G]. O(F G)."""
        used = np.zeros(self.waiting.shape[1])
        _expire(minute, self.waiting, self.end, self.tariff.memory_gb, used)
        return used

    def place(self, function: int, generation: int, containers: int, cell: int, minute: int, end: int) -> None:
        """Let containers decided this minute wait on a generation where none of their function do."""
        self.reserve(1)
        self.rows[self.size] = cell, generation, containers, end - minute
        self.waiting[function, generation], self.end[function, generation] = containers, end
        self.row[function, generation] = self.size
        self.size += 1

    def drop(self, function: int, generation: int, containers: int, minute: int) -> None:
        """End the wait of some containers at the end of `minute`; they do not occupy it any more."""
        line = self.row[function, generation]
        self.waiting[function, generation] -= containers
        self.rows[line, CONTAINERS] -= containers
        waited = minute - int(self.born[function])
        if waited > 0:
            self.reserve(1)
            self.rows[self.size] = self.rows[line, CELL], generation, containers, waited
            self.size += 1


@njit(cache=True)
def _execute(  # type: ignore[no-untyped-def]
    minute, cells, functions, counts, profile, warm_order, cold_at, waiting, end, born, last_count, runs,
    persist, relocation, supply,
):
    generations = waiting.shape[1]
    for i in range(len(functions)):
        f, cell, rest = functions[i], cells[i], counts[i]
        p = profile[f]
        for k in range(generations):
            s = warm_order[p, k]
            there = waiting[f, s] if end[f, s] >= minute else 0
            used = min(there, rest)
            runs[cell, s] += used
            rest -= used
            supply[i, s] = there - used if persist else 0
            waiting[f, s] = 0
        runs[cell, cold_at[p]] += rest
        for s in range(generations):
            supply[i, s] += counts[i] if relocation else runs[cell, s]
        born[f] = minute
        last_count[f] = counts[i]


@njit(cache=True)
def _admit(  # type: ignore[no-untyped-def]
    minute, cells, functions, supply, generation, keep_min, containers, relocation, waiting, end, row, rows,
    size,
):
    generations = waiting.shape[1]
    for i in range(len(functions)):
        f, left = functions[i], containers[i]
        first = generation[i]
        for k in range(1 if relocation else generations):
            s = first if k == 0 else (k - 1 if k - 1 < first else k)
            number = min(left, supply[i, s])
            if number <= 0 or keep_min[i, s] <= 0:
                continue
            left -= number
            waiting[f, s], end[f, s], row[f, s] = number, minute + keep_min[i, s], size
            rows[size, 0], rows[size, 1], rows[size, 2], rows[size, 3] = cells[i], s, number, keep_min[i, s]
            size += 1
    return size


@njit(cache=True)
def _expire(minute, waiting, end, memory_gb, used):  # type: ignore[no-untyped-def]
    for f in range(waiting.shape[0]):
        for s in range(waiting.shape[1]):
            if waiting[f, s] > 0:
                if end[f, s] <= minute:
                    waiting[f, s] = 0
                else:
                    used[s] += memory_gb[f] * waiting[f, s]
