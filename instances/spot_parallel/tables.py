"""Tables: what each configuration costs, rents and emits at each node, where it fits, and what changes cost."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.placing import least_moved_gb, moved_gb, placed
from ecoopt.instances.spot_parallel.schedule import SpotParallelSchedule
from ecoopt.instances.spot_parallel.schema import ROUNDING, SpotParallelInstance

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tables:
    """What follows from an instance. N nodes, C configurations.

    On-demand GPUs are no decision of their own: rent is linear in them, so that as few as can be are rented where they
    are not cheaper than spot GPUs, and as many as can be where they are.

    Parameters
    ----------
    instance : SpotParallelInstance
        What was asked.
    fits : bool array [N, C]
        Where a configuration has GPUs and memory enough.
    on_demand : int array [N, C]
        On-demand GPUs of each.
    rent_usd, carbon_kg : float array [N, C]
        Rent and carbon of a node, not weighted by its probability.
    cost_usd : float array [N, C]
        All that a node costs but changes, weighted; infinite where a configuration does not fit.
    served_usd : float array [N, C]
        What a second of a pause before a node costs, weighted.
    family : int array [C]
        Configurations between which a change is a resize have the same number.
    """

    instance: SpotParallelInstance
    fits: BoolArray
    on_demand: IntArray
    rent_usd: FloatArray
    carbon_kg: FloatArray
    cost_usd: FloatArray
    served_usd: FloatArray
    family: IntArray

    @cached_property
    def levels(self) -> list[IntArray]:
        """Nodes of each interval."""
        depth = self.instance.depth
        order = np.argsort(depth, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(depth[order])) + 1)

    @cached_property
    def least_gb(self) -> FloatArray:
        """Least that is moved from each configuration to each, float array [C, C]."""
        return least_moved_gb(self.instance)

    @cached_property
    def _short(self) -> tuple[FloatArray, FloatArray]:
        """Cost and pause of each change without what is moved, float arrays [C, C]."""
        same = self.family[:, None] == self.family
        usd = np.where(same, self.instance.resize_usd, self.instance.reshape_usd)
        pause_s = np.where(same, self.instance.resize_s, self.instance.reshape_s)
        for table in (usd, pause_s):
            np.fill_diagonal(table, 0.0)
        return usd, pause_s

    def _moving_s(self, moved: FloatArray) -> FloatArray:
        """Return the pauses that moving so many gigabytes makes."""
        assert self.instance.bandwidth_gb_per_s is not None
        return np.maximum(moved / self.instance.bandwidth_gb_per_s - self.instance.grace_s, 0.0)

    @cached_property
    def _changes(self) -> tuple[FloatArray, FloatArray]:
        """Cost and pause of each change with as little moved as can be, float arrays [C, C]."""
        usd, pause_s = self._short
        if self.instance.bandwidth_gb_per_s is not None:
            pause_s = pause_s + self._moving_s(self.least_gb)
        return usd, np.minimum(pause_s, float(self.instance.step_s))

    def change_usd(self, nodes: IntArray) -> FloatArray:
        """Return what changes before nodes cost, weighted, as little moved as can be, float array [nodes, C, C]."""
        usd, pause_s = self._changes
        return np.asarray(self.instance.probability[nodes, None, None] * usd
                          + self.served_usd[nodes, None, :] * pause_s)

    def step_usd(self, nodes: IntArray, old: IntArray, new: IntArray) -> FloatArray:
        """Return what changes from old to new configurations before nodes cost, weighted, the three broadcast."""
        usd, pause_s = self._changes
        return np.asarray(self.instance.probability[nodes] * usd[old, new]
                          + self.served_usd[nodes, new] * pause_s[old, new])

    def path_usd(self, config: IntArray) -> float:
        """Return what configurations [N] cost, as little moved as can be; infinite where one does not fit."""
        nodes = np.arange(len(config))
        later = np.flatnonzero(self.instance.parent >= 0)
        own = self.cost_usd[nodes, config]
        return float(own.sum() + self.step_usd(later, config[self.instance.parent[later]], config[later]).sum())

    def within(self, config: IntArray) -> bool:
        """Return whether configurations [N] keep both budgets."""
        return all(used <= limit + ROUNDING * max(limit, 1.0)
                   for used, limit in zip(self.used(config), self.limits, strict=True))

    @cached_property
    def limits(self) -> FloatArray:
        """Budgets that there are, float array [B]."""
        given = (self.instance.budget_usd, self.instance.budget_kg)
        return np.array([limit for limit in given if limit is not None], dtype=np.float64)

    @cached_property
    def uses(self) -> FloatArray:
        """What each configuration takes of each budget at each node, weighted, float array [B, N, C]."""
        given = ((self.instance.budget_usd, self.rent_usd), (self.instance.budget_kg, self.carbon_kg))
        weight = self.instance.probability[:, None]
        tables = [weight * table for limit, table in given if limit is not None]
        return np.array(tables).reshape(len(tables), *self.rent_usd.shape)

    def used(self, config: IntArray) -> FloatArray:
        """Return what configurations [N] take of each budget, float array [B]."""
        return np.asarray(self.uses[:, np.arange(len(config)), config].sum(axis=1))

    def schedule(self, config: IntArray) -> SpotParallelSchedule:
        """Return the schedule of configurations [N]; named GPUs are placed node by node so that least is moved."""
        extra = self.on_demand[np.arange(len(config)), config]
        slot = None if self.instance.alive is None else placed(self.instance, config, extra)
        return SpotParallelSchedule(config=config.copy(), on_demand=extra, slot=slot)

    @property
    def named(self) -> bool:
        """Whether costs depend on which GPU is placed where: then `path_usd` is a bound, and exact else."""
        return self.instance.alive is not None and self.instance.bandwidth_gb_per_s is not None

    def value(self, config: IntArray) -> float:
        """Return the objective of the schedule of configurations [N], infinite where one does not fit."""
        least = self.path_usd(config)
        return self.schedule_usd(self.schedule(config)) if self.named and np.isfinite(least) else least

    def schedule_usd(self, schedule: SpotParallelSchedule) -> float:
        """Return the objective of a feasible schedule."""
        instance, config = self.instance, schedule.config
        extra = schedule.on_demand - self.on_demand[np.arange(len(config)), config]
        dearer = instance.on_demand_usd_per_gpu_h - instance.spot_usd_per_gpu_h
        usd = self.path_usd(config) + float((instance.probability * extra * dearer).sum()) * instance.step_s / 3600
        return usd + self._longer_usd(config, moved_gb(instance, schedule)) if self.named else usd

    def _longer_usd(self, config: IntArray, moved: FloatArray) -> float:
        """Return what pauses cost beyond those of least moving, with what is moved at each node, float array [N]."""
        instance = self.instance
        later = np.flatnonzero(instance.parent >= 0)
        old, new = config[instance.parent[later]], config[later]
        pause_s = np.minimum(self._short[1][old, new] + self._moving_s(moved[later]), float(instance.step_s))
        return float((self.served_usd[later, new] * (pause_s - self._changes[1][old, new])).sum())


def tables_of(instance: SpotParallelInstance) -> Tables:
    """Return the tables of an instance; O(N C)."""
    hours, gpus = instance.step_s / 3600, instance.gpus
    spot = instance.spot_gpus[:, None]
    cheaper = (instance.on_demand_usd_per_gpu_h < instance.spot_usd_per_gpu_h)[:, None]
    extra = np.where(cheaper, np.minimum(gpus, instance.most_on_demand), np.maximum(gpus - spot, 0))
    memory_gb = (instance.weights_gb + instance.kv_gb) / (instance.pipeline * instance.tensor)
    roomy = (instance.data == 0) | (memory_gb <= instance.gpu_memory_gb * (1 + ROUNDING))
    fits = (gpus <= spot + instance.most_on_demand) & roomy
    rent = hours * ((gpus - extra) * instance.spot_usd_per_gpu_h[:, None]
                    + extra * instance.on_demand_usd_per_gpu_h[:, None])
    kg = (gpus * (instance.gpu_w * instance.pue * hours / 1e6)) * instance.intensity_g_per_kwh[instance.depth][:, None]
    load = instance.load_rps[:, None]
    served = np.minimum(load, instance.throughput_rps)
    own = (rent + kg * instance.carbon_usd_per_kg
           + served * (hours * instance.delay_usd_per_request_h * instance.latency_s)
           + (load - served) * (instance.step_s * instance.unserved_usd_per_request))
    weight = instance.probability[:, None]
    return Tables(instance=instance, fits=fits, on_demand=extra, rent_usd=rent, carbon_kg=kg,
                  cost_usd=np.where(fits, weight * own, np.inf),
                  served_usd=weight * served * instance.unserved_usd_per_request, family=_families(instance))


def _families(instance: SpotParallelInstance) -> IntArray:
    """Return a number for each configuration, the same for those that differ in replicas alone; off is apart."""
    numbers: dict[tuple[int, ...], int] = {}
    shapes = zip(instance.data.tolist(), instance.pipeline.tolist(), instance.tensor.tolist(), instance.batch.tolist(),
                 strict=True)
    return np.array([numbers.setdefault((c, 0, 0, 0) if data == 0 else (-1, *shape), len(numbers))
                     for c, (data, *shape) in enumerate(shapes)], dtype=np.int64)
