"""Rolling: an online policy that plans anew in every period over forecasts made of what has been.

It knows demand and carbon up to and including the current period, and beforehand only the rules: hardware, sites,
lives, limits. What is to come is expected as it is now, or as it was a year before.
"""

from dataclasses import replace
from typing import Literal

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.refresh.baselines import YEAR_DAYS, begun, ended, granted, pays_back
from ecoopt.heuristics.refresh.greedy import FIRST_BATCH, most_g, savings
from ecoopt.heuristics.refresh.plan import Plan, completed, least_in_all
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import Tables

Forecast = Literal["constant", "seasonal"]

_GAIN = 1e-9


def rolling(
    instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None, forecast: Forecast = "seasonal",
) -> Outcome:
    """Decide period by period. One iteration is a period; when the budget ends, GPUs are bought for missing work alone.

    In each period GPUs are bought for work that is missing, then by the break-even rule, and then where, by the
    forecast, they save more carbon than they embody; GPUs that by the forecast are never needed again are retired.
    There may be no schedule in the end: a policy that does not know what comes cannot buy ahead of limits.

    Parameters
    ----------
    forecast : {"constant", "seasonal"}
        Demand and carbon expected: those of now, or of the same period of the last year that is known.
    """
    tables = begun(instance, run, start)
    periods = instance.periods
    purchases, retired = (np.zeros(tables.gone.shape, dtype=np.int64) for _ in range(2))
    work = np.zeros((periods, *tables.unit_g.shape[1:]))
    for now in range(periods):
        expected = expected_tables(tables, now, forecast)
        plan = completed(Plan.of(expected, purchases, retired), least_in_all(expected), [now], back=False)
        if plan.missing[now].any():
            return run.outcome(reason=f"in period {now} work is left that no purchase allowed then can serve")
        if run.stop() is None:
            run.tick(1, 1)
            plan = _upgraded(plan.changed(granted(plan, pays_back(plan, now))), now)
        purchases, work[now] = plan.purchases, plan.work[now]
        retired[:, :, now:] = plan.retired()[:, :, now, None]
    schedule = RefreshSchedule(purchases=purchases, retirements=np.diff(retired, axis=2, prepend=0),
                               work=np.moveaxis(work, 0, 3))
    if _keeps_cap(tables, schedule):
        run.offer(tables.value(schedule), schedule)
    return ended(run)


def expected_tables(tables: Tables, now: int, forecast: Forecast) -> Tables:
    """Return the tables as they are expected in a period: what is to come is a copy of what has been.

    Parameters
    ----------
    tables : Tables
        What will be.
    now : int
        The last period of it that is looked at.
    forecast : {"constant", "seasonal"}
        As in `rolling`.
    """
    like = _likeness(tables.demand.shape[1], now, forecast, tables.instance.period_days)
    return replace(tables, unit_g=tables.unit_g[like], idle_g=tables.idle_g[:, :, like], demand=tables.demand[:, like])


def _likeness(periods: int, now: int, forecast: Forecast, period_days: int) -> IntArray:
    """Return the period that each is taken to be like, int array [T]."""
    like = np.arange(periods)
    year = max(round(YEAR_DAYS / period_days), 1)
    for t in range(now + 1, periods):
        like[t] = like[t - year] if forecast == "seasonal" and t - year >= 0 and like[t - year] <= now else now
    return like


def _upgraded(plan: Plan, now: int) -> Plan:
    """Return the plan with purchases of a period added as long as they save carbon."""
    dear = most_g(plan.tables)
    value = plan.value(dear)
    size = np.maximum(np.ceil(FIRST_BATCH * plan.tables.most[:, :, now]), 1).astype(np.int64)
    while True:
        ratio = savings(plan)[:, :, now]
        room = plan.room()[:, :, now]
        ratio[(size < 1) | (room < 1)] = 0.0
        g, s = (int(i) for i in np.unravel_index(int(np.argmax(ratio)), ratio.shape))
        if ratio[g, s] <= 1.0 + _GAIN:
            return plan
        count = min(int(size[g, s]), int(room[g, s]))
        tried = plan.changed([(g, s, now, count)])
        found = tried.value(dear)
        if found < value - _GAIN * abs(value):
            plan, value = tried, found
        else:
            size[g, s] = count // 2


def _keeps_cap(tables: Tables, schedule: RefreshSchedule) -> bool:
    """Return whether energy keeps to its cap in every period."""
    cap = tables.instance.operational_cap_g
    stock = tables.first[:, :, None] + np.cumsum(schedule.purchases - schedule.retirements, axis=2)
    return cap is None or bool((tables.operational_g(np.moveaxis(schedule.work, 3, 0), stock) <= cap).all())
