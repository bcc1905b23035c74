"""Baselines: never, always the newest, after a fixed number of years, and the published break-even rule."""

from collections.abc import Callable, Iterable
from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.refresh.plan import Change, Plan, Rank, completed, least_embodied
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import Tables, tables_of

YEAR_DAYS = 365.0
_TRACE = 1e-9

Wish = Callable[[Plan, int], Iterable[Change]]
"""From a plan and a period to purchases that would be good, the best first."""


def never(instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None) -> Outcome:
    """Keep every GPU to its life's end, and buy the least embodied carbon that all work can be served with.

    One iteration. GPUs that are never needed again are retired.
    """
    tables = begun(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        completed(empty(tables), least_embodied(tables)).offer(run)
    return ended(run)


def newest(instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None) -> Outcome:
    """Replace all older GPUs that work by the newest generation in every period, as far as limits allow.

    One iteration is a period; when the budget ends, what is left is bought for missing work alone.
    """
    tables = begun(instance, run, start)
    newest_first(tables, run, lambda plan, t: _all_older(plan, t)).offer(run)
    return ended(run)


def fixed_years(
    instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None,
    years: Annotated[float, Field(gt=0, le=100)] = 4.0,
) -> Outcome:
    """Retire every GPU after a fixed time, and buy the newest generation in its place. One iteration.

    Parameters
    ----------
    years : float
        Age at which GPUs are retired, at the latest at their life's end.
    """
    tables = begun(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        most = max(round(years * YEAR_DAYS / instance.period_days), 1)
        shorter = instance.replace(generations=tuple(
            generation.replace(life_periods=min(generation.life_periods, most)) for generation in instance.generations))
        plan = completed(empty(tables_of(shorter)), newest_rank(tables))
        if np.isfinite(plan.value()):
            schedule = plan.schedule()
            run.offer(tables.value(schedule), schedule)
    return ended(run)


def break_even(instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None) -> Outcome:
    """Replace a site's GPUs of a generation where the break-even time is shorter than what is left of the horizon.

    As `ecoopt.instances.hardware.break_even_days`, at the intensity of the period, for the work that the GPUs do then,
    with as many new ones as that takes. One iteration is a period; when the budget ends, what is left is bought for
    missing work alone.
    """
    tables = begun(instance, run, start)
    newest_first(tables, run, pays_back).offer(run)
    return ended(run)


def begun(instance: RefreshInstance, run: Run, start: RefreshSchedule | None) -> Tables:
    """Return the tables of an instance; the run is offered the start."""
    tables = tables_of(instance)
    if start is not None:
        run.offer(tables.value(start), start)
    return tables


def ended(run: Run) -> Outcome:
    """Close a run, and say so where no plan was found."""
    if run.objective is None and run.stop() is None:
        return run.outcome(reason="no plan was found that serves all work within purchases, budget and caps")
    return run.outcome()


def empty(tables: Tables) -> Plan:
    """Return the plan in which nothing is bought."""
    return Plan.of(tables, np.zeros(tables.gone.shape, dtype=np.int64))


def newest_rank(tables: Tables) -> Rank:
    """Return the rank of the newest generation, of several sites by energy."""
    def rank(t: int) -> FloatArray:
        energy = np.where(np.isfinite(tables.unit_g[t]), tables.unit_g[t], 0.0)
        age = np.arange(len(tables.life))[::-1, None, None]
        return np.asarray(age + energy / (1.0 + 2.0 * energy.max()), dtype=np.float64)

    return rank


def newest_first(tables: Tables, run: Run, wish: Wish) -> Plan:
    """Return the plan that buys the newest for missing work, and what is wished for, period by period."""
    plan, rank = empty(tables), newest_rank(tables)
    for t in range(len(plan.missing)):
        plan = completed(plan, rank, [t])
        if run.stop() is None:
            run.tick(1, 1)
            plan = plan.changed(granted(plan, wish(plan, t)))
    return plan


def granted(plan: Plan, wishes: Iterable[Change]) -> list[Change]:
    """Return the wishes of one period cut down to what may be bought, the first ones first."""
    found: list[Change] = []
    for g, s, t, count in wishes:
        if (number := min(count, int(plan.room()[g, s, t]))) > 0:
            plan = plan.noted([(g, s, t, number)])
            found.append((g, s, t, number))
    return found


def _all_older(plan: Plan, t: int) -> list[Change]:
    """Return the purchases of the newest generation that take over the work of all older ones at their sites."""
    tables = plan.tables
    found = []
    for s in range(len(tables.site_most)):
        able = np.flatnonzero(tables.most[:, s, t] > 0)
        if able.size:
            g = int(able[-1])
            if count := _replacing(tables, g, s, plan.work[t, :g, s].sum(axis=0)):
                found.append((g, s, t, count))
    return found


def pays_back(plan: Plan, t: int) -> list[Change]:
    """Return the purchases that pay by the break-even rule at the intensity of now, the quickest first."""
    tables = plan.tables
    generations, sites, periods = plan.purchases.shape
    found = []
    for old, s in np.ndindex(generations, sites):
        work = plan.work[t, old, s]
        used = tables.unit_g[t, old, s, work > 0] @ work[work > 0] + tables.idle_g[old, s, t] * plan.there[old, s, t]
        best: tuple[float, Change] | None = None
        for new in np.flatnonzero(tables.most[:, s, t] > 0).tolist():
            count = _replacing(tables, new, s, work)
            after = tables.unit_g[t, new, s, work > 0] @ work[work > 0] + tables.idle_g[new, s, t] * count
            if new == old or not count or after >= used:
                continue
            wait = count * tables.embodied_g[new, t] / float(used - after)
            if wait < min(periods - t, int(tables.life[new])) and (best is None or wait < best[0]):
                best = wait, (new, s, t, count)
        if best is not None:
            found.append(best)
    return [change for _, change in sorted(found)]


def _replacing(tables: Tables, g: int, s: int, work: FloatArray) -> int:
    """Return the GPUs of a generation that can do some work [W] at a site."""
    return int(np.ceil(float(tables.unit_share[g, s] @ work) - _TRACE))
