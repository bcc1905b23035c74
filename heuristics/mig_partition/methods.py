"""The fast methods: on counts where every GPU is as good as empty and its rows are known, on hosts elsewhere."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.mig_partition.annealed import anneal_counts, anneal_hosts
from ecoopt.heuristics.mig_partition.counted import Counted, fill_greedily, improve_counts, swarm_counts
from ecoopt.heuristics.mig_partition.hosted import fill_hosts, improve_hosts, offer_start, swarm_hosts
from ecoopt.heuristics.mig_partition.hosts import Hosts
from ecoopt.heuristics.mig_partition.prices import Market, search_rents
from ecoopt.heuristics.mig_partition.room import counts_of_schedule, room_of
from ecoopt.instances.mig_partition import (
    MigPartitionInstance,
    MigPartitionSchedule,
    job_classes,
    residency,
    slot_of_job,
)

RENT_ROUNDS = 2000

Start: TypeAlias = MigPartitionSchedule | None
Reheats: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]
Patience: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]


def greedy(instance: MigPartitionInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Put every job on its smallest slot, then upgrade by falling gain per size, at five weightings of the rows.

    With residents that matter, or GPUs whose rows are not known: residents stay, other jobs go, those that need most
    slices first, where each gains most. A weighting, or all of the latter, is an iteration. Ignores `seed`.
    """
    offer_start(instance, run, start)
    room = room_of(instance)
    if room is None:
        fill_hosts(Hosts(instance), run)
    else:
        fill_greedily(Counted(instance, room, run))
    return run.outcome()


def local_search(instance: MigPartitionInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Improve the greedy or the start to a local optimum.

    On counts: shortest paths and negative cycles of jobs that change slots, and up to three changes of instances at
    once. With residents that matter, or GPUs whose rows are not known: moves and swaps between hosts, each host cut
    anew in the best way, and residents let go where that gains.
    """
    offer_start(instance, run, start)
    room = room_of(instance)
    if room is None:
        hosts = Hosts(instance)
        if start is None or not hosts.adopt(start):
            hosts = Hosts(instance)
            fill_hosts(hosts, run)
        improve_hosts(hosts, run, np.random.default_rng(seed))
        return run.outcome(run.stop() or Termination.STALLED)
    filling = Counted(instance, room, run)
    if start is None:
        fill_greedily(filling, polish=len(instance.blocks) > 1)
    else:
        filling.hold(counts_of_schedule(room, slot_of_job(instance, room.classes.slots, start)))
    improve_counts(filling)
    return run.outcome(run.stop() or Termination.STALLED)


def annealing(instance: MigPartitionInstance, run: Run, *, seed: int, start: Start, reheats: Reheats = 1) -> Outcome:
    """Anneal from the greedy or the start: one or two jobs change slots, on hosts hosts and places with each other.

    Parameters
    ----------
    reheats : int
        How often a frozen search is reheated before it ends.
    """
    offer_start(instance, run, start)
    rng, room = np.random.default_rng(seed), room_of(instance)
    if room is None:
        hosts = Hosts(instance)
        if start is None or not hosts.adopt(start):
            hosts = Hosts(instance)
            fill_hosts(hosts, run)
        ended = anneal_hosts(hosts, run, rng, reheats)
    else:
        filling = Counted(instance, room, run)
        if start is None:
            fill_greedily(filling)
        else:
            filling.hold(counts_of_schedule(room, slot_of_job(instance, room.classes.slots, start)))
        ended = anneal_counts(filling, rng, reheats)
    return run.outcome(run.stop() or ended)


def lagrangian(instance: MigPartitionInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Prove a bound by rents for slots, under which jobs and GPUs decide one by one.

    It is that of the integer program's relaxation or better, at any size. A round is an iteration. There is none for
    ``max_min``. Ignores `seed`.
    """
    offer_start(instance, run, start)
    if run.stop() is not None or instance.objective == "max_min":
        return run.outcome()
    classes = job_classes(instance)
    out = np.full((len(classes.value), 1), -np.inf if instance.place_all else 0.0)
    market = Market(instance, classes, residency(instance), np.append(classes.value, out, axis=1), 1.0, False)
    letting = search_rents(market, run, RENT_ROUNDS)
    run.prove(letting.bound)
    return run.outcome()


def pso(
    instance: MigPartitionInstance, run: Run, *, seed: int, start: Start, patience: Patience = 30,
) -> Outcome:
    """Search by an extended particle swarm.

    On counts: the weights of the rows, decoded by the greedy's upgrades. With residents that matter, or GPUs whose rows
    are not known: the order in which classes of jobs are put on hosts.

    Parameters
    ----------
    patience : int
        Iterations in a row without gain that end the search.
    """
    offer_start(instance, run, start)
    rng, room = np.random.default_rng(seed), room_of(instance)
    if room is None:
        swarm_hosts(Hosts(instance), run, rng, patience)
    else:
        swarm_counts(Counted(instance, room, run), rng, patience)
    return run.outcome(run.stop() or Termination.STALLED)

