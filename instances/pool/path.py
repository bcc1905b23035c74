"""Path: the best sequence of compositions for one model over all periods, out of those that are known."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray


@njit(cache=True)
def best_path(
    values: FloatArray, compositions: IntArray, before: IntArray, starting: FloatArray, price: FloatArray,
    start_share: float, money: FloatArray, most: IntArray,
) -> tuple[float, IntArray]:  # pragma: no cover
    """Return the value of the best sequence and the composition of each period; minus infinity where there is none.

    Dynamic programming in O(T C^2 K).

    Parameters
    ----------
    values : float array [T, C]
        What a composition adds to the objective in a period, starts aside; minus infinity where it will not do.
    compositions : int array [C, K]
        Machines of each type.
    before : int array [K]
        Machines that run at the beginning.
    starting : float array [T, K]
        What a start takes off the objective.
    price : float array [T, K]
        Dollars per hour of a machine.
    start_share : float
        What a start costs, relative to `price`.
    money : float array [T]
        Dollars per hour that may be spent; infinite without a budget.
    most : int array [T, K]
        Machines that there are.
    """
    periods, count = values.shape
    kinds = compositions.shape[1]
    best = np.full((periods, count), -np.inf)
    came = np.zeros((periods, count), np.int64)
    free = starting.max() == 0.0 and start_share == 0.0
    for t in range(periods):
        leader = int(np.argmax(best[t - 1])) if t > 0 else 0
        for c in range(count):
            if values[t, c] == -np.inf:
                continue
            standing, there = 0.0, True
            for k in range(kinds):
                standing += price[t, k] * compositions[c, k]
                there = there and compositions[c, k] <= most[t, k]
            if not there or standing > money[t]:
                continue
            first, last = 0, count if t > 0 else 1
            if free and t > 0:
                first, last = leader, leader + 1
            for p in range(first, last):
                reached = 0.0 if t == 0 else best[t - 1, p]
                if reached == -np.inf or reached + values[t, c] <= best[t, c]:
                    continue
                paid = standing
                for k in range(kinds):
                    begun = compositions[c, k] - (before[k] if t == 0 else compositions[p, k])
                    if begun > 0:
                        reached -= begun * starting[t, k]
                        paid += begun * price[t, k] * start_share
                if paid <= money[t] and reached + values[t, c] > best[t, c]:
                    best[t, c], came[t, c] = reached + values[t, c], p
    chosen = np.zeros(periods, np.int64)
    chosen[periods - 1] = np.argmax(best[periods - 1])
    value = best[periods - 1, chosen[periods - 1]]
    for t in range(periods - 1, 0, -1):
        chosen[t - 1] = came[t, chosen[t]]
    return value, chosen
