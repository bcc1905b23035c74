"""Rounds on the projected model: its optimum is routed, mended, and cut off where routing fails."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.node_mix.exact import dual_bound
from ecoopt.formulations.phase_split.projected_model import Projection
from ecoopt.formulations.phase_split.relaxation import lp_options
from ecoopt.formulations.phase_split.split_model import SplitModel, split_model
from ecoopt.heuristics.phase_split.ground import Ground

_EXACT: Options = {"primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9}
_LP_ROUNDS = 12
_BETWEEN = (0.4, 0.8)
_PART = 0.5
"""Share of the target gap to which the projected model is solved: the rest is for units that cannot be routed."""


@dataclass
class Part:
    """Some periods being solved. N periods, J pools.

    Parameters
    ----------
    projection : Projection
        Their model.
    bound : float
        Proven so far.
    units : int array [N, J], optional
        Best units found.
    value : float
        Their objective, infinite without any.
    cost : float array [N, J], optional
        What units count, where that is not their own cost.
    relaxed : float array [N, J, 2], optional
        What the relaxation has of each resource.
    plain : SplitModel, optional
        The program with routing.
    row_dual : float array, optional
        Duals of its relaxation.
    ended : Termination
        Why the last solve stopped.
    status : Status
        Infeasible when that is shown.
    nodes, rounds : int
        Spent.
    """

    projection: Projection
    bound: float = 0.0
    units: IntArray | None = None
    value: float = np.inf
    cost: FloatArray | None = None
    relaxed: FloatArray | None = None
    plain: SplitModel | None = None
    row_dual: FloatArray | None = None
    ended: Termination = Termination.PROOF
    status: Status = Status.NONE
    nodes: int = 0
    rounds: int = 0

    def open(self, gap: float) -> bool:
        """Return whether the distance is above a gap."""
        return self.units is None or self.value - self.bound > gap * abs(self.value)


def begin(part: Part, run: Run, seed: int) -> None:
    """Solve the relaxation with routing, take its prices, and add rows until the projected one is as strong."""
    projection = part.projection
    plain = split_model(projection.instance, projection.periods, coupled=projection.coupled)
    options = lp_options(projection.tables)
    found = solve_lp(plain.model, Run(Budget(seconds=_seconds(run)), sense=run.sense), seed=seed, options=options)
    if found.status is Status.INFEASIBLE:
        part.status = Status.INFEASIBLE
        return
    if found.row_dual is None:
        return
    part.plain, part.row_dual = plain if projection.coupled else None, found.row_dual
    part.bound = max(part.bound, dual_bound(plain.model, found.row_dual))
    for place, prices in enumerate(plain.prices(found.row_dual)):
        projection.learn(place, prices)
    for _ in range(_LP_ROUNDS):
        if run.stop() is not None:
            return
        model, columns = projection.model()
        relaxed = solve_lp(model, Run(Budget(seconds=_seconds(run)), sense=run.sense), seed=seed)
        if relaxed.x is None:
            return
        part.relaxed = projection.capacity(columns, relaxed.x)
        if not _cut(part, part.relaxed):
            return


def improve(part: Part, ground: Ground, run: Run, gap: float, *, seed: int, threads: int) -> None:
    """Make rounds until the distance is at most a gap or the run must stop. A node is an iteration of `run`."""
    projection, before = part.projection, None
    while part.open(gap) and run.stop() is None and part.status is Status.NONE:
        model, columns = projection.model(part.cost)
        x = None if part.units is None else projection.solution(model, columns, part.units)
        own = Run(Budget(seconds=_seconds(run), iterations=_nodes(run)), sense=run.sense)
        found = solve_model(model, own, start=x, gap=gap * _PART, threads=threads, seed=seed, options=_EXACT)
        run.tick(own.iterations)
        part.nodes, part.rounds, part.ended = part.nodes + own.iterations, part.rounds + 1, found.termination
        if found.status in (Status.INFEASIBLE, Status.ERROR):
            part.status = found.status
            return
        if found.bound is not None:
            part.bound = max(part.bound, found.bound)
        if found.x is None:
            return
        units = projection.counts(columns, found.x)
        if before is not None and np.array_equal(units, before):  # broken by less than the solver's tolerance
            part.ended = Termination.STALLED
            return
        before = units
        cut = _cut(part, projection.tables.capacity(units))
        _take(part, ground, units, run)
        if not cut:
            return
        if part.relaxed is not None:
            for share in _BETWEEN:
                now = projection.tables.capacity(units)
                _cut(part, np.where(np.isfinite(now), share * now + (1 - share) * part.relaxed, np.inf))


def _cut(part: Part, capacity: FloatArray) -> bool:
    """Add the rows that capacities [N, J, 2] break; return whether there were any."""
    found = False
    for place, has in enumerate(capacity):
        routed = part.projection.routed(place, has)
        if not routed.feasible:
            found = part.projection.learn(place, routed.prices) or found
    return found


def _take(part: Part, ground: Ground, units: IntArray, run: Run) -> None:
    """Mend units where they cannot do the work, and keep them if they are better than the best."""
    projection, mended = part.projection, units.copy()
    for place, p in enumerate(projection.periods.tolist()):
        need = ground.needs[p]
        if not ground.can(need, units[place]):
            grown = ground.cover(need, ground.cost[p], None, units[place])
            if grown is None:
                return
            mended[place] = ground.trim(need, grown, ground.cost[p])
    value = _value(part, mended)
    if value < part.value:
        part.units, part.value = mended, value


def _value(part: Part, units: IntArray) -> float:
    """Return the objective of units [N, J] of the part's periods."""
    tables = part.projection.tables
    if part.projection.coupled:
        return tables.value(units)
    return float(((tables.unit_cost[part.projection.periods] if part.cost is None else part.cost) * units).sum())


def _seconds(run: Run) -> float | None:
    return None if np.isinf(run.seconds_left) else run.seconds_left


def _nodes(run: Run) -> int | None:
    return None if np.isinf(run.iterations_left) else int(run.iterations_left)
