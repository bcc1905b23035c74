"""The linear relaxation by HiGHS, and bounds rounded up where every schedule's objective is whole."""

import math
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import HighsResult, LinearModel, solve_lp
from ecoopt.formulations.kv_admission.program import program_of
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.objective import objective_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_ROUNDING = 1e-6


def lp(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the linear relaxation of the program.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    if start is not None:
        run.offer(objective_of(instance, start), start)
    if run.stop() is not None:
        return run.outcome()
    found = relaxed(instance, program_of(instance).linear, run, seed=seed, threads=threads)
    if found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, **found.details())
    return run.outcome(None if found.termination is Termination.PROOF else found.termination, **found.details())


def relaxed(instance: KvAdmissionInstance, linear: LinearModel, run: Run, *, seed: int, threads: int) -> HighsResult:
    """Solve the relaxation of a program within a run's seconds; the run is told the bound."""
    found = solve_lp(linear, run.part(), seed=seed, threads=threads)
    if found.bound is not None:
        run.prove(rounded_up(instance, found.bound))
    return found


def whole(instance: KvAdmissionInstance) -> bool:
    """Return whether the objective of every schedule is a whole number."""
    prices = [instance.weight] + ([] if instance.refusal_price is None else [instance.refusal_price])
    return instance.energy is None and all((part == np.floor(part)).all() for part in prices)


def rounded_up(instance: KvAdmissionInstance, bound: float) -> float:
    """Return a bound, the next whole number where every objective is one."""
    return float(math.ceil(bound - _ROUNDING * max(abs(bound), 1.0))) if whole(instance) else bound
