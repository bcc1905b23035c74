"""The exact methods of pools by HiGHS: rows of the frontier added round by round, and routing written out."""

from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import HighsResult, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.pool.count_model import count_model
from ecoopt.formulations.pool.cutting import WHOLE_SLACK, cut_off, frontiers_of, relax
from ecoopt.formulations.pool.frontier import Frontier
from ecoopt.formulations.pool.trial_choice import best_trial
from ecoopt.instances.pool import PoolInstance, PoolSchedule
from ecoopt.instances.pool.terms import Terms, terms_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]

_SHORT_WORK: Options = {"mip_feasibility_tolerance": 1e-9}
"""A query that takes microseconds of a machine's second is lost in HiGHS's usual 1e-6."""

_BAD = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def benders(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the program on counts, add the rows its solution breaks, and solve again until it breaks none.

    A round is an iteration. Every round's bound holds, and its machines with their best routing are offered. Where an
    instance has trials, the best of them is taken.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    if instance.trials is not None:
        return best_trial(instance, run, start)
    terms = terms_of(instance)
    terms.offer_schedule(run, start)
    frontiers = frontiers_of(terms)
    _, found = prove_relaxed(terms, frontiers, run, seed)
    if found.status in _BAD or run.stop() is not None:
        return run.outcome(None, found.status if found.status in _BAD else None)
    return by_rounds(terms, frontiers, run, None, seed, threads)


def by_rounds(
    terms: Terms, frontiers: list[Frontier], run: Run, known: IntArray | None, seed: int, threads: int
) -> Outcome:
    """Solve the program on counts round by round and close the run.

    Parameters
    ----------
    terms : Terms
        The pool.
    frontiers : list of Frontier [M]
        Rows known; new ones are added.
    run : Run
        Told of bounds and machines.
    known : int array [T, M, K], optional
        Machines to start from.
    seed, threads : int
        Of HiGHS.
    """
    while True:
        model = count_model(terms, frontiers)
        start = None if known is None else model.point(terms, known)
        found = solve_model(model.linear, run, start=start, threads=threads, seed=seed)
        run.tick()
        if found.x is None:
            break
        count = model.counts(found.x)
        better = terms.offer(run, count)
        known = count if better or known is None else known
        if not cut_off(terms, frontiers, model, found.x, WHOLE_SLACK) or run.stop() is not None:
            break
    terms.settle(run)
    figures = _figures(model.linear.columns, model.linear.rows, frontiers)
    bad = found.status if found.status in _BAD and run.objective is None else None
    return run.outcome(None if run.gap <= 1e-9 else run.stop() or found.termination, bad, **figures)


def fluid(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the program with a column for every bin and type of every model and period by HiGHS alone.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    if instance.trials is not None:
        return best_trial(instance, run, start)
    from ecoopt.formulations.pool.routing_model import routing_model

    terms = terms_of(instance)
    terms.offer_schedule(run, start)
    model = routing_model(terms)
    found = solve_model(model.handed_over, run, threads=threads, seed=seed, options=_SHORT_WORK,
                        on_incumbent=lambda x: terms.schedule(model.counts(x)))
    if found.x is not None:
        terms.offer(run, model.counts(found.x))
        terms.settle(run)
    bad = found.status if found.status in _BAD and run.objective is None else None
    return run.outcome(None if run.gap <= 1e-9 else found.termination, bad, **found.details())


def lp(instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None) -> Outcome:
    """Solve the linear relaxation of the program on counts, rows added until it keeps them all."""
    if instance.trials is not None:
        return best_trial(instance, run, start)
    terms = terms_of(instance)
    terms.offer_schedule(run, start)
    frontiers = frontiers_of(terms)
    _, found = prove_relaxed(terms, frontiers, run, seed)
    terms.settle(run)
    return run.outcome(None, found.status if found.status in _BAD else None)


def prove_relaxed(terms: Terms, frontiers: list[Frontier], run: Run, seed: int) -> tuple[Any, HighsResult]:
    """Relax and tell the run the bound; return the relaxation's model and solution."""
    model, found = relax(terms, frontiers, run, seed)
    if found.bound is not None:
        run.prove(found.bound)
    return model, found


def _figures(columns: int, rows: int, frontiers: list[Frontier]) -> dict[str, int]:
    """Return figures of the last program for the record."""
    return {"columns": columns, "rows": rows,
            "rows_added": int(np.sum([len(f.rate_rows) + len(f.power_rows) for f in frontiers]))}
