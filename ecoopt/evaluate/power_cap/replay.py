"""The replay: hour by hour, what is submitted and waits, what power is drawn and how warm the hall gets."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule


class Replay(NamedTuple):
    """What came out of a replay. K classes, T hours, C caps, P pools.

    Parameters
    ----------
    backlog_gpu_h : float array [K, T]
        Work that waits at the end of each hour, 0 where more was done than there was.
    overdone_gpu_h : float array [K, T]
        Work done that nobody had submitted.
    overworked_gpu_h : float array [K, T, C]
        GPU-hours by which work under a cap exceeds the GPUs under it.
    pool_gpu_h : float array [P, T]
        GPU-hours taken from each pool.
    power_w : float array [T]
        Mean power of all GPUs.
    temperature_c : float array [T], optional
        Of the hall, at the end of each hour.
    changes, rebound_gpu_h : float
        Shares of GPUs that changed caps, and work submitted beyond what users would have without a slowdown.
    """

    backlog_gpu_h: FloatArray
    overdone_gpu_h: FloatArray
    overworked_gpu_h: FloatArray
    pool_gpu_h: FloatArray
    power_w: FloatArray
    temperature_c: FloatArray | None
    changes: float
    rebound_gpu_h: float


def replay(instance: PowerCapInstance, schedule: PowerCapSchedule) -> Replay:
    """Replay a schedule on its instance.

    Raises
    ------
    InputError
        When the schedule has another shape than the instance, or gives a class a cap that it has not.
    """
    if schedule.share.shape != instance.shape:
        raise InputError.one("schedule", "share", f"has shape {list(schedule.share.shape)}, the instance "
                             f"{list(instance.shape)}: classes, hours, caps", "give the schedule of this instance")
    classes, hours, caps = instance.shape
    backlog, overdone = np.zeros((classes, hours)), np.zeros((classes, hours))
    overworked = np.zeros((classes, hours, caps))
    pool_gpu_h, pool_w = np.zeros((len(instance.pools), hours)), np.zeros(hours)
    changes = rebound = 0.0
    for k, entry in enumerate(instance.classes):
        number = len(entry.cap_w)
        share, work = schedule.share[k], schedule.work_gpu_h[k]
        if share[:, number:].any() or work[:, number:].any():
            raise InputError.one("schedule", "share", f"{entry.name} has {number} caps, and the schedule uses more",
                                 "give the schedule of this instance")
        share, work = share[:, :number], work[:, :number]
        slower = np.array([entry.curve.time_at(cap) for cap in entry.cap_w])
        dearer = np.array([entry.curve.energy_at(cap) for cap in entry.cap_w])
        taken = work * slower
        overworked[k, :, :number] = taken - entry.quota_gpus * share
        pool_gpu_h[entry.pool] += taken.sum(axis=1)
        pool_w += entry.curve.uncapped_power_w * (work @ dearer)
        if entry.initial_cap is None:
            felt = np.concatenate([[1.0], share[:-1] @ slower])
            before = share[0]
        else:
            felt = np.concatenate([[slower[entry.initial_cap]], share[:-1] @ slower])
            before = np.eye(number)[entry.initial_cap]
        changes += float(np.maximum(np.diff(np.vstack([before, share]), axis=0), 0.0).sum())
        more = entry.submitted_gpu_h * entry.rebound * (felt - 1.0)
        rebound += float(more.sum())
        waiting = entry.initial_backlog_gpu_h
        for t, (came, done) in enumerate(zip(entry.submitted_gpu_h + more, work.sum(axis=1), strict=True)):
            left = waiting + float(came) - float(done)
            backlog[k, t] = waiting = max(left, 0.0)
            overdone[k, t] = max(-left, 0.0)
    idle = np.array([[float(pool.gpus)] for pool in instance.pools]) - pool_gpu_h
    power_w = pool_w + np.array([pool.idle_power_w for pool in instance.pools]) @ idle
    return Replay(backlog, overdone, overworked, pool_gpu_h, power_w, _temperature(instance, power_w), changes, rebound)


def _temperature(instance: PowerCapInstance, power_w: FloatArray) -> FloatArray | None:
    hall = instance.hall
    if hall is None:
        return None
    gpus, found, last = sum(pool.gpus for pool in instance.pools), np.zeros(instance.hours), hall.start_c
    for t in range(instance.hours):
        equilibrium = float(hall.ambient_c[t]) + hall.rise_c_per_w * float(power_w[t]) / gpus
        last = hall.keep * last + (1 - hall.keep) * equilibrium
        found[t] = last
    return found
