"""Solver: a HiGHS object that holds a LinearModel, loaded with one call over arrays."""

import threading

import highspy
import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.status import Sense
from ecoopt.formulations.highs.linear_model import LinearModel
from ecoopt.formulations.highs.silent import SilentHighs
from ecoopt.formulations.highs.versions import refuse_wrong_highspy

refuse_wrong_highspy()
_scheduler = threading.local()


SMALL_COST = 2.0**-10


def cost_scale(model: LinearModel) -> float:
    """Return the power of two by which a model's costs are multiplied for HiGHS, 1 for most models.

    HiGHS takes reduced costs below 1e-7 for zero. Where the median cost is below `SMALL_COST`, that would spoil its
    bounds, so the costs are brought to about 1. What HiGHS says of objectives is divided by this again.
    """
    sizes = np.abs(model.cost[model.cost != 0])
    median = float(np.median(sizes)) if sizes.size else 1.0
    return 1.0 if median >= SMALL_COST else float(2.0 ** np.round(-np.log2(median)))


def loaded(model: LinearModel) -> highspy.Highs:
    """Return a silent HiGHS that holds the model, its costs multiplied by `cost_scale`.

    Raises
    ------
    InputError
        When HiGHS refuses the model, such as for a coefficient of 1e15 and more.
    """
    solver = SilentHighs()  # type: ignore[no-untyped-call]
    matrix, scale = model.matrix, cost_scale(model)
    status = solver.passModel(
        model.columns, model.rows, matrix.nnz, int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize if model.sense is Sense.MIN else highspy.ObjSense.kMaximize),
        model.offset * scale, model.cost * scale, model.lower, model.upper, model.row_lower, model.row_upper,
        matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        np.asarray(model.integer, dtype=np.int32))
    if status == highspy.HighsStatus.kError:
        raise InputError.one("linear model", "", "HiGHS refuses it", "keep coefficients below 1e15 in size")
    return solver


def use_threads(threads: int) -> None:
    """Let HiGHS work with this many threads in the calling thread.

    HiGHS keeps one scheduler per process and thread and refuses another number of threads until it is reset.
    """
    if getattr(_scheduler, "threads", None) != threads:
        highspy.Highs.resetGlobalScheduler(True)
        _scheduler.threads = threads
