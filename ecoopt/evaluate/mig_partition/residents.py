"""Residents: which of them a schedule moves, which GPUs it cuts anew, and what that costs."""

from math import fsum
from typing import NamedTuple

import numpy as np

from ecoopt.evaluate.mig_partition.places import Places
from ecoopt.instances.mig_partition import MigPartitionInstance, MigPartitionSchedule


class Disturbance(NamedTuple):
    """What becomes of the residents.

    Parameters
    ----------
    cost : float
        What is taken off the objective.
    migrations, gpus_reset : int
        Residents that change place or are left out; GPUs with residents that are cut anew.
    """

    cost: float
    migrations: int
    gpus_reset: int


def disturbance(instance: MigPartitionInstance, schedule: MigPartitionSchedule, where: Places) -> Disturbance:
    """Return what a schedule does to the residents.

    A resident migrates when its GPU, profile or start changes. A GPU is cut anew when some job runs on an instance of
    it that no resident had; then every resident that stays in its place pays its reset.
    """
    running = instance.running
    if running is None:
        return Disturbance(0.0, 0, 0)
    job = running.job
    stays = ((where.block[job] >= 0) & (schedule.gpu[job] == running.gpu) & (schedule.profile[job] == running.profile)
             & (schedule.start[job] == running.start))
    before = set(zip(running.gpu.tolist(), running.profile.tolist(), running.start.tolist(), strict=True))
    occupied = set(running.gpu.tolist())
    runs = where.block >= 0
    after = zip(schedule.gpu[runs].tolist(), schedule.profile[runs].tolist(), schedule.start[runs].tolist(),
                strict=True)
    anew = {place[0] for place in after if place not in before and place[0] in occupied}
    resets = stays & np.isin(running.gpu, sorted(anew))
    cost = fsum([*running.migration_cost[~stays], *running.reset_cost[resets]])
    return Disturbance(cost, int((~stays).sum()), len(anew))
