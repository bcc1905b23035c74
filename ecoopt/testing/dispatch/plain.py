"""A schedule's worth in plain Python, query by query: what the referee must say, worked out in another way."""

from itertools import combinations

from ecoopt.instances.dispatch import NEVER, DispatchInstance, DispatchSchedule


def judge_plainly(instance: DispatchInstance, schedule: DispatchSchedule) -> tuple[float, bool]:
    """Return the weight of queries on time, and whether no rule is broken, in O(Q^2)."""
    types = [k for k, kind in enumerate(instance.types) for _ in range(kind.count)]
    value, allowed, runs = 0.0, True, []
    for q, (m, begin) in enumerate(zip(schedule.machine.tolist(), schedule.start_tick.tolist(), strict=True)):
        if m == NEVER:
            continue
        allowed &= m < len(types) and begin >= instance.arrival_tick[q]
        if m < len(types):
            end = begin + int(instance.service_tick[q, types[m]])
            runs.append((m, begin, end))
            value += float(instance.query_weight[q]) * (end - int(instance.arrival_tick[q]) <= instance.qos_ticks)
    return value, bool(allowed) and all(
        one[0] != other[0] or one[2] <= other[1] or other[2] <= one[1] for one, other in combinations(runs, 2))
