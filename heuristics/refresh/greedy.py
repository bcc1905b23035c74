"""Greedy: purchases by carbon saved per carbon embodied, in batches that are halved where they do not pay."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.refresh.baselines import begun, empty, ended, newest_first, pays_back
from ecoopt.heuristics.refresh.plan import Change, Plan, completed, least_embodied, least_in_all
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import Tables
from ecoopt.instances.refresh.worth import profit_g, worth_g

FIRST_BATCH = 0.25
_GAIN = 1e-9


def greedy(instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None) -> Outcome:
    """Buy where most carbon is saved per carbon embodied, until nothing saves more than it embodies.

    It begins with what work cannot do without, or with the plan of the break-even rule where that is better, and ends
    by taking back what has become superfluous and retiring what does not pay. What a GPU saves is worked out from what
    each workload's next unit emits in every period. A purchase is a batch, which is halved until it pays. One iteration
    is a batch tried.
    """
    tables = begun(instance, run, start)
    if run.stop() is None:
        greedy_plan(tables, run)
    return ended(run)


def greedy_plan(tables: Tables, run: Run) -> Plan | None:
    """Return the greedy plan, None where no plan was found that serves all work; each better one is offered."""
    plan = first_plan(tables)
    if plan is None:
        return None
    value = plan.offer(run)
    size = np.maximum(np.ceil(FIRST_BATCH * tables.most), 1).astype(np.int64)
    while run.stop() is None:
        ratio = savings(plan)
        ratio[(size < 1) | (plan.room() < 1)] = 0.0
        g, s, t = (int(i) for i in np.unravel_index(int(np.argmax(ratio)), ratio.shape))
        if ratio[g, s, t] <= 1.0 + _GAIN:
            break
        count = min(int(size[g, s, t]), int(plan.room()[g, s, t]))
        tried = plan.changed([(g, s, t, count)])
        found = tried.value()
        run.tick(1, 1)
        if found < value - _GAIN * abs(value):
            plan, value = tried, found
            plan.offer(run)
        else:
            size[g, s, t] = count // 2
    return retired_early(_without_waste(plan, value, run), run)


def retired_early(plan: Plan, run: Run) -> Plan:
    """Return the plan in which GPUs that no longer pay for their idle power are retired, in batches that are halved."""
    value = plan.value()
    for change in unprofitable(plan):
        part = change[3]
        while part > 0 and run.stop() is None:
            tried = plan.retiring((*change[:3], part))
            found = tried.value()
            run.tick(1, 1)
            if found < value - _GAIN * abs(value):
                plan, value = tried, found
                plan.offer(run)
            else:
                part //= 2
    return plan


def unprofitable(plan: Plan) -> list[Change]:
    """Return the GPUs, and from which period on, that are worth most when retired at once, all of a group together."""
    tables = plan.tables
    if tables.never_early:
        return []
    _, keep = worth_g(tables, profit_g(tables, np.minimum(plan.price_g, most_g(tables))))
    begins = (keep == 0) & (plan.there > 0)
    begins[:, :, 1:] &= ~((keep == 0) & (plan.there > 0))[:, :, :-1]
    return [(g, s, t, int(plan.there[g, s, t])) for g, s, t in np.argwhere(begins).tolist()]


def _without_waste(plan: Plan, value: float, run: Run) -> Plan:
    """Return the plan without purchases that later ones have made superfluous: all, half or one of them."""
    for g, s, t in np.argwhere(plan.purchases).tolist():
        part = int(plan.purchases[g, s, t])
        while part > 0 and run.stop() is None:
            tried = plan.changed([(g, s, t, -min(part, int(plan.purchases[g, s, t])))])
            found = tried.value()
            run.tick(1, 1)
            if found < value - _GAIN * abs(value):
                plan, value = tried, found
                plan.offer(run)
                part = min(part, int(plan.purchases[g, s, t]))
            else:
                part //= 2
    return plan


def first_plan(tables: Tables) -> Plan | None:
    """Return the best of three plans: two that buy what work cannot do without, and that of the break-even rule.

    None where none of them serves all work.
    """
    plans = [completed(empty(tables), rank) for rank in (least_embodied(tables), least_in_all(tables))]
    plans.append(newest_first(tables, Run(), pays_back))
    values = [plan.value() for plan in plans]
    return plans[int(np.argmin(values))] if np.isfinite(min(values)) else None


def savings(plan: Plan) -> FloatArray:
    """Return the carbon that one more GPU saves per carbon embodied, float array [G, S, T]."""
    tables = plan.tables
    price_g = np.minimum(plan.price_g, most_g(tables))
    worth, _ = worth_g(tables, profit_g(tables, price_g))
    return np.asarray(worth / np.maximum(tables.embodied_g, _GAIN)[:, None], dtype=np.float64)


def most_g(tables: Tables) -> FloatArray:
    """Return more than a unit of each workload is worth in each period, float array [T, W].

    It is the most any GPU emits for one, and a GPU's embodied carbon for a period.
    """
    finite = np.where(np.isfinite(tables.unit_g), tables.unit_g, 0.0)
    embodied = (tables.embodied_g.max(axis=1)[:, None, None] * tables.unit_share).max(axis=(0, 1))
    return np.asarray(finite.max(axis=(1, 2)) + embodied, dtype=np.float64)
