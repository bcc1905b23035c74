"""Tables: what each configuration costs, rents and emits at each node, where it fits, and what changes cost."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.placing import least_moved_gb, moved_gb, placed
from ecoopt.instances.spot_parallel.schedule import SpotParallelSchedule
from ecoopt.instances.spot_parallel.schema import ROUNDING, SpotParallelInstance

BoolArray = NDArray[np.bool_]


class Changes:
    """What changes between configurations cost, and how long they pause the service, nothing of time in it.

    Parameters
    ----------
    instance : SpotParallelInstance
        What was asked.
    """

    def __init__(self, instance: SpotParallelInstance) -> None:
        self.instance = instance
        family = families(instance)
        same = family[:, None] == family
        usd = np.where(same, instance.resize_usd, instance.reshape_usd)
        pause_s = np.where(same, instance.resize_s, instance.reshape_s)
        for table in (usd, pause_s):
            np.fill_diagonal(table, 0.0)
        self.short = usd, pause_s

    @cached_property
    def least(self) -> tuple[FloatArray, FloatArray]:
        """Cost and pause of each change with as little moved as can be, float arrays [C, C]."""
        usd, pause_s = self.short
        if self.instance.bandwidth_gb_per_s is not None:
            pause_s = pause_s + self.moving_s(least_moved_gb(self.instance))
        return usd, np.minimum(pause_s, float(self.instance.step_s))

    def moving_s(self, moved: FloatArray) -> FloatArray:
        """Return the pauses that moving so many gigabytes makes."""
        assert self.instance.bandwidth_gb_per_s is not None
        return np.asarray(np.maximum(moved / self.instance.bandwidth_gb_per_s - self.instance.grace_s, 0.0))


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
    def lacking(self) -> list[str]:
        """Lines that say what keeps every schedule from being feasible: nodes, and budgets one by one."""
        bare = np.flatnonzero(~self.fits.any(axis=1))
        lines = [f"no configuration fits at node {bare[0]}, which has {self.instance.spot_gpus[bare[0]]} spot GPUs and "
                 f"up to {self.instance.most_on_demand} on-demand GPUs ({bare.size} such nodes); raise most_on_demand, "
                 "or add a smaller configuration, or one that is off"] if bare.size else []
        if not bare.size:
            least = np.where(self.fits, self.uses, np.inf).min(axis=2).sum(axis=1).tolist()
            names = [name for name in ("budget_usd", "budget_kg") if getattr(self.instance, name) is not None]
            lines += [f"{name} is {limit:.6g}, and at least {used:.6g} is needed; raise it"
                      for name, used, limit in zip(names, least, self.most.tolist(), strict=True) if used > limit]
        return lines

    @cached_property
    def least_usd(self) -> float:
        """What the cheapest configurations of all nodes cost without changes, rounding taken off: a bound."""
        return float(self.cost_usd.min(axis=1).sum()) * (1 - 1e-12)

    @cached_property
    def changes(self) -> "Changes":
        """What changes cost."""
        return Changes(self.instance)

    def change_usd(self, nodes: IntArray) -> FloatArray:
        """Return what changes before nodes cost, weighted, as little moved as can be, float array [nodes, C, C]."""
        usd, pause_s = self.changes.least
        return np.asarray(self.instance.probability[nodes, None, None] * usd
                          + self.served_usd[nodes, None, :] * pause_s)

    def into_usd(self, nodes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return what a resize and a reshape into each configuration before nodes cost, weighted, nothing moved.

        Float arrays [nodes, C].
        """
        instance, weight, served = self.instance, self.instance.probability[nodes, None], self.served_usd[nodes]
        most_s = float(instance.step_s)
        return (weight * instance.resize_usd + served * min(instance.resize_s, most_s),
                weight * instance.reshape_usd + served * min(instance.reshape_s, most_s))

    def step_usd(self, nodes: IntArray, old: IntArray, new: IntArray) -> FloatArray:
        """Return what changes from old to new configurations before nodes cost, weighted, the three broadcast."""
        usd, pause_s = self.changes.least
        return np.asarray(self.instance.probability[nodes] * usd[old, new]
                          + self.served_usd[nodes, new] * pause_s[old, new])

    def path_usd(self, config: IntArray) -> float:
        """Return what configurations [N] cost, as little moved as can be; infinite where one does not fit."""
        nodes = np.arange(len(config))
        later = np.flatnonzero(self.instance.parent >= 0)
        own = self.cost_usd[nodes, config]
        return float(own.sum() + self.step_usd(later, config[self.instance.parent[later]], config[later]).sum())

    def within(self, config: IntArray) -> bool:
        """Return whether configurations [N] keep the budgets."""
        return bool((self.used(config) <= self.most).all())

    @cached_property
    def most(self) -> FloatArray:
        """Budgets that there are, and what is allowed for rounding, float array [B]."""
        return np.asarray(self.limits + ROUNDING * np.maximum(self.limits, 1.0))

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
        pause_s = self.changes.short[1][old, new] + self.changes.moving_s(moved[later])
        longer_s = np.minimum(pause_s, float(instance.step_s)) - self.changes.least[1][old, new]
        return float((self.served_usd[later, new] * longer_s).sum())


@dataclass(frozen=True, eq=False)
class Charges:
    """What configurations cost in some conditions, not weighted, all arrays [N, C].

    Parameters
    ----------
    fits : bool array
        Whether there are GPUs and memory enough.
    on_demand : int array
        On-demand GPUs.
    rent_usd, carbon_kg : float array
        Rent and carbon.
    own_usd : float array
        All but changes, whether it fits or not.
    served_rps : float array
        Requests served.
    """

    fits: BoolArray
    on_demand: IntArray
    rent_usd: FloatArray
    carbon_kg: FloatArray
    own_usd: FloatArray
    served_rps: FloatArray


def charges(
    instance: SpotParallelInstance, spot_gpus: ArrayLike, load_rps: ArrayLike, spot_usd: ArrayLike,
    on_demand_usd: ArrayLike, intensity_g_per_kwh: ArrayLike,
) -> Charges:
    """Return what every configuration costs with given spot GPUs, load, prices and carbon intensity, arrays [N].

    Of the instance, only what does not change with time is looked at. O(N C).
    """
    spot, load, cheap, dear, grid = (np.asarray(one)[:, None] for one in (
        spot_gpus, load_rps, spot_usd, on_demand_usd, intensity_g_per_kwh))
    hours, gpus = instance.step_s / 3600, instance.gpus
    extra = np.where(dear < cheap, np.minimum(gpus, instance.most_on_demand), np.maximum(gpus - spot, 0))
    memory_gb = (instance.weights_gb + instance.kv_gb) / (instance.pipeline * instance.tensor)
    roomy = (instance.data == 0) | (memory_gb <= instance.gpu_memory_gb * (1 + ROUNDING))
    rent = hours * ((gpus - extra) * cheap + extra * dear)
    kg = gpus * (instance.gpu_w * instance.pue * hours / 1e6) * grid
    served = np.minimum(load, instance.throughput_rps)
    own = (rent + kg * instance.carbon_usd_per_kg
           + served * (hours * instance.delay_usd_per_request_h * instance.latency_s)
           + (load - served) * (instance.step_s * instance.unserved_usd_per_request))
    return Charges((gpus <= spot + instance.most_on_demand) & roomy, extra, rent, kg, own, served)


def tables_of(instance: SpotParallelInstance) -> Tables:
    """Return the tables of an instance; O(N C)."""
    found = charges(instance, instance.spot_gpus, instance.load_rps, instance.spot_usd_per_gpu_h,
                    instance.on_demand_usd_per_gpu_h, instance.intensity_g_per_kwh[instance.depth])
    weight = instance.probability[:, None]
    return Tables(instance=instance, fits=found.fits, on_demand=found.on_demand, rent_usd=found.rent_usd,
                  carbon_kg=found.carbon_kg, cost_usd=np.where(found.fits, weight * found.own_usd, np.inf),
                  served_usd=weight * found.served_rps * instance.unserved_usd_per_request,
                  family=families(instance))


def families(instance: SpotParallelInstance) -> IntArray:
    """Return a number for each configuration, the same for those that differ in replicas alone; off is apart."""
    numbers: dict[tuple[int, ...], int] = {}
    shapes = zip(instance.data.tolist(), instance.pipeline.tolist(), instance.tensor.tolist(), instance.batch.tolist(),
                 strict=True)
    return np.array([numbers.setdefault((c, 0, 0, 0) if data == 0 else (-1, *shape), len(numbers))
                     for c, (data, *shape) in enumerate(shapes)], dtype=np.int64)
