"""Tables: what solvers need of a power-cap instance, worked out once as plain arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.power_cap.schedule import PowerCapSchedule
from ecoopt.instances.power_cap.schema import PowerCapInstance


@dataclass(frozen=True, eq=False)
class CapTables:
    """Numbers of an instance. K classes, T hours, C caps of the class that has most, P pools.

    Parameters
    ----------
    instance : PowerCapInstance
        Where they come from.
    open : bool array [K, C]
        Which caps there are.
    time_ratio, factor : float array [K, C]
        sigma; and ``1 + rho (sigma - 1)``, by which users multiply the work of the hour after.
    extra_w : float array [K, C]
        Watts above idle that a GPU-hour of work per hour takes, ``P0 eps - sigma * idle``.
    submitted, first : float array [K, T], [K]
        Base work in GPU-hours; and the factor of the first hour.
    initial : int array [K]
        Cap in force before the first hour, -1 where there is none.
    quota, initial_backlog, most_backlog : float array [K]
        Of each class; infinite where there is no limit.
    pool, pool_gpus : int array [K], float array [P]
        Pool of each class, and GPUs of each pool.
    price_g_per_wh : float array [T]
        What a watt-hour counts.
    base_w : float
        Power of all GPUs idle.
    room_w, heat_w : float array [T]
        Most that the extra power x may be, and most that ``h_t = keep h_(t-1) + x_t`` may be; infinite without limits.
    keep : float
        Of the hall.
    """

    instance: PowerCapInstance
    open: NDArray[np.bool_]
    time_ratio: FloatArray
    factor: FloatArray
    extra_w: FloatArray
    submitted: FloatArray
    first: FloatArray
    initial: IntArray
    quota: FloatArray
    initial_backlog: FloatArray
    most_backlog: FloatArray
    pool: IntArray
    pool_gpus: FloatArray
    price_g_per_wh: FloatArray
    base_w: float
    room_w: FloatArray
    heat_w: FloatArray
    keep: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Classes, hours, caps."""
        return self.submitted.shape[0], self.submitted.shape[1], self.open.shape[1]

    @property
    def base_g(self) -> float:
        """What idle GPUs count over the horizon."""
        return self.base_w * float(self.price_g_per_wh.sum())

    @property
    def highest(self) -> IntArray:
        """The highest cap of each class, int array [K]."""
        return np.asarray(self.open.sum(axis=1) - 1, dtype=np.int64)

    def arrivals(self, share: FloatArray) -> FloatArray:
        """Return the work that is submitted under shares [K, T, C], float array [K, T]."""
        factor = np.einsum("ktc,kc->kt", share[:, :-1], self.factor)
        felt: FloatArray = np.concatenate([self.first[:, None], factor], axis=1)
        return self.submitted * felt

    def changes(self, share: FloatArray) -> float:
        """Return the shares of GPUs that change their cap, summed over classes and hours."""
        risen = np.maximum(np.diff(share, axis=1), 0.0).sum()
        known = self.initial >= 0
        before = self.initial[known, None] == np.arange(self.open.shape[1])
        return float(risen + np.maximum(share[known, 0] - before, 0.0).sum())

    def backlog(self, share: FloatArray, work: FloatArray) -> FloatArray:
        """Return the work that waits at the end of each hour, float array [K, T]."""
        balance = self.arrivals(share) - work.sum(axis=2)
        waiting: FloatArray = self.initial_backlog[:, None] + np.cumsum(balance, axis=1)
        return waiting

    def objective(self, share: FloatArray, work: FloatArray) -> float:
        """Return the objective of shares and work [K, T, C]."""
        waiting = np.maximum(self.backlog(share, work), 0.0)
        extra_wh = np.einsum("ktc,kc->t", work, self.extra_w)
        rates = self.instance
        return (self.base_g + float(self.price_g_per_wh @ extra_wh) + rates.change_g * self.changes(share)
                + rates.backlog_g_per_gpu_h * float(waiting.sum())
                + rates.final_backlog_g_per_gpu_h * float(waiting[:, -1].sum()))

    def value(self, schedule: PowerCapSchedule) -> float:
        """Return the objective of a schedule."""
        return self.objective(schedule.share, schedule.work_gpu_h)


def cap_tables(instance: PowerCapInstance) -> CapTables:
    """Return the tables of an instance."""
    classes, hours, caps = instance.shape
    pools, hall = instance.pools, instance.hall

    def padded(rows: list[Any], fill: float) -> FloatArray:
        table = np.full((classes, caps), fill)
        for k, row in enumerate(rows):
            table[k, : len(row)] = row
        return table

    idle_w = np.array([pools[entry.pool].idle_power_w for entry in instance.classes])
    sigma = padded([entry.curve.time_at(entry.cap_w) for entry in instance.classes], 1.0)
    busy_w = padded([entry.curve.uncapped_power_w * entry.curve.energy_at(entry.cap_w) for entry in instance.classes],
                    0.0)
    rebound = np.array([entry.rebound for entry in instance.classes])
    factor = 1.0 + rebound[:, None] * (sigma - 1.0)
    initial = np.array([-1 if entry.initial_cap is None else entry.initial_cap for entry in instance.classes])
    rows = np.arange(classes)
    price = instance.intensity_g_per_kwh + (0.0 if instance.price_g_per_kwh is None else instance.price_g_per_kwh)
    base_w = float(sum(pool.idle_power_w * pool.gpus for pool in pools))
    limit_w = np.full(hours, np.inf) if instance.power_limit_w is None else instance.power_limit_w
    return CapTables(
        instance=instance, open=np.arange(caps) < np.array([len(entry.cap_w) for entry in instance.classes])[:, None],
        time_ratio=sigma, factor=factor, extra_w=busy_w - sigma * idle_w[:, None],
        submitted=np.array([entry.submitted_gpu_h for entry in instance.classes]),
        first=np.where(initial >= 0, factor[rows, np.maximum(initial, 0)], 1.0), initial=initial,
        quota=np.array([entry.quota_gpus for entry in instance.classes]),
        initial_backlog=np.array([entry.initial_backlog_gpu_h for entry in instance.classes]),
        most_backlog=np.array([np.inf if entry.most_backlog_gpu_h is None else entry.most_backlog_gpu_h
                               for entry in instance.classes]),
        pool=np.array([entry.pool for entry in instance.classes]),
        pool_gpus=np.array([float(pool.gpus) for pool in pools]), price_g_per_wh=instance.pue * price / 1000.0,
        base_w=base_w, room_w=limit_w - base_w, heat_w=_heat_room(instance, base_w),
        keep=0.0 if hall is None else hall.keep)


def _heat_room(instance: PowerCapInstance, base_w: float) -> FloatArray:
    """Return the most that the sum of extra power, fading by `keep`, may be in each hour."""
    hall = instance.hall
    if hall is None:
        return np.full(instance.hours, np.inf)
    gain = (1.0 - hall.keep) * hall.rise_c_per_w / instance.gpus
    room = np.empty(instance.hours)
    temperature = hall.start_c
    for t, ambient_c in enumerate(hall.ambient_c.tolist()):
        temperature = hall.keep * temperature + (1.0 - hall.keep) * ambient_c + gain * base_w
        left = hall.most_c - temperature
        room[t] = left / gain if gain > 0 else np.inf if left >= 0 else -np.inf
    return room
