"""The method ``milp``: cuts in rounds at the root, then HiGHS on the whole program."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.graph_partition.completion import complete, value_of
from ecoopt.formulations.graph_partition.pair_cuts import Cut, broken_cuts
from ecoopt.formulations.graph_partition.partition_model import PartitionModel, has_pairs, partition_model
from ecoopt.formulations.graph_partition.rounding import Rounding
from ecoopt.formulations.graph_partition.value_bounds import objective_bound, rounded_objective
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
Rounds: TypeAlias = Annotated[int, Field(ge=0, le=1000)]

_MOST_COLUMNS = 200_000
_MOST_ROUNDED = 600
_TRIES = 8
_CUTS_PER_ENTITY = 10
_GAINED = 1e-3
_BAD = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def milp(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    threads: Threads = 1, cut_rounds: Rounds = 12,
) -> Outcome:
    """Solve the integer program. Iterations are nodes.

    Where the homes of one epoch decide all and entities are at most 63, every pair of entities has a variable, and
    triangles, stars and cliques that the linear relaxation breaks are added in rounds before HiGHS begins to branch.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    cut_rounds : int
        Most rounds of cuts.
    """
    if start is not None:
        run.offer(value_of(instance, start), start)
    run.prove(objective_bound(instance, instance.total_weight))
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    if (size := _columns(instance)) > _MOST_COLUMNS:
        return run.outcome(reason=f"the program would have {size:,} columns, {_MOST_COLUMNS:,} is the limit")
    known = _first(instance, run, seed)
    cuts = _cuts(instance, run, cut_rounds)
    if run.gap <= CLOSED:
        return run.outcome(cuts=len(cuts))
    model = partition_model(instance, cuts)
    begin: FloatArray | None = None if known is None else model.start(known)
    found = solve_model(model.linear, run, start=begin, seed=seed, threads=threads, on_incumbent=model.schedule)
    _settle(instance, run)
    bad = found.status if found.status in _BAD and run.objective is None else None
    return run.outcome(None if run.gap <= CLOSED else found.termination, bad, **found.details())


def _columns(instance: GraphPartitionInstance) -> int:
    """Return about how many columns the program has."""
    each = instance.entities + instance.edges
    if instance.replication == "halo":
        each += instance.entities
    if instance.replication == "selective":
        each += instance.concepts + instance.links
    return instance.epochs * instance.devices * each


def _first(instance: GraphPartitionInstance, run: Run, seed: int) -> GraphPartitionSchedule | None:
    """Return the schedule to begin with: the run's best, or a rounded one."""
    known = run.schedule()
    if known is None and instance.entities <= _MOST_ROUNDED:
        rounding, rng = Rounding(instance), np.random.default_rng(seed)
        flat = np.full((instance.entities, instance.entities), 1 / instance.devices)
        flat[instance.edge_u, instance.edge_v] = flat[instance.edge_v, instance.edge_u] = 1.0
        for _ in range(_TRIES):
            home = rounding.homes(flat, rng)
            schedule = None if home is None else complete(instance, rounding.mended(home))
            if schedule is not None:
                run.offer(value_of(instance, schedule), schedule)
        known = run.schedule()
    return known if isinstance(known, GraphPartitionSchedule) else None


def _cuts(instance: GraphPartitionInstance, run: Run, rounds: int) -> list[Cut]:
    """Return the cuts that the relaxation breaks, found in rounds until they gain little."""
    cuts: list[Cut] = []
    if not has_pairs(instance):
        return cuts
    before = np.inf
    for _ in range(rounds):
        if run.stop() is not None:
            break
        model: PartitionModel = partition_model(instance, cuts)
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
