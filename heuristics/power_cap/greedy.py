"""Greedy: caps lowered hour by hour by watts saved per slowdown, or one cap for all time, and what single caps gain."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.power_cap.baselines import static_caps
from ecoopt.heuristics.power_cap.plans import Plan, Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables, cap_tables

_MOVES_AT_ONCE = 2000


def greedy(instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None) -> Outcome:
    """Lower caps by watts saved per slowdown until the power limit is kept, and further where it pays at once.

    A cap pays when the grams that it saves this hour are more than those of the work that users submit more in the next
    hour, at that hour's price, and of the change. Caps past their break-even rebound, with which a higher cap takes no
    more energy all in all, are never used. From the best of that, no cap, and each static cap, every class is then
    tried under each cap for all time and in every hour, and what lowers the objective is kept: never worse than
    `no-cap` and `static`. Nothing is drawn at random; all is one iteration.
    """
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    if run.stop() is None:
        greedy_plan(planner, run)
        run.tick(1, 1)
    return run.outcome()


def greedy_plan(planner: Planner, run: Run) -> Plan:
    """Return the plan of the greedy; it and the plans on the way are offered to the run, which may cut it short.

    Parameters
    ----------
    planner : Planner
        Of the instance.
    run : Run
        Its limit of time is kept.
    """
    best: Plan | None = None
    for cap in static_caps(planner.tables.instance):
        if best is not None and run.stop() is not None:
            return best
        best = _better(planner, run, best, cap)
    assert best is not None
    if run.stop() is None:
        best = _better(planner, run, best, greedy_caps(planner.tables, run))
    moves = _single_moves(planner.tables)
    for begin in range(0, len(moves), _MOVES_AT_ONCE):
        if run.stop() is not None:
            break
        part = moves[begin: begin + _MOVES_AT_ONCE]
        planner.climb(best, part, np.full((len(part), 2), -1.0), np.full(len(part), -1e-9))
    planner.offer(run, best)
    return best


def greedy_caps(tables: CapTables, run: Run | None = None) -> IntArray:
    """Return the caps of the hourly rule, int array [T, K]; work is taken to be done in the hour in which it comes.

    Parameters
    ----------
    tables : CapTables
        The instance, or a window of it.
    run : Run, optional
        Once it stops, the rest is not capped.
    """
    classes, hours, _ = tables.shape
    caps = np.tile(tables.highest, (hours, 1))
    factor, useful = tables.first, useful_caps(tables)
    before = np.where(tables.initial >= 0, tables.initial, tables.highest)
    for t in range(hours):
        if run is not None and run.stop() is not None:
            break
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


def _better(planner: Planner, run: Run, best: Plan | None, cap: IntArray) -> Plan:
    """Offer the plan of caps and return it, or the best so far where that is no worse."""
    plan = planner.plan(cap)
    planner.offer(run, plan)
    return plan if best is None or planner.value(plan) < planner.value(best) else best


def _single_moves(tables: CapTables) -> IntArray:
    """Return moves as `climb` takes them, int array [M, 2, 5]: a class under a cap for all time, then in each hour."""
    hours = tables.shape[1]
    k, c = np.nonzero(tables.open)
    begin = np.repeat(np.arange(-1, hours), len(k))
    end = np.where(begin < 0, hours, begin + 1)
    moves = np.full((len(begin), 2, 5), -1, dtype=np.int64)
    parts = (np.tile(k, hours + 1), np.maximum(begin, 0), end, np.tile(c, hours + 1))
    moves[:, 0, :4] = np.stack(parts, axis=1)
    return moves


def _hour(
    tables: CapTables, useful: NDArray[np.bool_], work: FloatArray, after: FloatArray, price: tuple[float, float],
    room_w: float, before: IntArray,
) -> IntArray:
    """Return the caps of one hour, int array [K]."""
    cap = tables.highest.copy()
    rows, all_caps = np.arange(len(cap)), np.arange(tables.open.shape[1])
    used_w = float((work * tables.extra_w[rows, cap]).sum())
    saved_w, rate, paying = np.zeros(tables.open.shape), np.zeros(tables.open.shape), np.zeros(tables.open.shape)
    changed = rows
    while True:
        now = cap[changed]
        saved_w[changed] = work[changed, None] * (tables.extra_w[changed, now][:, None] - tables.extra_w[changed])
        more = after[changed, None] * (tables.factor[changed] - tables.factor[changed, now][:, None])
        steps = (all_caps != before[changed, None]).astype(np.int64) - (now != before[changed])[:, None]
        gain_g = (saved_w[changed] * price[0] - more * tables.extra_w[changed] * price[1]
                  - tables.instance.change_g * steps)
        slower = np.maximum(tables.time_ratio[changed] - tables.time_ratio[changed, now][:, None], 1e-9)
        lower = useful[changed] & (all_caps < now[:, None])
        rate[changed] = np.where(lower, saved_w[changed] / slower, 0.0)
        paying[changed] = np.where(gain_g > 0, rate[changed], 0.0)
        wanted = rate if used_w > room_w else paying
        k, c = divmod(int(wanted.argmax()), len(all_caps))
        if wanted[k, c] <= 0:
            return cap
        cap[k] = c
        used_w -= float(saved_w[k, c])
        changed = np.array([k])
