"""The least speed: which of the finitely many speeds all jobs can have at once, found by asking for one after another.

Asking for a speed takes slots away from classes and leaves an integer program of feasibility, or of least disturbance
where residents cost something. Without them the answers are monotone and bisection finds the largest; with them a lower
speed may disturb less, so speeds are tried downwards from there until the speed alone is no better than what is known.
"""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import HighsResult, solve_lp, solve_model
from ecoopt.formulations.mig_partition.snapshot_model import snapshot_model
from ecoopt.formulations.mig_partition.solutions import schedule_of
from ecoopt.instances.mig_partition import JobClasses, MigPartitionInstance, schedule_worth


def maximise_least_speed(
    instance: MigPartitionInstance, classes: JobClasses, run: Run, *, seed: int, threads: int, patterns: bool
) -> Outcome:
    """Maximise the least speed less the cost of disturbance; the classes' values are speeds."""
    speeds = _speeds(classes)
    solves = 0

    def ask(speed: float) -> HighsResult:
        nonlocal solves
        solves += 1
        model = snapshot_model(instance, _at_least(classes, speed), patterns=patterns)
        part = run.part(iterations=None if np.isinf(run.iterations_left) else int(run.iterations_left))
        found = solve_model(model.linear, part, threads=threads, seed=seed, restricted=True)
        run.tick(found.nodes)
        if found.x is not None:
            schedule = schedule_of(model, found.x)
            run.offer(schedule_worth(instance, classes, schedule), schedule)
        return found

    low, high = -1, len(speeds)
    while high - low > 1:
        middle = (low + high) // 2
        found = ask(float(speeds[middle]))
        if found.status is Status.INFEASIBLE:
            high = middle
            if high:
                run.prove(float(speeds[high - 1]))
        elif found.x is not None:
            low = middle
        else:
            return run.outcome(run.stop() or found.termination, solves=solves)
        if run.stop() is not None and high - low > 1:
            return run.outcome(solves=solves)
    if low < 0:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, solves=solves)
    run.prove(float(speeds[low]))
    for speed in speeds[low::-1].tolist():
        if run.objective is not None and run.objective >= speed:
            break
        found = ask(speed)
        if found.status is not Status.OPTIMAL:
            return run.outcome(run.stop() or found.termination, solves=solves)
        lower = speeds[speeds < speed]
        assert run.objective is not None
        run.prove(max(run.objective, float(lower.max(initial=-np.inf))))
    return run.outcome(solves=solves)


def least_speed_bound(instance: MigPartitionInstance, classes: JobClasses, run: Run, *, seed: int) -> Outcome:
    """Prove the largest speed at which the relaxation has a solution."""
    speeds = _speeds(classes)
    low, high = -1, len(speeds)
    while high - low > 1:
        middle = (low + high) // 2
        found = solve_lp(snapshot_model(instance, _at_least(classes, float(speeds[middle]))).linear, seed=seed)
        run.tick(min(found.simplex_iterations, int(min(run.iterations_left, 2**31))))
        if found.status is Status.INFEASIBLE:
            high = middle
            if high:
                run.prove(float(speeds[high - 1]))
        else:
            low = middle
        if run.stop() is not None and high - low > 1:
            return run.outcome()
    if low < 0:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    run.prove(float(speeds[low]))
    return run.outcome()


def _speeds(classes: JobClasses) -> FloatArray:
    """Return the speeds there are, ascending."""
    return np.unique(classes.value[classes.allowed])


def _at_least(classes: JobClasses, speed: float) -> JobClasses:
    """Return the classes with slots below a speed taken away, all others worth nothing."""
    return classes._replace(value=np.where(classes.value >= speed, 0.0, -np.inf))


