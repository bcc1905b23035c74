"""Reading: what a HiGHS solve that has ended found, in the words of ecoopt.core.status."""

import math
from typing import Any

import highspy
import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import gap
from ecoopt.core.status import Sense, Status, Termination
from ecoopt.formulations.highs.linear_model import LinearModel
from ecoopt.formulations.highs.options import settings
from ecoopt.formulations.highs.result import Basis, HighsResult
from ecoopt.formulations.highs.solver import cost_scale, loaded
from ecoopt.formulations.highs.versions import versions
from ecoopt.formulations.highs.watch import TOLERANCE, Watch

_ENDS = {
    "kOptimal": (Status.OPTIMAL, Termination.PROOF), "kInfeasible": (Status.INFEASIBLE, Termination.PROOF),
    "kUnbounded": (Status.UNBOUNDED, Termination.PROOF), "kTimeLimit": (Status.NONE, Termination.TIME),
    "kIterationLimit": (Status.NONE, Termination.ITERATIONS), "kSolutionLimit": (Status.NONE, Termination.ITERATIONS),
    "kInterrupt": (Status.NONE, Termination.INTERRUPTED), "kHighsInterrupt": (Status.NONE, Termination.INTERRUPTED),
    "kObjectiveBound": (Status.NONE, Termination.TARGET), "kObjectiveTarget": (Status.NONE, Termination.TARGET),
    "kUnknown": (Status.NONE, Termination.STALLED)}
_CLOSED = 1e-9


def read(model: LinearModel, solver: highspy.Highs, watch: Watch, end: str, seconds: float) -> HighsResult:
    """Return the result of a solve and settle the run's ledger.

    Parameters
    ----------
    model : LinearModel
        The model solved.
    solver : highspy.Highs
        The solver that ended.
    watch : Watch
        What its callbacks saw.
    end : str
        Name of the model status of HiGHS.
    seconds : float
        Wall seconds spent.
    """
    status, termination = _ENDS.get(end, (Status.ERROR, Termination.CRASH))
    if watch.stopped is not None and termination is Termination.INTERRUPTED:
        termination = watch.stopped
    info = solver.getInfo()
    watch.count_nodes(info.mip_node_count if model.is_mip else info.simplex_iteration_count)
    result: dict[str, Any] = _spent(solver, watch, seconds) | {
        "nodes": max(int(info.mip_node_count), 0) if model.is_mip else 0,
        "simplex_iterations": max(int(info.simplex_iteration_count), 0)}
    mended = False
    if status in (Status.OPTIMAL, Status.NONE):
        x, mended = _best_solution(model, solver, watch)
        if x is not None:
            result |= {"x": x, "objective": model.objective(x), "violation": model.violation(x)}
            if info.primal_solution_status == highspy.kSolutionStatusFeasible:
                result["rounding"] = abs(model.objective(x) - info.objective_function_value / cost_scale(model))
            watch.offer(x)
    bound = _bound(model, solver, status)
    if bound is not None and status is Status.OPTIMAL and "objective" in result:
        bound = _not_beyond(bound, result["objective"], model.sense)
    watch.settle_bound(bound)
    if status is Status.OPTIMAL and model.is_mip:
        status, termination = _judged(model, solver, result.get("objective"), bound, mended)
    elif status is Status.NONE and result.get("x") is not None:
        status = Status.FEASIBLE
    if model.is_mip:
        result["primal_dual_integral"] = _integral(info)
    elif status is Status.OPTIMAL:
        solution, scale = solver.getSolution(), cost_scale(model)
        result |= {"row_dual": np.array(solution.row_dual, dtype=np.float64) / scale, "basis": Basis.of(solver),
                   "reduced_cost": np.array(solution.col_dual, dtype=np.float64) / scale}
    return HighsResult(status, termination, model.sense, bound=bound, **result)


def read_unsolved(model: LinearModel, solver: highspy.Highs, watch: Watch, seconds: float) -> HighsResult:
    """Return the result when HiGHS had no time, or nothing to decide: the start alone, or the empty solution."""
    spent = _spent(solver, watch, seconds)
    x = np.zeros(0) if model.columns == 0 else watch.start
    if x is None or model.violation(x) > TOLERANCE:
        if model.columns == 0:
            return HighsResult(Status.INFEASIBLE, Termination.PROOF, model.sense, **spent)
        return HighsResult(Status.NONE, watch.run.stop() or Termination.STALLED, model.sense, **spent)
    watch.offer(x)
    found = spent | {"x": x, "objective": model.objective(x), "violation": model.violation(x)}
    if model.columns == 0:
        watch.settle_bound(model.offset)
        return HighsResult(Status.OPTIMAL, Termination.PROOF, model.sense, bound=model.offset,
                           row_dual=np.zeros(model.rows), reduced_cost=np.zeros(0), **found)
    return HighsResult(Status.FEASIBLE, watch.run.stop() or Termination.STALLED, model.sense, **found)


def _spent(solver: highspy.Highs, watch: Watch, seconds: float) -> dict[str, Any]:
    return {"start_accepted": watch.start_accepted, "settings": settings(solver), "versions": versions(),
            "seconds": seconds, "log": watch.log}


def _best_solution(model: LinearModel, solver: highspy.Highs, watch: Watch) -> tuple[FloatArray | None, bool]:
    """Return the best of HiGHS's solution and the start, and whether HiGHS's had to be mended."""
    found: list[FloatArray] = []
    mended = False
    if solver.getInfo().primal_solution_status == highspy.kSolutionStatusFeasible:
        x = model.rounded(np.array(solver.getSolution().col_value, dtype=np.float64))
        kept = model.violation(x) <= TOLERANCE
        if model.is_mip and not (kept and _worth_its_claim(model, solver, x)):
            mended = True
            found += _mended(model, x)
        if kept or not model.is_mip:
            found.append(x)
    if watch.start is not None and model.violation(watch.start) <= TOLERANCE:
        found.append(watch.start)
    if not found:
        return None, mended
    best = found[0]
    for x in found[1:]:
        if watch.run.better(model.objective(x), model.objective(best)):
            best = x
    return best, mended


def _integral(info: Any) -> float | None:
    """Return HiGHS's primal-dual integral, None where it has none."""
    integral = getattr(info, "primal_dual_integral", -math.inf)
    return float(integral) if 0 <= integral < math.inf else None


def _worth_its_claim(model: LinearModel, solver: highspy.Highs, x: FloatArray) -> bool:
    """Return whether a solution is as good as HiGHS says.

    A start may come back as it was given, with the objective of the point that presolve made of it (seen on 1.16): its
    whole columns with the best continuous ones, or a point that is no solution at all.
    """
    claimed = solver.getInfo().objective_function_value / cost_scale(model)
    short = model.objective(x) - claimed if model.sense is Sense.MIN else claimed - model.objective(x)
    return bool(short <= TOLERANCE * max(1.0, abs(claimed)))


def _mended(model: LinearModel, x: FloatArray) -> list[FloatArray]:
    """Return the best solution with the same whole columns, if there is one.

    A big-M row lets a binary of 1e-6 cheat; once rounded, the continuous columns are solved for again.
    """
    fixed = model.relaxed().replaced(lower=np.where(model.integer, x, model.lower),
                                     upper=np.where(model.integer, x, model.upper))
    solver = loaded(fixed)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return []
    return [model.rounded(np.array(solver.getSolution().col_value, dtype=np.float64))]


def _bound(model: LinearModel, solver: highspy.Highs, status: Status) -> float | None:
    """Return the bound HiGHS proved."""
    info = solver.getInfo()
    if model.is_mip:
        usable = status in (Status.OPTIMAL, Status.NONE) and math.isfinite(info.mip_dual_bound)
        return float(info.mip_dual_bound) / cost_scale(model) if usable else None
    return float(info.objective_function_value) / cost_scale(model) if status is Status.OPTIMAL else None


def _not_beyond(bound: float, objective: float, sense: Sense) -> float:
    """Return a bound that rounding has carried past the optimum as the optimum."""
    beyond = bound - objective if sense is Sense.MIN else objective - bound
    return objective if 0 < beyond <= _CLOSED * max(1.0, abs(objective)) else bound


def _judged(
    model: LinearModel, solver: highspy.Highs, objective: float | None, bound: float | None, mended: bool,
) -> tuple[Status, Termination]:
    """Return what HiGHS's word "optimal" means: it also says so when a gap was allowed or a row was cheated."""
    if objective is None:
        return Status.NONE, Termination.STALLED
    allowed = solver.getOptions()
    exact = allowed.mip_rel_gap == 0 and allowed.mip_abs_gap == 0
    if gap(objective, bound, model.sense) <= _CLOSED or (exact and not mended):
        return Status.OPTIMAL, Termination.PROOF
    return Status.FEASIBLE, Termination.STALLED if mended else Termination.GAP
