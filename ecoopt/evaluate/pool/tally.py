"""Tally: what a schedule of a pool adds up to, by period, model and type."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.pool import PoolInstance, PoolSchedule

MS_PER_S = 1000.0


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums of a schedule. T periods, M models, K types.

    Parameters
    ----------
    count : int array [T, M, K]
        Machines.
    starts : int array [T, M, K]
        Machines that were not there before.
    rate : float array [T, M]
        Queries per second taken on.
    routed : tuple of float array [T, B]
        Queries per second routed, by model.
    late : float array [T, M]
        Queries per second routed to types that answer them late.
    busy : float array [T, M, K]
        Machines' time that the queries take.
    measured : float or None
        What the trials say of the composition, where there are any and it is among them.
    strange : int
        Entries that name what does not exist.
    """

    count: IntArray
    starts: IntArray
    rate: FloatArray
    routed: tuple[FloatArray, ...]
    late: FloatArray
    busy: FloatArray
    measured: float | None
    strange: int


def tally(instance: PoolInstance, schedule: PoolSchedule) -> Tally:
    """Return the sums of a schedule. O(E + T M K + T M B) for E entries."""
    periods, models, kinds = instance.periods, len(instance.models), len(instance.types)
    rented, routing = schedule.rented, schedule.routing
    known = (rented.period < periods) & (rented.model < models) & (rented.kind < kinds)
    count = np.zeros((periods, models, kinds), dtype=np.int64)
    np.add.at(count, (rented.period[known], rented.model[known], rented.kind[known]), rented.count[known])
    before = np.zeros((1, models, kinds), dtype=np.int64) if instance.running is None else instance.running[None]
    starts = np.maximum(np.diff(count, axis=0, prepend=before), 0)

    bins = np.array([len(model.batch) for model in instance.models])
    there = (routing.period < periods) & (routing.model < models) & (routing.kind < kinds)
    there[there] = routing.bin[there] < bins[routing.model[there]]
    strange = int((~known).sum())
    busy, late = np.zeros(count.shape), np.zeros((periods, models))
    routed: list[FloatArray] = []
    if instance.trials is None:
        strange += int((~there).sum())
        for m, model in enumerate(instance.models):
            mine = np.flatnonzero(there & (routing.model == m))
            t, k, b, rate = (column[mine] for column in (
                routing.period, routing.kind, routing.bin, routing.rate_per_s))
            by_bin = np.bincount(t * bins[m] + b, rate, periods * bins[m]).astype(np.float64)
            routed.append(by_bin.reshape(periods, bins[m]))
            worked_ms = model.latency_ms[k, b]
            busy[:, m] = np.bincount(t * kinds + k, rate * worked_ms / MS_PER_S, periods * kinds).reshape(
                periods, kinds)
            slow: NDArray[np.bool_] = worked_ms > instance.margin * model.qos_ms * (1 + 1e-12)
            late[:, m] = np.bincount(t[slow], rate[slow], periods)
    return Tally(count, starts, schedule.rate_per_s, tuple(routed), late, busy, _measured(instance, count), strange)


def _measured(instance: PoolInstance, count: IntArray) -> float | None:
    """Return what was measured of the composition."""
    trials = instance.trials
    if trials is None:
        return None
    found = np.flatnonzero((trials.count == count[0, 0]).all(axis=1))
    column = trials.rate_per_s if instance.objective == "throughput" else trials.qos_percent
    return float(column[found[0]]) if found.size and column is not None else None
