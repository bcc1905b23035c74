"""The integer program solved: cuts in rounds at the root, then HiGHS on the whole program."""

import numpy as np

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.expressions import StoppedError
from ecoopt.formulations.graph_partition.completion import value_of
from ecoopt.formulations.graph_partition.pair_cuts import Cut, broken_cuts
from ecoopt.formulations.graph_partition.partition_model import PartitionModel, has_pairs, partition_model
from ecoopt.formulations.graph_partition.value_bounds import rounded_objective
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

MOST_NONZEROS = 1_000_000
_BUILD_S = 5e-6
"""Seconds that an entry of the program takes until HiGHS has it."""

_CUTS_PER_ENTITY = 10
_GAINED = 1e-3
_BAD = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def solve_program(
    instance: GraphPartitionInstance, run: Run, seed: int, threads: int, cut_rounds: int,
) -> Outcome:
    """Solve the integer program from the run's best schedule, if it has one; it stops while it is built, too.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    cut_rounds : int
        Most rounds of cuts.
    """
    if (size := nonzeros(instance)) > MOST_NONZEROS:
        return run.outcome(reason=f"the program would have {size:,} entries, {MOST_NONZEROS:,} is the limit")
    if (needed_s := size * _BUILD_S) > run.seconds_left:
        return run.outcome(reason=f"the program takes about {needed_s:.2g} s to build, more than the limit leaves")
    try:
        return _solved(instance, run, seed, threads, cut_rounds)
    except StoppedError:
        return run.outcome()


def nonzeros(instance: GraphPartitionInstance) -> int:
    """Return about how many entries the program's matrix has; those of pairs are few."""
    halo, selective = instance.replication == "halo", instance.replication == "selective"
    each = instance.edges * (7 if halo else 5) + instance.entities * (6 if halo else 3)
    if selective:
        each += 5 * instance.links + 3 * instance.concepts
    return instance.epochs * instance.devices * each


def _solved(instance: GraphPartitionInstance, run: Run, seed: int, threads: int, cut_rounds: int) -> Outcome:
    """Add cuts, and let HiGHS branch."""
    cuts = _cuts(instance, run, cut_rounds)
    if run.gap <= CLOSED or run.stop() is not None:
        return run.outcome(cuts=len(cuts))
    model = partition_model(instance, cuts, run)
    known = run.schedule()
    begin = model.start(known) if isinstance(known, GraphPartitionSchedule) else None
    found = solve_model(model.linear, run, start=begin, seed=seed, threads=threads, on_incumbent=model.schedule)
    _settle(instance, run)
    bad = found.status if found.status in _BAD and run.objective is None else None
    return run.outcome(None if run.gap <= CLOSED else found.termination, bad, **found.details())


def _cuts(instance: GraphPartitionInstance, run: Run, rounds: int) -> list[Cut]:
    """Return the cuts that the relaxation breaks, found in rounds until they gain little."""
    cuts: list[Cut] = []
    if not has_pairs(instance):
        return cuts
    before = np.inf
    for _ in range(rounds):
        if run.stop() is not None:
            break
        model: PartitionModel = partition_model(instance, cuts, run)
        found = solve_lp(model.linear, run.part(), options={"solver": "ipm"})
        if found.x is None or found.objective is None:
            break
        _settle(instance, run)
        if run.gap <= CLOSED or before - found.objective < _GAINED * abs(found.objective):
            break
        before = found.objective
        known = set(cuts)
        new = [cut for cut in broken_cuts(model.point(found.x), instance.devices, _CUTS_PER_ENTITY * instance.entities)
               if cut not in known]
        if not new:
            break
        cuts += new
    return cuts


def _settle(instance: GraphPartitionInstance, run: Run) -> None:
    """Say what the best schedule is worth as it is written, and round the bound down to what an objective can be."""
    if run.bound is not None:
        run.bound = rounded_objective(instance, run.bound)
    known = run.schedule()
    if isinstance(known, GraphPartitionSchedule):
        run.objective = value_of(instance, known)
        under = 0.0 if run.bound is None else run.objective - run.bound
        if 0 < under <= 1e-6 * max(abs(run.objective), 1.0):
            run.bound = run.objective
