"""Online policies: hour by hour, with carbon and work of the past and of this hour, and limits that are announced."""

from dataclasses import replace
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.power_cap.baselines import caps_at
from ecoopt.heuristics.power_cap.greedy import greedy_caps
from ecoopt.heuristics.power_cap.local_search import annealed
from ecoopt.heuristics.power_cap.plans import Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables, cap_tables

Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Quantile: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Count: TypeAlias = Annotated[int, Field(ge=1, le=10_000)]

_DAY_H = 24


def threshold(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, share: Share = 0.6,
    quantile: Quantile = 0.5,
) -> Outcome:
    """Cap every class while the price of energy is above a quantile of those of the last 24 hours.

    Nothing is drawn at random.

    Parameters
    ----------
    share : float
        Of the highest cap; the highest cap not above it is taken, or the lowest there is.
    quantile : float
        Of this hour's price and the 23 before.
    """
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    if run.stop() is None:
        price = planner.tables.price_g_per_wh
        high = np.array([price[t] > np.quantile(price[max(0, t + 1 - _DAY_H): t + 1], quantile)
                         for t in range(planner.hours)])
        planner.offer(run, planner.plan(np.where(high[:, None], caps_at(instance, share), planner.tables.highest)))
        run.tick(1, 1)
    return run.outcome()


def rolling(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, window_h: Count = 12,
    rounds: Count = 20,
) -> Outcome:
    """Anneal the next hours under a forecast, keep the first of them, and go on to the next hour.

    The price of energy is forecast to be that of the same hour of the day before, or as now on the first day; work to
    be the mean of the last 24 hours. Limits on power and the temperature outside are taken to be announced. Where a run
    stops early the caps of the last hour decided stay. An iteration is an hour.

    Parameters
    ----------
    window_h : int
        Hours looked ahead, this one included.
    rounds : int
        Rounds of annealing for each hour.
    """
    tables = cap_tables(instance)
    planner = Planner(tables)
    offer_start(planner, run, start)
    caps = np.tile(tables.highest, (planner.hours, 1))
    hold = np.zeros(caps.shape)
    for t in range(planner.hours):
        if run.stop() is not None or not planner.possible:
            break
        ahead = Planner(_window(planner, caps, hold, t, window_h))
        first = min((ahead.plan(cap) for cap in (greedy_caps(ahead.tables), caps[max(t - 1, 0)])), key=ahead.value)
        plan = annealed(ahead, run, first, np.random.default_rng([seed, t]), rounds)
        caps[t:], hold[t], hold[t + 1:] = plan.cap[0], plan.hold[0], 0.0
        run.tick(1, 1)
    planner.offer(run, planner.plan(caps, hold))
    return run.outcome()


def _window(planner: Planner, caps: IntArray, hold: FloatArray, t: int, window_h: int) -> CapTables:
    """Return the tables of the hours from t on as they look in hour t."""
    tables = planner.tables
    end = min(t + window_h, planner.hours)
    later = np.arange(t + 1, end)
    seen = later - _DAY_H * -(-(later - t) // _DAY_H)
    price = np.append(tables.price_g_per_wh[t], tables.price_g_per_wh[np.where(seen >= 0, seen, t)])
    usual = tables.submitted[:, max(0, t + 1 - _DAY_H): t + 1].mean(axis=1, keepdims=True)
    submitted = np.concatenate([tables.submitted[:, t:t + 1], np.repeat(usual, end - t - 1, axis=1)], axis=1)
    heat_w = tables.heat_w[t:end]
    if t == 0:
        return replace(tables, submitted=submitted, price_g_per_wh=price, room_w=tables.room_w[:end], heat_w=heat_w)
    past = planner.plan(caps, hold)
    fade = tables.keep ** np.arange(1, end - t + 1)
    rows = np.arange(planner.classes)
    return replace(
        tables, submitted=submitted, price_g_per_wh=price, room_w=tables.room_w[t:end],
        heat_w=heat_w - fade * past.heat[t - 1], initial=caps[t - 1], first=tables.factor[rows, caps[t - 1]],
        initial_backlog=past.backlog[t - 1])
