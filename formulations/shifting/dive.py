"""Dive: the linear program fixes the largest jobs step by step, and the integer program places the rest."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import Basis, LinearModel, solve_lp, solve_model
from ecoopt.formulations.shifting.model import ShiftingModel, shifting_model
from ecoopt.instances.shifting import ShiftingCosts, ShiftingInstance, ShiftingSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_SEEN, _SURE, _TOGETHER = 1e-6, 0.9, 5


def dive(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, rise: Share = 1.5e-4,
    nodes: Count = 2000,
) -> Outcome:
    """Fix what the linear relaxation likes best, large jobs first, and give the rest to HiGHS.

    A step fixes the option with the most of fraction times root of GPU-slots, and up to four more that are all but
    whole; then the program is solved again. Options that cannot be had are left out. It ends when the relaxation has
    risen by a share: large jobs are then where they hardly cost more, and small ones fill the gaps. Where the integer
    program of the rest has no solution, the latter half of what was fixed is set free, and again. A step is an
    iteration; an integer program is another.

    Parameters
    ----------
    rise : float
        Most that fixing may add to the relaxation, as a share of it.
    nodes : int
        Most branch-and-bound nodes of an integer program.
    """
    costs = ShiftingCosts(instance)
    if start is not None:
        run.offer(costs.objective(start), start)
    if run.stop() is not None:
        return run.outcome()
    status = dived(shifting_model(costs), run, seed=seed, rise=rise, nodes=nodes)
    return run.outcome(None if status is None else Termination.PROOF, status)


def dived(model: ShiftingModel, run: Run, *, seed: int, rise: float, nodes: int) -> Status | None:
    """Dive in a model, offer what is found to a run, and return a status where the relaxation has no solution.

    Parameters
    ----------
    model : ShiftingModel
        Whose columns are fixed.
    run : Run
        Told of the bound and the schedule.
    seed, rise, nodes
        As for `dive`.
    """
    linear = model.handed.model
    relaxed = solve_lp(linear, run, seed=seed)
    if relaxed.status is Status.INFEASIBLE:
        return relaxed.status
    if relaxed.x is None:
        return None
    fixed = _fixed(model, linear, relaxed.x, relaxed.basis, run, seed, rise)
    while run.stop() is None:
        run.tick()
        lower = linear.lower.copy()
        np.add.at(lower, fixed, 1.0)
        seconds = None if run.budget.seconds is None else run.seconds_left
        # What is proven of a part is no bound of the whole: it has a ledger of its own.
        ledger = Run(Budget(seconds=seconds, iterations=nodes, gap=run.budget.gap))
        found = solve_model(linear.replaced(lower=lower), ledger, seed=seed)
        if found.x is not None and found.objective is not None:
            run.offer(found.objective, partial(model.schedule, found.x))
            break
        if not len(fixed):
            break
        fixed = fixed[:len(fixed) // 2]
    return None


def _fixed(
    model: ShiftingModel, linear: LinearModel, x: FloatArray, basis: Basis | None, run: Run, seed: int, rise: float,
) -> IntArray:
    """Return the columns raised by 1 in turn, int array; one is named as often as it was raised."""
    instance = model.costs.instance
    column = np.concatenate([model.handed.columns_of(model.model.run_from), model.handed.columns_of(model.model.here)])
    owner = np.concatenate([model.options.job, [j for j, _ in model.model.places]]).astype(np.int64)
    weight = np.sqrt((instance.gpus * instance.length_slots)[owner].astype(np.float64))
    limit = linear.objective(x) + rise * abs(linear.objective(x))
    lower, upper, raised, together = linear.lower.copy(), linear.upper.copy(), list[int](), _TOGETHER
    while run.stop() is None:
        left = x[column] - lower[column]
        open_ = np.flatnonzero((left > _SEEN) & (lower[column] < upper[column]))
        if not len(open_):
            break
        best = open_[np.argsort(-np.minimum(left, 1.0)[open_] * weight[open_], kind="stable")]
        sure = [k for k in best[1:] if left[k] > _SURE]
        chosen = column[[best[0], *sure[:together - 1]]]
        trial = lower.copy()
        trial[chosen] += 1.0
        run.tick()
        found = solve_lp(linear.replaced(lower=trial, upper=upper), basis=basis, seed=seed)
        if found.x is None and len(chosen) > 1:
            together = 1
            continue
        if found.x is None:
            upper[chosen] = lower[chosen]
            found = solve_lp(linear.replaced(lower=lower, upper=upper), basis=basis, seed=seed)
            if found.x is None:
                break
        elif found.objective is None or found.objective > limit:
            break
        else:
            lower = trial
            raised += chosen.tolist()
        x, basis = found.x, found.basis
    return np.array(raised, dtype=np.int64)
