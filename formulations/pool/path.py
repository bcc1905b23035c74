"""Path: the cheapest sequence of known machines of one model, starts paid."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray


def cheapest_path(
    counts: list[IntArray], costs: list[FloatArray], starting: FloatArray, before: IntArray
) -> tuple[IntArray, float]:
    """Return the choice of one candidate per period that costs least, and its cost. O(sum of C_t C_(t+1) K).

    Parameters
    ----------
    counts : list of int array [C_t, K]
        Candidates of each period.
    costs : list of float array [C_t]
        What each costs but for starts.
    starting : float array [T, K]
        Cost of a start.
    before : int array [K]
        Machines before the first period.
    """
    last, value, came = before[None], np.zeros(1), []
    for t, (candidates, cost) in enumerate(zip(counts, costs, strict=True)):
        change = np.zeros((len(candidates), len(last)))
        for k in np.flatnonzero(starting[t]):
            change += starting[t, k] * np.maximum(candidates[:, k, None] - last[None, :, k], 0)
        total = value[None] + change
        from_where = total.argmin(axis=1)
        value = total[np.arange(len(candidates)), from_where] + cost
        came.append(from_where)
        last = candidates
    at = int(value.argmin())
    best, chosen = float(value[at]), []
    for from_where in reversed(came):
        chosen.append(at)
        at = int(from_where[at])
    return np.array(chosen[::-1], dtype=np.int64), best
