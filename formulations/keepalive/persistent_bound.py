"""A bound for persistent containers: with memory priced, each function is a small dynamic program over idle counts."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.costs import cost_table
from ecoopt.instances.keepalive.schema import KeepAliveInstance


def persistent_bound(instance: KeepAliveInstance, prices: FloatArray) -> float:
    """Return a lower bound on every schedule of a `persist` instance, valid for any prices >= 0.

    Memory is paid for at the prices instead of limited, and at each call every container of the function, used or
    not, may change generation for free (a relaxation of both kinds of persistence). What is left is, per function, a
    min-cost flow on the number of idle containers: a convex dynamic program, solved in O(C N G) for counts up to N.

    Parameters
    ----------
    instance : KeepAliveInstance
        With `persist` semantics.
    prices : float array [G T]
        Price per gigabyte at the end of each minute.
    """
    calls, costs = instance.invocations, cost_table(instance)
    table = prices.reshape(len(instance.generations), -1)
    profile, intensity = instance.cell_profile, instance.intensity_g_per_kwh
    at_call = intensity[calls.minutes][:, None]
    warm = costs.warm_fixed[profile] + costs.warm_slope[profile] * at_call
    cold = (costs.cold_fixed[profile] + costs.cold_slope[profile] * at_call).min(axis=1)
    step = np.diff(calls.minutes, append=0)
    linked = np.zeros(calls.cells, dtype=bool)
    linked[:-1] = (np.diff(calls.cell_function) == 0) & (step[:-1] <= instance.max_keep_min)
    here = np.flatnonzero(linked)
    start, end = calls.minutes[here], calls.minutes[here + 1]
    rent = np.concatenate([np.zeros((len(table), 1)), np.cumsum(table, axis=1)], axis=1)
    charged = np.concatenate([[0.0], np.cumsum(intensity)])
    exposure = step[here] * intensity[start] if instance.accounting == "artifact" else charged[end] - charged[start]
    hold = np.zeros((calls.cells, len(table)))
    hold[here] = costs.keep_fixed[profile[here]] * step[here, None]
    hold[here] += costs.keep_slope[profile[here]] * exposure[:, None]
    hold[here] += instance.profiles.memory_gb[profile[here], None] * (rent[:, end] - rent[:, start]).T
    idle, used = hold.min(axis=1), np.zeros(calls.cells)
    used[here] = (hold[here] + warm[here + 1]).min(axis=1) - cold[here + 1]
    saved = _flows(calls.offsets, calls.counts, linked, idle, used)
    paid = float(table.sum(axis=1) @ np.asarray(instance.pool_memory_gb))
    return float((calls.counts * cold).sum()) + saved - paid


@njit(cache=True)
def _flows(
    offsets: IntArray, counts: IntArray, linked: np.ndarray, idle: FloatArray, used: FloatArray
) -> float:  # pragma: no cover
    """Return the sum over functions of the best cost change against starting every call cold.

    ``later[i]`` is the cost from a cell on, given that at most i containers exist after its calls; it is convex and
    falling in i, so the number of waiting containers that serve the next calls has a closed form.
    """
    total = 0.0
    for f in range(len(offsets) - 1):
        most = 0
        for c in range(offsets[f], offsets[f + 1]):
            most = max(most, counts[c])
        later, now = np.zeros(2 * most + 2), np.zeros(2 * most + 2)
        for c in range(offsets[f + 1] - 2, offsets[f] - 1, -1):
            if not linked[c]:
                total += later[min(counts[c + 1], 2 * most)]
                later[:] = 0.0
                continue
            n, gain = counts[c + 1], used[c] - idle[c]
            turn = 0
            while turn + 1 <= 2 * most and later[turn + 1] - later[turn] < gain:
                turn += 1
            now[0] = later[min(n, 2 * most)]
            for i in range(1, 2 * most + 1):
                serve = max(0, min(min(i, n), n + i - turn))
                now[i] = i * idle[c] + serve * gain + later[min(n + i - serve, 2 * most)]
            for i in range(1, 2 * most + 1):
                now[i] = min(now[i], now[i - 1])
            later, now = now, later
        if offsets[f + 1] > offsets[f]:
            total += later[min(counts[offsets[f]], 2 * most)]
    return total
