"""Greedy: hour by hour, caps are lowered by watts saved per slowdown, as far as the limit asks or it pays."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.power_cap.plans import Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables, cap_tables


def greedy(instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None) -> Outcome:
    """Lower caps by watts saved per slowdown until the power limit is kept, and further where it pays at once.

    A cap pays when the grams that it saves this hour are more than those of the work that users submit more in the next
    hour, at that hour's price, and of the change. Caps past their break-even rebound, with which a higher cap takes no
    more energy all in all, are never used. Nothing is drawn at random.
    """
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    if run.stop() is None:
        planner.offer(run, planner.plan(greedy_caps(planner.tables)))
        run.tick(1, 1)
    return run.outcome()


def greedy_caps(tables: CapTables) -> IntArray:
    """Return the caps of the greedy, int array [T, K]; work is taken to be done in the hour in which it comes."""
    classes, hours, _ = tables.shape
    caps = np.empty((hours, classes), dtype=np.int64)
    factor, useful = tables.first, useful_caps(tables)
    before = np.where(tables.initial >= 0, tables.initial, tables.highest)
    for t in range(hours):
        work = tables.submitted[:, t] * factor
        after = tables.submitted[:, t + 1] if t + 1 < hours else np.zeros(classes)
        price = tables.price_g_per_wh[t], tables.price_g_per_wh[min(t + 1, hours - 1)]
        caps[t] = _hour(tables, useful, work, after, price, float(tables.room_w[t]), before)
        before = caps[t]
        factor = tables.factor[np.arange(classes), before]
    return caps


def useful_caps(tables: CapTables) -> NDArray[np.bool_]:
    """Return the caps whose work takes less power than any higher one's, rebound counted, bool array [K, C]."""
    felt_w = np.where(tables.open, tables.extra_w * tables.factor, np.inf)
    least_w = np.minimum.accumulate(felt_w[:, ::-1], axis=1)[:, ::-1]
    higher_w = np.append(least_w[:, 1:], np.full((len(felt_w), 1), np.inf), axis=1)
    return np.asarray((felt_w < higher_w) & tables.open)


def _hour(
    tables: CapTables, useful: NDArray[np.bool_], work: FloatArray, after: FloatArray, price: tuple[float, float],
    room_w: float, before: IntArray,
) -> IntArray:
    """Return the caps of one hour, int array [K]."""
    cap = tables.highest.copy()
    rows = np.arange(len(cap))
    used_w = float((work * tables.extra_w[rows, cap]).sum())
    while True:
        best = None
        for k in np.flatnonzero(cap > 0).tolist():
            for c in np.flatnonzero(useful[k, : cap[k]]).tolist():
                saved_w = work[k] * (tables.extra_w[k, cap[k]] - tables.extra_w[k, c])
                more = after[k] * (tables.factor[k, c] - tables.factor[k, cap[k]])
                change_g = tables.instance.change_g * (int(c != before[k]) - int(cap[k] != before[k]))
                gain_g = saved_w * price[0] - more * tables.extra_w[k, c] * price[1] - change_g
                slower = max(float(tables.time_ratio[k, c] - tables.time_ratio[k, cap[k]]), 1e-9)
                if saved_w > 0 and (used_w > room_w or gain_g > 0) and (best is None or saved_w / slower > best[0]):
                    best = saved_w / slower, k, c, saved_w
        if best is None:
            return cap
        cap[best[1]] = best[2]
        used_w -= best[3]
