"""The rules of MIG serving, and in people's terms who breaks them, where and by how much."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.mig import MigGeometry, layout_counts, layout_problems, pack
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule

TOO_MANY_GPUS = "more GPUs are on than there are"
OFF_FORBIDDEN = "GPUs are off that must be on"
NO_LAYOUT = "the slices do not fit on the GPUs that are on"
NO_SLICE = "more instances than slices"
CANNOT_RUN = "an instance is on a profile that cannot run it"
NO_MEMORY = "an instance needs more memory than its slice has"
NO_INSTANCE = "requests are sent where there is no instance"
TOO_BUSY = "instances are busier than the tail latency allows"
NOT_SERVED = "requests are not served"
SERVED_TWICE = "more requests are sent than there are"
TOO_LATE = "more requests are late than may be"

TOLERANCE = 1e-6
"""Excess that counts as rounding, relative to what the rule allows: a millionth of the load, a solver's usual slack."""


def violations(instance: MigServingInstance, schedule: MigServingSchedule) -> list[Violation]:
    """Return every broken rule: of GPUs, slices, instances, load, and the tail. O(T V P) and a packing per layout."""
    return [*_gpus(instance, schedule), *_slices(instance, schedule), *_instances(instance, schedule),
            *_load(instance, schedule), *_tail(instance, schedule)]


def _gpus(instance: MigServingInstance, schedule: MigServingSchedule) -> list[Violation]:
    """No more GPUs are on than there are, and all of them where they may not be off."""
    on = schedule.gpus_on
    found = broken(TOO_MANY_GPUS, "GPUs", on - instance.gpus, lambda t: f"period {t}")
    if not instance.power_off:
        found += broken(OFF_FORBIDDEN, "GPUs", instance.gpus - on, lambda t: f"period {t}")
    return found


def _slices(instance: MigServingInstance, schedule: MigServingSchedule) -> list[Violation]:
    """Slices have a place on the GPUs that are on."""
    on = np.minimum(schedule.gpus_on, instance.gpus)
    rows, which = np.unique(np.column_stack([on, schedule.slices]), axis=0, return_inverse=True)
    homeless = np.array([_homeless(instance.geometry, row[1:], int(row[0])) for row in rows])
    return broken(NO_LAYOUT, "slices", homeless[which.ravel()], lambda t: f"period {t}")


def _homeless(geometry: MigGeometry, slices: IntArray, gpus: int) -> int:
    """Return 0 when the slices have a legal place on the GPUs, found and then checked; else how many they are."""
    layouts = pack(geometry, slices, gpus) if slices.any() else ()
    if layouts is None or len(layouts) > gpus:
        return int(slices.sum())
    kinds = set(layouts)
    placed = sum((layouts.count(kind) * layout_counts(geometry, kind) for kind in kinds), np.zeros_like(slices))
    legal = not any(layout_problems(geometry, kind) for kind in kinds)
    return 0 if legal and (placed == slices).all() else int(slices.sum())


def _instances(instance: MigServingInstance, schedule: MigServingSchedule) -> list[Violation]:
    """Each instance has a slice of its own that can run it."""
    names = instance.geometry.names
    over = schedule.instances.sum(axis=1) - schedule.slices
    runs = np.array([[name in variant.service_time_s for name in names] for variant in instance.variants])
    lack_gb = np.array([[max(variant.memory_gb - profile.memory_gb, 0.0) for profile in instance.geometry.profiles]
                        for variant in instance.variants])

    def place(index: int) -> str:
        return _place(instance, index)

    return [
        *broken(NO_SLICE, "instances", over.ravel(),
                lambda i: f"period {i // len(names)}, profile {names[i % len(names)]}"),
        *broken(CANNOT_RUN, "instances", (schedule.instances * ~runs).ravel(), place),
        *broken(NO_MEMORY, "GB", ((schedule.instances > 0) * lack_gb).ravel(), place)]


def _load(instance: MigServingInstance, schedule: MigServingSchedule) -> list[Violation]:
    """Every request is sent to one instance."""
    sent = _by_service(instance, schedule.rate_rps.sum(axis=2).T)
    beyond = sent - instance.load_rps
    allowed = TOLERANCE * np.maximum(instance.load_rps, TOLERANCE)
    periods = instance.periods

    def place(index: int) -> str:
        return f"period {index % periods}, service {instance.services[index // periods].name}"

    return [
        *broken(NOT_SERVED, "requests/s", np.where(-beyond > allowed, -beyond, 0.0).ravel(), place),
        *broken(SERVED_TWICE, "requests/s", np.where(beyond > allowed, beyond, 0.0).ravel(), place)]


def _tail(instance: MigServingInstance, schedule: MigServingSchedule) -> list[Violation]:
    """Instances are no busier than their pool allows, and no more requests are late in any case than may be."""
    names = instance.geometry.names
    time_s = np.array([[variant.service_time_s.get(name, 0.0) for name in names] for variant in instance.variants])
    pool = _by_service(instance, schedule.instances.sum(axis=2).T)
    reached = (pool[..., None] >= instance.pool_sizes).sum(axis=-1) - 1
    of_variant = np.maximum(reached, 0)[list(instance.service_of_variant)].T
    variants = np.arange(len(instance.variants))
    ceiling = instance.utilisation[variants[None, :], :, of_variant]
    busy_s, allowed_s = schedule.rate_rps * time_s, ceiling * schedule.instances
    excess = busy_s - allowed_s
    nowhere = np.where(schedule.instances == 0, schedule.rate_rps, 0.0)
    late = _by_service(instance, (schedule.rate_rps * instance.late_share).sum(axis=2).T)
    budget = np.array([service.late_budget for service in instance.services])[:, None] * instance.load_rps
    over = late - budget
    periods = instance.periods
    return [
        *broken(NO_INSTANCE, "requests/s", nowhere.ravel(), lambda i: _place(instance, i)),
        *broken(TOO_BUSY, "busy instances", np.where(
            (schedule.instances > 0) & (excess > TOLERANCE * np.maximum(allowed_s, TOLERANCE)), excess, 0.0).ravel(),
            lambda i: _place(instance, i)),
        *broken(TOO_LATE, "requests/s", np.where(
            over > TOLERANCE * np.maximum(instance.load_rps, TOLERANCE), over, 0.0).ravel(),
            lambda i: f"period {i % periods}, service {instance.services[i // periods].name}")]


def _by_service(instance: MigServingInstance, table: FloatArray | IntArray) -> FloatArray:
    """Return a table [V, T] added up over the variants of each service, [K, T]."""
    of = list(instance.service_of_variant)
    summed = np.zeros((len(instance.services), table.shape[1]))
    for row, service in zip(table, of, strict=True):
        summed[service] += row
    return summed


def _place(instance: MigServingInstance, index: int) -> str:
    """Name a period, variant and profile."""
    profiles = instance.geometry.names
    rest, profile = divmod(index, len(profiles))
    period, variant = divmod(rest, len(instance.variants))
    kind = instance.variants[variant]
    return f"period {period}, {kind.application}/{kind.name} on {profiles[profile]}"
