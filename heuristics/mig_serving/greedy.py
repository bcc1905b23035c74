"""Greedy: hour by hour, options by cost with slices paid for, or what ran the hour before, then a descent."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_serving.descent import construct, descend
from ecoopt.heuristics.mig_serving.ground import Ground
from ecoopt.heuristics.mig_serving.plan import Plan
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule

TIGHT = (1.0, 3.0, 10.0, 100.0)
"""Factors on the price of slices that are tried until the GPUs suffice."""


def greedy(instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None) -> Outcome:
    """Choose, hour by hour, the option of each service that costs least with its slices paid for, and improve on it.

    The descent exchanges options of one service at a time, from the choice and from what ran the hour before, and the
    better one is taken. One iteration is an hour; a budget that ends before the last hour leaves no schedule. Ignores
    `seed`; a start is compared with by the caller.
    """
    plan = Plan.empty(instance)
    if fill(plan, run):
        plan.offer(run)
    return run.outcome()


def fill(plan: Plan, run: Run) -> bool:
    """Fill an empty plan hour by hour, each blind to the next one; return whether the budget reached the last.

    Parameters
    ----------
    plan : Plan
        Filled in place.
    run : Run
        An iteration and an evaluation are an hour.
    """
    for t in range(len(plan.held)):
        if run.stop() is not None:
            return False
        choose(plan, t)
        run.tick(1, 1)
    return True


def choose(plan: Plan, t: int, *, pairs: bool = False, caution: float = 1.0) -> None:
    """Fill an hour of a plan, the hours before being filled; those after have no say.

    Parameters
    ----------
    plan : Plan
        Filled in place.
    t : int
        The hour.
    pairs : bool
        Whether the descent exchanges options of two services at once.
    caution : float
        Factor on what changes cost.
    """
    ground, last = blind(plan.ground, t, caution), plan.last(t)
    starts: list[IntArray] = []
    for tight in TIGHT:
        starts.append(np.zeros(plan.options.count, dtype=np.int64))
        construct(ground, t, tight * plan.prices, starts[-1])
    if t:
        starts.append(plan.instances[t - 1].copy())
        construct(ground, t, plan.prices, starts[-1])
    best = np.inf
    for row in starts:
        held = np.empty_like(plan.held[t])
        cost = descend(ground, t, row, last, last, held, pairs)
        if cost < best:
            best = cost
            plan.instances[t], plan.held[t] = row, held


def blind(ground: Ground, t: int, caution: float = 1.0) -> Ground:
    """Return the ground of somebody in period t who does not think of the next one."""
    change, switch = np.zeros_like(ground.change), np.zeros_like(ground.switch)
    change[t], switch[t] = caution * ground.change[t], caution * ground.switch[t]
    return ground._replace(change=change, switch=switch)
