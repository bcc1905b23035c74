"""The integer program solved: by class, by job, and relaxed; the least speed by a search over thresholds."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.mig_partition.snapshot_model import snapshot_model
from ecoopt.formulations.mig_partition.solutions import schedule_of, solution_of
from ecoopt.formulations.mig_partition.thresholds import least_speed_bound, maximise_least_speed
from ecoopt.instances.mig_partition import (
    JobClasses,
    MigPartitionInstance,
    MigPartitionSchedule,
    job_classes,
    schedule_worth,
)

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_DECIDED = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def milp(
    instance: MigPartitionInstance, run: Run, *, seed: int, start: MigPartitionSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program on counts, jobs in classes.

    For ``max_min``, integer programs that ask whether all jobs can have a speed: bisection over the speeds there are.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    return _solve(instance, job_classes(instance), run, seed, start, threads, False)


def milp_per_job(
    instance: MigPartitionInstance, run: Run, *, seed: int, start: MigPartitionSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program with a binary for each job and slot, and layouts of one GPU as columns.

    Much larger than `milp`, and says in another way which counts fit: a check of it, and what one would write first.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    classes = job_classes(instance)
    single = JobClasses(classes.slots, np.arange(instance.jobs), np.ones(instance.jobs, dtype=np.int64),
                        classes.value[classes.of_job])
    return _solve(instance, single, run, seed, start, threads, True)


def _solve(
    instance: MigPartitionInstance, classes: JobClasses, run: Run, seed: int, start: MigPartitionSchedule | None,
    threads: int, patterns: bool,
) -> Outcome:
    """Solve the snapshot model of some classes."""
    if start is not None:
        run.offer(schedule_worth(instance, classes, start), start)
    if run.stop() is not None:
        return run.outcome()
    if instance.objective == "max_min":
        return maximise_least_speed(instance, classes, run, seed=seed, threads=threads, patterns=patterns)
    model = snapshot_model(instance, classes, patterns=patterns)
    x = None if start is None else solution_of(model, start)
    found = solve_model(model.linear, run, start=x, threads=threads, seed=seed,
                        on_incumbent=lambda x: schedule_of(model, x))
    schedule = run.schedule()
    if isinstance(schedule, MigPartitionSchedule):
        # A resident that the model moves may be put where it was.
        run.offer(schedule_worth(instance, classes, schedule), schedule)
    status = found.status if found.status in _DECIDED else None
    return run.outcome(
        None if run.gap <= 1e-9 else found.termination, status, rows=model.linear.rows, columns=model.linear.columns,
        nonzeros=int(model.linear.matrix.nnz), **found.details())


def lp(instance: MigPartitionInstance, run: Run, *, seed: int, start: MigPartitionSchedule | None) -> Outcome:
    """Solve the linear relaxation of the integer program on counts: a bound, and what it took.

    For ``max_min``, the largest speed that the relaxation allows to all.
    """
    classes = job_classes(instance)
    if start is not None:
        run.offer(schedule_worth(instance, classes, start), start)
    if run.stop() is not None:
        return run.outcome()
    if instance.objective == "max_min":
        return least_speed_bound(instance, classes, run, seed=seed)
    model = snapshot_model(instance, classes)
    found = solve_lp(model.linear, run, seed=seed)
    status = found.status if found.status in _DECIDED else None
    return run.outcome(found.termination, status, simplex_iterations=found.simplex_iterations, rows=model.linear.rows,
                       columns=model.linear.columns, nonzeros=int(model.linear.matrix.nnz))
