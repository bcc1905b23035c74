"""Tables: what each configuration costs, rents and emits at each node, where it fits, and what changes cost."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.changes import Changes
from ecoopt.instances.spot_parallel.charges import charges
from ecoopt.instances.spot_parallel.placing import BoolArray, moved_gb, placed
from ecoopt.instances.spot_parallel.schedule import SpotParallelSchedule
from ecoopt.instances.spot_parallel.schema import ROUNDING, SpotParallelInstance


@dataclass(frozen=True, eq=False)
class Tables:
    """What follows from an instance. N nodes, C configurations.

    On-demand GPUs are no decision of their own: rent is linear in them, so that as few as can be are rented where they
    are not cheaper than spot GPUs, and as many as can be where they are. (Where GPUs have names more of them may be
    worth their price, as they are not lost; `step_usd` allows for that.)

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
    changes : Changes
        What changes cost.
    blind : bool
        Whether named GPUs are lost as if drawn at random from those used, which is an estimate; otherwise those not
        used are lost first, which is a bound.
    """

    instance: SpotParallelInstance
    fits: BoolArray
    on_demand: IntArray
    rent_usd: FloatArray
    carbon_kg: FloatArray
    cost_usd: FloatArray
    served_usd: FloatArray
    family: IntArray
    changes: Changes
    blind: bool = False

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

    def change_usd(self, nodes: IntArray) -> FloatArray:
        """Return what changes before nodes cost, weighted, as little moved as can be, float array [nodes, C, C]."""
        if self.named:
            every = np.arange(self.instance.configs)
            return self.step_usd(nodes[:, None, None], every[:, None], every)
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
        """Return what changes from old to new configurations before nodes cost, weighted, the three broadcast.

        Where names count, it is the least that they can cost: no more GPUs have kept what they held than spot GPUs that
        are there before and now, and on-demand GPUs; more of the latter than need be are paid for.
        """
        weight, served = self.instance.probability[nodes], self.served_usd[nodes, new]
        fixed = weight * self.changes.short[0][old, new]
        if not self.named:
            return np.asarray(fixed + served * self.changes.least[1][old, new])
        keepers = self._likely(nodes, old) if self.blind else self.survivors[nodes] + self.on_demand[nodes, new]
        cost = served * self.changes.pause_s(old, new, keepers)
        if self.blind:
            return np.asarray(fixed + cost)
        for more in range(1, min(self.instance.most_on_demand, int(self.instance.gpus.max())) + 1):
            cost = np.minimum(cost, self._dearer_usd[nodes] * more + served * self.changes.pause_s(
                old, new, keepers + more))
        return np.asarray(fixed + cost)

    @cached_property
    def survivors(self) -> IntArray:
        """Spot GPUs with names that are there at each node and at its parent, int array [N]."""
        alive, parent = self.instance.alive, self.instance.parent
        assert alive is not None
        return np.asarray((alive & alive[parent] & (parent >= 0)[:, None]).sum(axis=1))

    def _likely(self, nodes: IntArray, old: IntArray) -> IntArray:
        """Return how many GPUs of configurations before nodes are still there when chance decides."""
        before = self.instance.parent[nodes]
        extra = self.on_demand[before, old]
        share = self.survivors[nodes] / np.maximum(self.instance.spot_gpus[before], 1)
        return np.asarray(((self.instance.gpus[old] - extra) * share).astype(np.int64) + extra)

    @cached_property
    def _dearer_usd(self) -> FloatArray:
        """What an on-demand GPU in the place of a spot GPU costs more at each node, weighted, 0 at least."""
        instance = self.instance
        more = instance.on_demand_usd_per_gpu_h - instance.spot_usd_per_gpu_h
        return np.asarray(instance.probability * np.maximum(more, 0.0) * (instance.step_s / 3600))

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

    def schedule(self, config: IntArray, *, foresight: bool = True) -> SpotParallelSchedule:
        """Return the schedule of configurations [N]; named GPUs are placed node by node so that least is moved.

        Parameters
        ----------
        foresight : bool
            Whether, of equal placings, GPUs that stay longer are preferred; otherwise nothing looks ahead.
        """
        extra = self.on_demand[np.arange(len(config)), config]
        slot = None if self.instance.alive is None else placed(self.instance, config, extra, foresight=foresight)
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
        nodes = np.arange(len(config))
        extra = schedule.on_demand - self.on_demand[nodes, config]
        dearer = instance.on_demand_usd_per_gpu_h - instance.spot_usd_per_gpu_h
        more = float((instance.probability * extra * dearer).sum()) * instance.step_s / 3600
        if not self.named:
            return self.path_usd(config) + more
        later = np.flatnonzero(instance.parent >= 0)
        changed = self.moved_usd(later, config[instance.parent[later]], config[later], moved_gb(
            instance, schedule)[later])
        return float(self.cost_usd[nodes, config].sum() + changed.sum()) + more

    def moved_usd(self, nodes: IntArray, old: IntArray, new: IntArray, moved: FloatArray) -> FloatArray:
        """Return what changes before nodes cost, weighted, with so many gigabytes moved; all broadcast."""
        usd, short_s = self.changes.short
        pause_s = np.minimum(short_s[old, new] + self.changes.moving_s(moved), float(self.instance.step_s))
        return np.asarray(self.instance.probability[nodes] * usd[old, new] + self.served_usd[nodes, new] * pause_s)


def tables_of(instance: SpotParallelInstance) -> Tables:
    """Return the tables of an instance; O(N C)."""
    found = charges(instance, instance.spot_gpus, instance.load_rps, instance.spot_usd_per_gpu_h,
                    instance.on_demand_usd_per_gpu_h, instance.intensity_g_per_kwh[instance.depth])
    weight, changes = instance.probability[:, None], Changes(instance)
    return Tables(instance=instance, fits=found.fits, on_demand=found.on_demand, rent_usd=found.rent_usd,
                  carbon_kg=found.carbon_kg, cost_usd=np.where(found.fits, weight * found.own_usd, np.inf),
                  served_usd=weight * found.served_rps * instance.unserved_usd_per_request,
                  family=changes.family, changes=changes)
