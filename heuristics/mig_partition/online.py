"""Methods that take jobs one by one, in order of their numbers: MISO's rule, and the host that gains most."""

from typing import Literal

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_partition.host_kernels import insert_all, insert_by_load
from ecoopt.heuristics.mig_partition.hosted import offer, offer_start
from ecoopt.heuristics.mig_partition.hosts import Hosts
from ecoopt.instances.mig_partition import JobClasses, MigPartitionInstance, MigPartitionSchedule, job_classes


def miso(
    instance: MigPartitionInstance, run: Run, *, seed: int, start: MigPartitionSchedule | None,
    objective: Literal["slowdown", "stp"] = "slowdown", exactly: bool = True,
) -> Outcome:
    """Put each job on the GPU with the fewest jobs that can take it, then cut each GPU in the best way for its jobs.

    MISO's controller (SoCC'22, ``exp_miso.py`` and ``utils.py``) at one moment, with true speeds. Residents that matter
    stay, and their GPUs take what fits beside them. The first job that no GPU can take keeps all later ones waiting;
    where every job must run, jobs go once more, those that need most slices first, if that is what it takes. All of it
    is an iteration. Ignores `seed`.

    Parameters
    ----------
    objective : {"slowdown", "stp"}
        What a GPU is cut by: the mean slowdown, as the released code, or the sum of speeds, as the paper.
    exactly : bool
        Whether a GPU without residents is cut into exactly as many instances as it has jobs, as the released code.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    value = _published_values(instance, job_classes(instance), objective)
    hosts = Hosts(instance, value=value, exact=exactly)
    insert_by_load(hosts.scene, np.flatnonzero(hosts.scene.host == -1), True)
    if instance.place_all and not hosts.complete():
        hosts = Hosts(instance, value=value, exact=exactly)
        insert_by_load(hosts.scene, hosts.waiting(), False)
    run.tick(1, 1)
    offer(hosts, run)
    return run.outcome()


def best_fit(instance: MigPartitionInstance, run: Run, *, seed: int, start: MigPartitionSchedule | None) -> Outcome:
    """Put each job on the GPU that gains most by it, cut anew in the best way for its jobs.

    Where every job must run and some found no GPU, jobs go once more, those that need most slices first. All of it is
    an iteration. Ignores `seed`.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    hosts = Hosts(instance)
    insert_all(hosts.scene, np.flatnonzero(hosts.scene.host == -1))
    if instance.place_all and not hosts.complete():
        hosts = Hosts(instance)
        insert_all(hosts.scene, hosts.waiting())
    run.tick(1, 1)
    offer(hosts, run)
    return run.outcome()


def _published_values(instance: MigPartitionInstance, classes: JobClasses, objective: str) -> FloatArray:
    """Return what a job is worth to MISO on each slot, float array [C, S + 1]."""
    job = np.unique(classes.of_job, return_index=True)[1]
    speed = np.concatenate([block.speed[instance.job_type[job]] for block in instance.blocks], axis=1)
    speed = np.where(classes.allowed, speed, 1.0)
    value = speed if objective == "stp" else -1.0 / speed
    return np.append(np.where(classes.allowed, value, -np.inf), np.zeros((len(value), 1)), axis=1)

