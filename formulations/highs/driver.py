"""Driver: a LinearModel solved by HiGHS within a run's budget, again where HiGHS's word does not hold."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

import highspy
import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.formulations.highs.again import doubtful, joined
from ecoopt.formulations.highs.linear_model import LinearModel
from ecoopt.formulations.highs.options import Options, set_options, set_own
from ecoopt.formulations.highs.reading import read, read_unsolved
from ecoopt.formulations.highs.result import Basis, HighsResult
from ecoopt.formulations.highs.solver import cost_scale, loaded, use_threads
from ecoopt.formulations.highs.watch import Watch

_LARGEST_WHOLE = 2**31 - 1


@dataclass(frozen=True)
class Order:
    """What one solve is asked to do; see `ecoopt.formulations.highs.solve.solve_model`."""

    start: FloatArray | None = None
    basis: Basis | None = None
    gap: float | None = None
    threads: int = 1
    seed: int = 0
    options: Options = field(default_factory=dict)
    slack: float = 0.0
    schedule_of: Callable[[FloatArray], Schedule] | None = None
    restricted: bool = False


def drive(model: LinearModel, run: Run, order: Order) -> HighsResult:
    """Solve a model and return what was found; infeasible and unbounded are answers, not errors."""
    result = _solved(model, run, order)
    for other in _other_ways(order):
        if not (model.is_mip and doubtful(result)) or run.stop() is not None:
            break
        result = joined(result, _solved(model, run, other))
    return result


def _other_ways(order: Order) -> Iterator[Order]:
    """Yield the order without its start, and that without presolve."""
    if order.start is not None:
        yield replace(order, start=None)
    if "presolve" not in order.options:
        yield replace(order, start=None, options=dict(order.options) | {"presolve": "off"})


def _solved(model: LinearModel, run: Run, order: Order) -> HighsResult:
    """Solve a model once."""
    began = perf_counter()
    if run.sense is not model.sense:
        raise InputError.one("run", "sense", f"is {run.sense}, the model's is {model.sense}",
                             "create the run with the model's sense")
    start = _checked_start(model, order.start)
    solver = loaded(model)
    set_own(solver, {
        "threads": order.threads, "random_seed": _folded(order.seed), "mip_min_logging_interval": 0.5,
        "mip_abs_gap": order.slack * cost_scale(model),
        "parallel": "off" if order.threads == 1 else "choose",
        "mip_rel_gap": float((run.budget.gap or 0.0) if order.gap is None else order.gap)})
    set_options(solver, order.options)
    if order.basis is not None:
        _pass_basis(model, solver, order.basis)
    watch = Watch(model, run, order.schedule_of, start, order.restricted)
    if run.stop() is not None or model.columns == 0:
        return read_unsolved(model, solver, watch, perf_counter() - began)
    set_own(solver, _limits(model, run, order.restricted))
    use_threads(order.threads)
    watch.attach(solver)
    if start is not None and model.is_mip:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    failed = solver.run() == highspy.HighsStatus.kError
    watch.reraise()
    end = solver.getModelStatus().name
    if end == "kUnboundedOrInfeasible":
        end = _unbounded_or_infeasible(model, run, order.threads)
    elif failed and end not in ("kInfeasible", "kUnbounded"):
        end = "kSolveError"
    return read(model, solver, watch, end, perf_counter() - began)


def _folded(seed: int) -> int:
    """Return a seed that HiGHS takes, its own where that is possible."""
    return seed % (_LARGEST_WHOLE + 1) if seed > 0 else seed


def _limits(model: LinearModel, run: Run, restricted: bool) -> Options:
    """Return what is left of the run's budget as options of HiGHS."""
    limits: Options = {"time_limit": run.seconds_left}
    if math.isfinite(run.iterations_left) and not restricted:
        name = "mip_max_nodes" if model.is_mip else "simplex_iteration_limit"
        limits[name] = min(int(run.iterations_left), _LARGEST_WHOLE)
    return limits


def _checked_start(model: LinearModel, start: FloatArray | None) -> FloatArray | None:
    """Return a complete start with whole columns whole, or refuse it."""
    if start is None:
        return None
    start = np.asarray(start, dtype=np.float64)
    if start.shape != (model.columns,):
        raise InputError.one("start", "", f"has shape {start.shape}, expected ({model.columns},)",
                             "give a value for every column; partial starts spoil HiGHS's bounds")
    if not np.isfinite(start).all():
        column = model.column_name(int(np.argmin(np.isfinite(start))))
        raise InputError.one("start", column, "is not finite", "give a number for every column")
    return model.rounded(start)


def _pass_basis(model: LinearModel, solver: highspy.Highs, basis: Basis) -> None:
    """Start an LP from a basis of a model of the same shape."""
    if basis.columns.size != model.columns or basis.rows.size != model.rows:
        raise InputError.one("basis", "", f"has {basis.rows.size} rows and {basis.columns.size} columns, the model "
                             f"{model.rows} and {model.columns}", "use the basis of a model of the same shape")
    solver.setBasis(basis.highs())


def _unbounded_or_infeasible(model: LinearModel, run: Run, threads: int) -> str:
    """Tell the two apart: without an objective, a feasible model is optimal at once."""
    solver = loaded(model.replaced(cost=np.zeros(model.columns)))
    set_own(solver, {"threads": threads, "time_limit": run.seconds_left})
    solver.run()
    return {"kOptimal": "kUnbounded", "kInfeasible": "kInfeasible"}.get(solver.getModelStatus().name, "kUnknown")
