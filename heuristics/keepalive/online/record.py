"""What a policy remembers of every function for good: how its gaps were distributed and how many calls came at once."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.keepalive.online.tariff import Tariff

RECENT_COUNTS = 32


class CallRecord:
    """Gap histograms of F functions, of all together, and the sizes of their latest calls.

    Parameters
    ----------
    tariff : Tariff
        Gives the number of functions and the longest keep-alive K.

    Attributes
    ----------
    last : int array [F]
        Minute of the last call; meaningless where `seen` is 0.
    seen : int array [F]
        Minutes with calls so far.
    gaps : int array [F, K + 2]
        Gaps of 1..K minutes, and longer ones in the last column.
    all_gaps : float array [K + 2]
        Sum over functions.
    counts : int array [F, 32]
        Numbers of calls of the latest minutes with calls, in ascending order; the first ``min(seen, 32)`` are valid.
    """

    def __init__(self, tariff: Tariff) -> None:
        functions = tariff.functions
        self.last: IntArray = np.zeros(functions, np.int64)
        self.seen: IntArray = np.zeros(functions, np.int64)
        self.gaps = np.zeros((functions, tariff.max_keep_min + 2), np.int32)
        self.all_gaps: FloatArray = np.zeros(tariff.max_keep_min + 2)
        self.counts: IntArray = np.zeros((functions, RECENT_COUNTS), np.int64)
        self._ring: IntArray = np.zeros((functions, RECENT_COUNTS), np.int64)

    def note(self, minute: int, functions: IntArray, counts: IntArray) -> None:
        """Remember a minute's calls. O(n)."""
        _note(minute, functions, counts, self.last, self.seen, self.gaps, self.all_gaps, self.counts, self._ring)


@njit(cache=True)
def _note(minute, functions, counts, last, seen, gaps, all_gaps, latest, ring):  # type: ignore[no-untyped-def]
    beyond = gaps.shape[1] - 1
    for i in range(len(functions)):
        f, number = functions[i], counts[i]
        if seen[f] > 0:
            gap = min(minute - last[f], beyond)
            gaps[f, gap] += 1
            all_gaps[gap] += 1
        last[f] = minute
        slot = seen[f] % RECENT_COUNTS
        valid = min(seen[f], RECENT_COUNTS)
        if valid == RECENT_COUNTS:
            gone = 0
            while latest[f, gone] != ring[f, slot]:
                gone += 1
            for k in range(gone, valid - 1):
                latest[f, k] = latest[f, k + 1]
            valid -= 1
        k = valid
        while k > 0 and latest[f, k - 1] > number:
            latest[f, k] = latest[f, k - 1]
            k -= 1
        latest[f, k] = number
        ring[f, slot] = number
        seen[f] += 1


@njit(cache=True, inline="always")
def gap_probability(
    f: int, gap: int, gaps: IntArray, all_gaps: FloatArray, observed: int, everyone: float, prior: float
) -> float:
    """Return the probability of a gap: the function's own record, mixed with `prior` gaps like everybody's."""
    common = prior * all_gaps[gap] / everyone if everyone > 0 else 0.0
    chance: float = (gaps[f, gap] + common) / (observed + (prior if everyone > 0 else 0.0))
    return chance


@njit(cache=True, inline="always")
def expected_served(f: int, containers: int, latest: IntArray, valid: int) -> float:
    """Return how many of `containers` the next call is expected to use."""
    total = 0.0
    for k in range(valid):
        total += min(latest[f, k], containers)
    return total / valid
