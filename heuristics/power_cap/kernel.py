"""The hour by hour replay of a plan, compiled: caps and holds of all classes in, work, waiting and cost out.

A plan says for each class and hour its cap and which share of its work it holds back. What is not held is done as
early as power, GPUs and heat allow; where they do not suffice, classes with too much waiting work come first, then
those whose work takes the least power.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.power_cap.tables import CapTables

PENALTY_G = 1e6
"""What a GPU-hour of waiting work beyond its limit costs in a search."""

_SAME = 1e-9


class Fleet(NamedTuple):
    """The numbers of `CapTables` that the kernel reads, contiguous."""

    time: FloatArray
    factor: FloatArray
    extra_w: FloatArray
    submitted: FloatArray
    first: FloatArray
    initial: IntArray
    quota: FloatArray
    initial_backlog: FloatArray
    most_backlog: FloatArray
    pool: IntArray
    pool_gpus: FloatArray
    price: FloatArray
    room_w: FloatArray
    heat_w: FloatArray
    rates: FloatArray


def fleet_of(tables: CapTables) -> Fleet:
    """Return the numbers of an instance; rates are those of waiting, of waiting in the end, of changes, and `keep`."""
    instance = tables.instance
    rates = np.array([instance.backlog_g_per_gpu_h, instance.final_backlog_g_per_gpu_h, instance.change_g, tables.keep])
    parts: Any = (
        tables.time_ratio, tables.factor, tables.extra_w, tables.submitted, tables.first, tables.initial, tables.quota,
        tables.initial_backlog, tables.most_backlog, tables.pool, tables.pool_gpus, tables.price_g_per_wh,
        tables.room_w, tables.heat_w, rates)
    return Fleet(*(np.ascontiguousarray(part) for part in parts))


@njit(cache=True)
def replay_plan(
    f: Fleet, cap: IntArray, hold: FloatArray, begin: int, end: int, backlog: FloatArray, heat: FloatArray,
    cost: FloatArray, work: FloatArray, new: FloatArray, most: float,
) -> float:  # pragma: no cover
    """Replay a plan from hour `begin` on and return by how much its cost differs from what is noted.

    Parameters
    ----------
    cap, hold : int, float array [T, K]
        The plan; it differs from the noted one in hours ``begin..end - 1`` at most.
    backlog, heat, cost : float array [T, K], [T], [T]
        What is noted of a plan: waiting work and heat at the end of each hour, and its cost.
    work : float array [T, K]
        Receives the work done.
    new : float array [T, K + 2]
        Receives waiting work, heat and cost; nothing from the returned hour on, where all is as noted.
    most : float
        Give up when the difference is more; infinite for never.
    """
    hours, classes = cap.shape
    left = np.empty(len(f.pool_gpus))
    order = np.empty(classes, dtype=np.int64)
    weight = np.empty(classes)
    waiting = np.empty(classes)
    change = 0.0
    for t in range(begin, hours):
        heat_in = 0.0
        same = t >= end + 1 and t > begin
        if t > 0:
            heat_in = new[t - 1, classes] if t > begin else heat[t - 1]
            if same and abs(heat_in - heat[t - 1]) > _SAME * max(1.0, abs(heat_in)):
                same = False
        grams = 0.0
        for k in range(classes):
            if t == 0:
                waiting[k] = f.initial_backlog[k] + f.submitted[k, 0] * f.first[k]
                if f.initial[k] >= 0 and f.initial[k] != cap[0, k]:
                    grams += f.rates[2]
            else:
                before = new[t - 1, k] if t > begin else backlog[t - 1, k]
                if same and abs(before - backlog[t - 1, k]) > _SAME * max(1.0, abs(before)):
                    same = False
                waiting[k] = before + f.submitted[k, t] * f.factor[k, cap[t - 1, k]]
                if cap[t, k] != cap[t - 1, k]:
                    grams += f.rates[2]
        if same:
            break
        for p in range(len(left)):
            left[p] = f.pool_gpus[p]
        room_w = min(f.room_w[t], f.heat_w[t] - f.rates[3] * heat_in)
        used_w = 0.0
        for k in range(classes):
            weight[k] = f.extra_w[k, cap[t, k]]
            if waiting[k] > f.most_backlog[k]:
                weight[k] -= 1e9
            i = k
            while i > 0 and weight[order[i - 1]] > weight[k]:
                order[i] = order[i - 1]
                i -= 1
            order[i] = k
        for i in range(classes):
            k = order[i]
            c = cap[t, k]
            done = max(waiting[k] * (1.0 - hold[t, k]), waiting[k] - f.most_backlog[k])
            sigma, watts = f.time[k, c], f.extra_w[k, c]
            done = min(done, f.quota[k] / sigma, max(left[f.pool[k]], 0.0) / sigma)
            if watts > 0.0:
                done = min(done, max(room_w - used_w, 0.0) / watts)
            left[f.pool[k]] -= done * sigma
            used_w += done * watts
            work[t, k] = done
            rest = max(waiting[k] - done, 0.0)
            new[t, k] = rest
            grams += f.rates[0] * rest
            if t == hours - 1:
                grams += f.rates[1] * rest
            if rest > f.most_backlog[k] * (1.0 + _SAME) + _SAME:
                grams += PENALTY_G * (rest - f.most_backlog[k])
        new[t, classes] = f.rates[3] * heat_in + used_w
        grams += f.price[t] * used_w
        new[t, classes + 1] = grams
        change += grams - cost[t]
        if change > most and t >= end:
            break
    return change


@njit(cache=True)
def climb(
    f: Fleet, cap: IntArray, hold: FloatArray, backlog: FloatArray, heat: FloatArray, cost: FloatArray,
    work: FloatArray, moves: IntArray, held: FloatArray, allowed: FloatArray,
) -> float:  # pragma: no cover
    """Try moves one after the other on a plan that is noted, keep those that are allowed, and return the change.

    Parameters
    ----------
    moves : int array [M, 2, 5]
        Two parts each: class, -1 for no part; first hour; hour after the last; cap; and the hour whose cap is taken
        instead, -1 for none.
    held : float array [M, 2]
        Share of work held back in these hours; negative to leave it.
    allowed : float array [M]
        By how much each move may raise the cost.
    """
    hours, classes = cap.shape
    new, trial_work = np.empty((hours, classes + 2)), np.empty((hours, classes))
    old_cap, old_hold = np.empty((hours, classes), dtype=np.int64), np.empty((hours, classes))
    total = 0.0
    for m in range(len(moves)):
        begin, end = moves[m, 0, 1], moves[m, 0, 2]
        if moves[m, 1, 0] >= 0:
            begin, end = min(begin, moves[m, 1, 1]), max(end, moves[m, 1, 2])
        old_cap[begin:end], old_hold[begin:end] = cap[begin:end], hold[begin:end]
        differs = False
        for part in range(2):
            k = moves[m, part, 0]
            if k < 0:
                continue
            c = moves[m, part, 3] if moves[m, part, 4] < 0 else cap[moves[m, part, 4], k]
            for t in range(moves[m, part, 1], moves[m, part, 2]):
                cap[t, k] = c
                if held[m, part] >= 0.0:
                    hold[t, k] = held[m, part]
                if cap[t, k] != old_cap[t, k] or hold[t, k] != old_hold[t, k]:
                    differs = True
        if not differs:
            continue
        # Marks what the replay leaves unwritten: costs are never this.
        new[:, classes + 1] = np.nan
        change = replay_plan(f, cap, hold, begin, end, backlog, heat, cost, trial_work, new, allowed[m])
        if change <= allowed[m]:
            total += change
            for t in range(begin, hours):
                if np.isnan(new[t, classes + 1]):
                    break
                backlog[t] = new[t, :classes]
                work[t] = trial_work[t]
                heat[t], cost[t] = new[t, classes], new[t, classes + 1]
        else:
            cap[begin:end], hold[begin:end] = old_cap[begin:end], old_hold[begin:end]
    return total
