"""Worth: the objective of a schedule as solvers count it, from classes and residents."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_partition.classes import JobClasses
from ecoopt.instances.mig_partition.decode import slot_of_job
from ecoopt.instances.mig_partition.schedule import MigPartitionSchedule
from ecoopt.instances.mig_partition.schema import MigPartitionInstance


def schedule_worth(instance: MigPartitionInstance, classes: JobClasses, schedule: MigPartitionSchedule) -> float:
    """Return the objective of a feasible schedule."""
    return gained(instance, classes, slot_of_job(instance, classes.slots, schedule)) - disturbance_cost(
        instance, schedule)


def gained(instance: MigPartitionInstance, classes: JobClasses, slot: IntArray) -> float:
    """Return the objective before the costs of disturbance, given each job's slot, -1 for one left out."""
    values: FloatArray = np.where(slot < 0, 0.0, classes.value[classes.of_job, slot])
    return float(values.min() if instance.objective == "max_min" else values.sum())


def disturbance_cost(instance: MigPartitionInstance, schedule: MigPartitionSchedule) -> float:
    """Return what a schedule costs by moving residents and by cutting GPUs anew around others."""
    running = instance.running
    if running is None:
        return 0.0
    job = running.job
    moved = ((schedule.gpu[job] != running.gpu) | (schedule.profile[job] != running.profile)
             | (schedule.start[job] != running.start))
    most = 1 + int(max(schedule.profile.max(), schedule.start.max(), running.profile.max(initial=0),
                       running.start.max(initial=0)))
    runs = schedule.gpu >= 0
    after = (schedule.gpu[runs] * most + schedule.profile[runs]) * most + schedule.start[runs]
    before = (running.gpu * most + running.profile) * most + running.start
    anew = np.unique(schedule.gpu[runs][~np.isin(after, before)])
    reset = ~moved & np.isin(running.gpu, anew)
    return float(running.migration_cost[moved].sum() + running.reset_cost[reset].sum())
