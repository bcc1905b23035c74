"""The last minutes of every function as a bit mask: EcoLife's look-back window at a few instructions per call."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.keepalive.online.view import Lots

MAX_WINDOW_MIN = 62
LONG_AGO = -(10**9)


class RecentCalls:
    """Minutes with calls of each function, back to `window_min` before its last one.

    Parameters
    ----------
    functions : int
        Number of functions F.
    window_min : int
        Look-back window, at most 62 minutes: the gaps seen in minute m are those between calls in
        ``m - window_min .. m - 1``, as in EcoLife's artifact, which looks back 20 minutes and leaves the present out.

    Attributes
    ----------
    last : int array [F]
        Minute of the last call.
    mask : int array [F]
        Bit b is set when there was a call b minutes before `last`.
    """

    def __init__(self, functions: int, window_min: int) -> None:
        self.window_min = window_min
        self.last: IntArray = np.full(functions, LONG_AGO, np.int64)
        self.mask: IntArray = np.zeros(functions, np.int64)

    def note(self, minute: int, functions: IntArray) -> None:
        """Remember calls. O(n)."""
        _note(minute, functions, self.last, self.mask, self.window_min)

    def warm_share(self, minute: int, lots: Lots) -> FloatArray:
        """Return the share of the gaps seen that end within the time left, a half where none was seen, [n]."""
        share: FloatArray = _warm_share(
            minute, lots.functions, lots.remaining_min, self.last, self.mask, self.window_min)
        return share


@njit(cache=True)
def count_gaps(mask: int, ago: int, window: int, within: IntArray) -> int:
    """Fill ``within[g]`` with the number of gaps of at most g minutes, g = 0..window; return how many there are."""
    within[: window + 1] = 0
    total, before = 0, -1
    for bit in range(window - ago + 1):
        if (mask >> bit) & 1:
            if before >= 0:
                within[bit - before] += 1
                total += 1
            before = bit
    for g in range(1, window + 1):
        within[g] += within[g - 1]
    return total


@njit(cache=True)
def note_call(f: int, minute: int, last: IntArray, mask: IntArray, window: int) -> None:
    """Remember that f was called in `minute`."""
    ago = minute - last[f]
    one = np.int64(1)
    if ago > window:
        mask[f] = one
    elif ago > 0:
        mask[f] = ((mask[f] & ((one << (window + 1 - ago)) - one)) << ago) | one
    last[f] = minute


@njit(cache=True)
def _note(minute, functions, last, mask, window):  # type: ignore[no-untyped-def]
    for f in functions:
        note_call(f, minute, last, mask, window)


@njit(cache=True)
def _warm_share(minute, functions, remaining, last, mask, window):  # type: ignore[no-untyped-def]
    share = np.empty(len(functions))
    within = np.empty(window + 1, np.int64)
    for i in range(len(functions)):
        f = functions[i]
        # A function that was called in this very minute is judged by what was known when it was called.
        ago = minute - last[f]
        history = mask[f] & ~np.int64(1) if ago == 0 else mask[f]
        total = count_gaps(history, ago, window, within)
        share[i] = 0.5 if total == 0 else within[min(remaining[i], window)] / total
    return share
