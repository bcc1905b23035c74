"""The integer program started by the greedy: of all periods where they are joined, else of one after another."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.budget import Budget
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import HighsResult, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.phase_split.relaxation import joins, models_of
from ecoopt.formulations.phase_split.split_model import SplitModel
from ecoopt.heuristics.phase_split.greedy import covered
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.routing import arrays_of, schedule_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_EXACT: Options = {"primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9}
_FIRST_GAP = 1e-3


def milp(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program from the better of the greedy and the start.

    Periods that nothing joins are solved apart and their bounds added: first all to a gap of a thousandth, or the
    target if that is larger; then, those with the largest distance first, to the target. A node is an iteration.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    if run.stop() is None:
        first = covered(ground, ground.cost, run.part())
        if first is not None:
            ground.offer(run, first)
    if run.stop() is not None:
        return run.outcome()
    models = models_of(instance)
    if joins(ground.tables):
        return _joint(models[0], run, seed, threads)
    return _apart(models, run, seed, threads)


def _joint(model: SplitModel, run: Run, seed: int, threads: int) -> Outcome:
    """Solve the program of all periods."""
    def schedule(x: np.ndarray) -> PhaseSplitSchedule:
        return schedule_of(model.instance, *model.schedule_arrays(x))

    best = run.schedule()
    x = model.solution(*arrays_of(best)) if isinstance(best, PhaseSplitSchedule) else None
    found = solve_model(model.model, run, start=x, threads=threads, seed=seed, options=_EXACT, on_incumbent=schedule)
    status = found.status if found.status in (Status.INFEASIBLE, Status.ERROR) else None
    return run.outcome(None if run.gap <= 1e-9 else found.termination, status, rows=model.model.rows,
                       columns=model.model.columns, nonzeros=int(model.model.matrix.nnz), **found.details())


def _apart(models: list[SplitModel], run: Run, seed: int, threads: int) -> Outcome:
    """Solve the programs of periods one after another, then again those whose distance is largest."""
    instance, tables = models[0].instance, models[0].tables
    best = run.schedule()
    units, share = arrays_of(best) if isinstance(best, PhaseSplitSchedule) else (None, None)
    if units is None or share is None:
        units, share = np.full((len(models), len(tables.role)), -1), np.zeros((len(models), *tables.usable.shape))
    else:
        units, share = units.copy(), share.copy()
    bound = np.zeros(len(models))
    target = run.budget.gap or 0.0
    nodes, ended = 0, Termination.PROOF
    for gap in dict.fromkeys((max(_FIRST_GAP, target), target)):
        value = (tables.unit_cost * np.maximum(units, 0)).sum(axis=1)
        order = np.argsort(bound - value, kind="stable")
        for place, p in enumerate(order.tolist()):
            model, own = models[p], float((tables.unit_cost[p] * units[p]).sum()) if units[p, 0] >= 0 else None
            if own is not None and own - bound[p] <= gap * abs(own):
                continue
            if run.stop() is not None:
                break
            part = _part(run, len(order) - place, gap)
            x = model.solution(units[p:p + 1], share[p:p + 1]) if own is not None else None
            found = solve_model(model.model, part, start=x, gap=gap, threads=threads, seed=seed, options=_EXACT)
            run.tick(part.iterations)
            nodes += part.iterations
            if found.status in (Status.INFEASIBLE, Status.ERROR):
                return run.outcome(found.termination, found.status)
            if found.bound is not None:
                bound[p] = max(bound[p], found.bound)
            _take(model, found, units, share)
            if (units[:, 0] >= 0).all():
                run.offer(tables.value(units), partial(schedule_of, instance, units.copy(), share.copy()))
            run.prove(float(bound.sum()) * (1 - 1e-13))
            if found.termination not in (Termination.PROOF, Termination.GAP):
                ended = found.termination
    run.prove(float(bound.sum()) * (1 - 1e-13))
    size = [sum(getattr(model.model, field) for model in models) for field in ("rows", "columns")]
    return run.outcome(None if run.gap <= 1e-9 else run.stop() or ended, nodes=nodes, rows=size[0], columns=size[1])


def _part(run: Run, periods: int, gap: float) -> Run:
    """Return the run of one period: its share of the seconds left, all nodes that are left."""
    seconds = None if np.isinf(run.seconds_left) else run.seconds_left / periods * min(periods, 2)
    nodes = None if np.isinf(run.iterations_left) else int(run.iterations_left)
    return Run(Budget(seconds=seconds, iterations=nodes, gap=gap), sense=run.sense)


def _take(model: SplitModel, found: HighsResult, units: np.ndarray, share: np.ndarray) -> None:
    """Keep a period's solution if it is better than what there is."""
    if found.x is None:
        return
    p = int(model.periods[0])
    count, routed = model.schedule_arrays(found.x)
    cost = model.tables.unit_cost[p]
    if units[p, 0] < 0 or float(cost @ count[0]) < float(cost @ units[p]):
        units[p], share[p] = count[0], routed[0]


