"""DRS's one threshold, tuned by hill climbing on queries that are known."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.dispatch.loops import by_threshold
from ecoopt.instances.dispatch import DispatchInstance

FIRST_TUNED = 20


def thresholds(instance: DispatchInstance) -> IntArray:
    """Return the threshold that is in force at each arrival, int array [Q], tuned on the past alone.

    It is tuned anew after 20 queries, 40, 80 and so on, on all that have come, with predicted latencies. Before that it
    is the largest batch size that every type is predicted to serve in half the longest response.
    """
    queries = instance.queries
    found = np.full(queries, instance.batch_limit[first_rung(instance)], dtype=np.int64)
    past = FIRST_TUNED
    while past < queries:
        found[past:] = tuned(instance, past)
        past *= 2
    return found


def tuned(instance: DispatchInstance, past: int) -> int:
    """Return the threshold with which most of the first queries would have been on time, by hill climbing.

    The best of a few thresholds all over the profile is moved by ever smaller steps for as long as that pays.
    """
    values: dict[int, float] = {}
    last = len(instance.batch_limit) - 1

    def value(rung: int) -> float:
        if rung not in values:
            values[rung] = _on_time(instance, past, int(instance.batch_limit[rung]))
        return values[rung]

    step = max(last // 8, 1)
    best = max(range(0, last + 1, step), key=value)
    while step:
        better = max((rung for rung in (best - step, best + step) if 0 <= rung <= last), key=value, default=best)
        if value(better) > value(best):
            best = better
        else:
            step //= 2
    return int(instance.batch_limit[best])


def first_rung(instance: DispatchInstance) -> int:
    """Return the bin of the largest batch size that every type serves in half the longest response, 0 without any."""
    slowest_ms = np.max([kind.mean_ms for kind in instance.types], axis=0)
    fits = np.flatnonzero(2 * slowest_ms <= instance.qos_ticks * instance.tick_ms)
    return int(fits[-1]) if len(fits) else 0


def _on_time(instance: DispatchInstance, past: int, threshold: int) -> float:
    """Return the weight of the first queries that a threshold serves in time if latencies are as predicted."""
    arrival = instance.arrival_tick[:past]
    service = np.ceil(instance.predicted_ms[:past] / instance.tick_ms).astype(np.int64)
    machine, start = np.empty(past, dtype=np.int64), np.empty(past, dtype=np.int64)
    by_threshold(arrival, service, instance.batch[:past], np.full(past, threshold), instance.machine_type, machine,
                 start)
    took = service[np.arange(past), instance.machine_type[machine]]
    return float(instance.query_weight[:past][start + took <= arrival + instance.qos_ticks].sum())
