"""Options: the pairs of variant and profile worth having, and what a request costs there, as arrays."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_serving.schedule import MigServingSchedule
from ecoopt.instances.mig_serving.schema import MigServingInstance
from ecoopt.instances.variants import energy_table, service_time_table

J_PER_KWH = 3.6e6


@dataclass(frozen=True, eq=False)
class Options:
    """What solvers need of an instance. O options, K services, P profiles, B pool sizes, T periods.

    Parameters
    ----------
    instance : MigServingInstance
        Where it comes from.
    variant, profile, service : int array [O]
        Of each option.
    capacity_rps : float array [O, B]
        Requests per second that one instance may be sent in a pool of each size.
    energy_j : float array [O]
        Energy of one request.
    late_share : float array [O]
        Share of the requests that are late in any case.
    per_j : float array [T]
        Objective of a joule.
    rate_cost : float array [O, T]
        Objective of one request per second during a period, quality and energy together.
    on_cost, off_cost : float array [T]
        Objective of a GPU being on or off during a period.
    slice_cost, power_on_cost : float array [T]
        Objective of creating or removing a slice, of switching on a GPU, at the beginning of a period.
    """

    instance: MigServingInstance
    variant: IntArray
    profile: IntArray
    service: IntArray
    capacity_rps: FloatArray
    energy_j: FloatArray
    late_share: FloatArray
    per_j: FloatArray
    rate_cost: FloatArray
    on_cost: FloatArray
    off_cost: FloatArray
    slice_cost: FloatArray
    power_on_cost: FloatArray

    @property
    def count(self) -> int:
        """Number O of options."""
        return len(self.variant)

    @cached_property
    def coupled(self) -> bool:
        """Whether periods have anything to do with each other."""
        return bool(self.slice_cost.any() or self.power_on_cost.any())

    @cached_property
    def fewest_gpus_on(self) -> int:
        """GPUs that are on at least: all where they may not be switched off."""
        return 0 if self.instance.power_off else self.instance.gpus

    def pool_size(self, instances: IntArray) -> IntArray:
        """Return index of the pool size that numbers of instances count as, -1 for none; int array of their shape."""
        found: IntArray = np.searchsorted(self.instance.pool_sizes, instances, side="right") - 1
        return found

    def schedule(
        self, gpus_on: IntArray, slices: IntArray, instances: IntArray, rate: FloatArray
    ) -> MigServingSchedule:
        """Return the schedule of arrays [T], [T, P], [T, O], [T, O]."""
        shape = (len(gpus_on), len(self.instance.variants), len(self.instance.geometry.profiles))
        table, rates = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        table[:, self.variant, self.profile] = instances
        rates[:, self.variant, self.profile] = rate
        return MigServingSchedule(gpus_on=gpus_on, slices=slices, instances=table, rate_rps=rates)

    def of_schedule(self, schedule: MigServingSchedule) -> tuple[IntArray, FloatArray] | None:
        """Return instances and rates [T, O] of a schedule; None where it uses a pair that is no option."""
        instances: IntArray = schedule.instances[:, self.variant, self.profile]
        rate: FloatArray = schedule.rate_rps[:, self.variant, self.profile]
        if instances.sum() != schedule.instances.sum() or rate.sum() < schedule.rate_rps.sum() * (1 - 1e-12):
            return None
        return instances, rate

    def objective(self, gpus_on: IntArray, slices: IntArray, rate: FloatArray) -> float:
        """Return the objective of arrays [T], [T, P] and [T, O]."""
        instance = self.instance
        running = gpus_on @ self.on_cost + (instance.gpus - gpus_on) @ self.off_cost + (rate.T * self.rate_cost).sum()
        return float(running + self.change_costs(gpus_on, slices).sum())

    def value(self, schedule: MigServingSchedule) -> float:
        """Return the objective of a feasible schedule, whichever pairs it uses."""
        instance = self.instance
        energy_j = energy_table(instance.variants, instance.geometry.names)
        loss = relative_losses(instance)
        sent = schedule.rate_rps
        energy = np.where(sent > 0, sent * np.where(np.isfinite(energy_j), energy_j, 0.0), 0.0).sum(axis=(1, 2))
        per_loss = (1 - instance.carbon_weight) / instance.periods / instance.load_rps.sum(axis=0)
        requests = energy @ (self.per_j * instance.period_s) + (sent.sum(axis=2) @ loss) @ per_loss
        nothing = np.zeros((len(schedule.gpus_on), self.count))
        return float(requests) + self.objective(schedule.gpus_on, schedule.slices, nothing)

    def change_costs(self, gpus_on: IntArray, slices: IntArray) -> FloatArray:
        """Return what changes cost at the beginning of each period, float array [T]."""
        instance = self.instance
        first = slices[0] if instance.initial_slices is None else instance.initial_slices
        before = gpus_on[0] if instance.initial_gpus_on is None else instance.initial_gpus_on
        changed = np.abs(np.diff(slices, axis=0, prepend=first[None])).sum(axis=1)
        switched = np.maximum(np.diff(gpus_on, prepend=before), 0)
        costs: FloatArray = changed * self.slice_cost + switched * self.power_on_cost
        return costs


@lru_cache(maxsize=8)
def options_of(instance: MigServingInstance) -> Options:
    """Return the options of an instance: pairs that may be used, and that no other on the same profile dominates.

    An option dominates another of its service and profile when it is at least as good in capacity at every pool size,
    in quality, in energy and in late requests. O(V^2 P B + O T).
    """
    names = instance.geometry.names
    time_s, energy_j = service_time_table(instance.variants, names), energy_table(instance.variants, names)
    loss = relative_losses(instance)
    capacity = np.where(np.isfinite(time_s)[..., None], instance.utilisation / time_s[..., None], 0.0)
    variant, profile = np.nonzero(_worth_having(instance, capacity, loss, energy_j))
    service = np.array(instance.service_of_variant, dtype=np.int64)[variant]

    total_rps = instance.load_rps.sum(axis=0)
    reference_w = instance.load_rps.T @ np.array([service.reference_j for service in instance.services])
    share = instance.carbon_weight / instance.periods
    # The power usage effectiveness is in both the carbon and its reference.
    per_j = share * instance.intensity_g_per_kwh / (
        instance.reference_intensity_g_per_kwh * reference_w * instance.period_s)
    per_loss = (1 - instance.carbon_weight) / instance.periods / total_rps
    energy = energy_j[variant, profile]
    rate_cost = energy[:, None] * (per_j * instance.period_s) + loss[variant][:, None] * per_loss
    return Options(
        instance=instance, variant=variant, profile=profile, service=service, capacity_rps=capacity[variant, profile],
        energy_j=energy, late_share=np.asarray(instance.late_share[variant, profile]), per_j=per_j, rate_cost=rate_cost,
        on_cost=per_j * instance.period_s * instance.idle_power_w,
        off_cost=per_j * instance.period_s * instance.off_power_w,
        slice_cost=per_j * instance.repartition_j, power_on_cost=per_j * instance.power_on_j)


def relative_losses(instance: MigServingInstance) -> FloatArray:
    """Return each variant's quality loss relative to the baseline of its service, float array [V]."""
    return np.array([1 - variant.quality / instance.services[k].reference_quality
                     for variant, k in zip(instance.variants, instance.service_of_variant, strict=True)])


def _worth_having(
    instance: MigServingInstance, capacity: FloatArray, loss: FloatArray, energy_j: FloatArray
) -> NDArray[np.bool_]:
    """Return which pairs of variant and profile may be used and are not dominated, bool array [V, P]."""
    of = np.array(instance.service_of_variant)
    usable: NDArray[np.bool_] = capacity.max(axis=2, initial=0.0) > 0
    for p in range(usable.shape[1]):
        figures = np.column_stack([loss, energy_j[:, p], instance.late_share[:, p], -capacity[:, p]])
        for v in np.flatnonzero(usable[:, p])[::-1]:
            rivals = usable[:, p] & (of == of[v])
            rivals[v] = False
            if (figures[rivals] <= figures[v]).all(axis=1).any():
                usable[v, p] = False
    return usable
