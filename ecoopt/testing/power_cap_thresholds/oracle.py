"""A schedule's worth in plain Python, reading by reading, and the best schedule of a tiny instance by trying all."""

from itertools import product
from math import floor, inf

import numpy as np

from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsInstance, PowerCapThresholdsSchedule

_OVER = 1 + 1e-9


def judge_plainly(instance: PowerCapThresholdsInstance, schedule: PowerCapThresholdsSchedule) -> tuple[float, bool]:
    """Return the objective of a schedule, and whether it breaks no rule."""
    servers, level = instance.servers + schedule.added, schedule.level.tolist()
    priorities, states = range(len(instance.priorities)), range(len(instance.thresholds))
    allowed = instance.least_added <= schedule.added <= instance.most_added
    for p, s in product(priorities, states):
        allowed &= level[p][s] < len(instance.power_ratio)
        allowed &= s == 0 or level[p][s - 1] <= level[p][s]
        allowed &= p == 0 or level[p][s] <= level[p - 1][s]
    total, tripped = -instance.value_h * schedule.added, 0
    for scenario in instance.server_w.tolist():
        trips = False
        for reading in scenario:
            own = [servers * float(instance.share[p]) * reading[p] for p in priorities]
            state = sum(sum(own) > float(edge) * instance.limit_w * _OVER for edge in instance.thresholds)
            row_w = 0.0
            for p in priorities:
                at = min(level[p][state - 1], len(instance.power_ratio) - 1) if state else 0
                row_w += own[p] * float(instance.power_ratio[at])
                total += (servers * float(instance.share[p] * instance.weight[p] * instance.loss[p][at])
                          * instance.step_s / 3600 / len(instance.server_w))
            trips |= row_w > instance.limit_w * _OVER
        tripped += trips
    allowed &= tripped <= floor(instance.trip_share * len(instance.server_w) + 1e-9)
    return total, bool(allowed)


def best_by_enumeration(instance: PowerCapThresholdsInstance) -> float:
    """Return the least objective of all schedules, infinite where there is none."""
    cells = len(instance.priorities) * len(instance.thresholds)
    best = inf
    for level in product(range(len(instance.power_ratio)), repeat=cells):
        table = np.array(level).reshape(len(instance.priorities), -1)
        if (np.diff(table, axis=1) < 0).any() or (np.diff(table, axis=0) > 0).any():
            continue
        for added in range(instance.least_added, instance.most_added + 1):
            value, allowed = judge_plainly(instance, PowerCapThresholdsSchedule(added=added, level=table))
            if allowed:
                best = min(best, value)
    return best
