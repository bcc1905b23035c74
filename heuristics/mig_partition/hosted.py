"""Greedy, local search and swarm on hosts, for residents that matter and GPUs whose rows are not known."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import SearchSpace, minimise
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.mig_partition.host_kernels import GAIN, best_host, exchange, insert_all, put_in, take_out, worth
from ecoopt.heuristics.mig_partition.hosts import Hosts
from ecoopt.heuristics.mig_partition.prices import Market, search_rents
from ecoopt.instances.mig_partition import (
    MigPartitionInstance,
    MigPartitionSchedule,
    job_classes,
    schedule_worth,
)

CHUNK, OTHERS, ROUNDS = 256, 12, 300
"""Jobs looked at between two looks at the budget, hosts looked at for each, and rounds of the search for rents."""


def offer(hosts: Hosts, run: Run) -> float | None:
    """Offer what the hosts hold to the run, unless jobs are left out that must run; return its objective."""
    if not hosts.complete():
        return None
    schedule = hosts.schedule()
    objective = hosts.worth(schedule)
    run.offer(objective, schedule)
    return objective


def offer_start(instance: MigPartitionInstance, run: Run, start: MigPartitionSchedule | None) -> None:
    """Offer the start to the run."""
    if start is not None:
        run.offer(schedule_worth(instance, job_classes(instance), start), start)


def fill_hosts(hosts: Hosts, run: Run) -> None:
    """Let residents go that rents say should, and put jobs one after another where each gains most.

    Jobs that need most slices come first where all must run, else those worth most beyond their rents. A round of the
    search for rents is an iteration, and so is the filling.
    """
    if run.stop() is not None:
        return
    value = hosts.scene.value[:, hosts.used_columns]
    market = Market(hosts.instance, hosts.classes, hosts.residency, value, hosts.scale, True)
    # One iteration and evaluation is kept for the filling, which is done in any case.
    letting = search_rents(market, run, int(min(ROUNDS, run.iterations_left - 1, run.evaluations_left - 1)))
    for r in np.flatnonzero(hosts.stays & ~letting.stays & (hosts.residency.pin == 0)).tolist():
        hosts.set_stay(r, False)
    jobs = hosts.waiting()
    if not hosts.instance.place_all:
        jobs = jobs[np.argsort(-letting.best[hosts.scene.of_job[jobs]], kind="stable")]
    insert_all(hosts.scene, jobs)
    run.tick(1, 1)
    offer(hosts, run)


def improve_hosts(hosts: Hosts, run: Run, rng: np.random.Generator, patience: int = 2) -> None:
    """Move and swap jobs between hosts, and let residents go where that gains, until rounds in a row gain nothing.

    A job looked at is an iteration. A round looks at all jobs in random order, each with `OTHERS` random hosts, and
    then at all residents.
    """
    gpus, idle = hosts.instance.gpus, 0
    while idle < patience and run.stop() is None:
        gained = 0
        order = rng.permutation(np.flatnonzero(hosts.scene.host > -2))
        at = 0
        while at < len(order) and run.stop() is None:
            jobs = order[at:at + int(min(CHUNK, run.iterations_left))]
            others = rng.integers(0, gpus, (len(jobs), min(OTHERS, gpus)))
            made, evaluated = exchange(hosts.scene, jobs, others)
            run.tick(len(jobs), min(evaluated, int(min(run.evaluations_left, 2**62))))
            at, gained = at + len(jobs), gained + made
        if run.stop() is None:
            gained += _release(hosts, run)
        offer(hosts, run)
        idle = 0 if gained else idle + 1


def _release(hosts: Hosts, run: Run) -> int:
    """Let every free resident go whose best place elsewhere gains more than its migration costs; return how many."""
    here, made = hosts.residency, 0
    for r in np.flatnonzero(hosts.stays & (here.pin == 0)).tolist():
        if run.stop() is not None:
            break
        job, gpu = int(here.job[r]), int(here.gpu[r])
        scene = hosts.scene
        c, out = scene.of_job[job], scene.value.shape[1] - 1
        stay = scene.value[c, here.slot[r]] + worth(scene, gpu, -1, -1)
        hosts.set_stay(r, False)
        scene = hosts.scene
        there, gain = best_host(scene, job)
        gone = worth(scene, gpu, -1, -1) + max(gain, scene.value[c, out]) - here.migration_cost[r] * hosts.scale
        run.tick(1, 0)
        if gone > stay + GAIN:
            if there >= 0 and gain > scene.value[c, out]:
                put_in(scene, job, there)
            made += 1
        else:
            hosts.set_stay(r, True)
    return made


def swarm_hosts(hosts: Hosts, run: Run, rng: np.random.Generator, patience: int | None) -> None:
    """Search the order of classes in which jobs are put on hosts by a swarm."""
    order = np.argsort(np.argsort(hosts.least_slices()))
    space = SearchSpace(np.zeros(len(order)), np.ones(len(order)))

    def fill_each(positions: FloatArray) -> FloatArray:
        values = np.empty(len(positions))
        for k, position in enumerate(positions):
            clear(hosts)
            jobs = np.flatnonzero(hosts.scene.host == -1)
            insert_all(hosts.scene, jobs[np.argsort(-position[hosts.scene.of_job[jobs]], kind="stable")])
            values[k] = -total(hosts)
            offer(hosts, run)
        return values

    minimise(fill_each, space, rng=rng, settings=PsoSettings.constricted(), run=run,
             start=(order + 1.0) / (len(order) + 1.0), patience=patience)


def clear(hosts: Hosts) -> None:
    """Take all jobs off the hosts, residents that stay excepted."""
    for job in np.flatnonzero(hosts.scene.host >= 0).tolist():
        take_out(hosts.scene, job)


def total(hosts: Hosts) -> float:
    """Return the value of the search of what the hosts hold."""
    scene = hosts.scene
    out: IntArray = np.flatnonzero(scene.host == -1)
    left = float(scene.value[scene.of_job[out], -1].sum())
    return left + sum(worth(scene, g, -1, -1) for g in range(len(scene.load)))

