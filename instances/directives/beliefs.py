"""Beliefs: shares chosen by the preferences of the last evaluation, and the cheapest hours to evaluate them in.

Evaluations are nodes of a path; the arc from one to the next costs what the hours in between cost when they believe the
first one. Hours in between depend on nothing else, so that the cheapest path is the cheapest joint choice.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives.costs import Costs
from ecoopt.instances.directives.mixes import cheapest_mix
from ecoopt.instances.directives.schema import DirectivesInstance


def last_evaluation(instance: DirectivesInstance, evaluations: IntArray) -> IntArray:
    """Return the hour of the last evaluation up to every hour, int array [T]; without an evaluator the hour itself."""
    hours = np.arange(instance.hours)
    if instance.evaluator is None:
        return hours
    return np.asarray(evaluations[np.searchsorted(evaluations, hours, side="right") - 1], dtype=np.int64)


def believed_quality(costs: Costs, last: IntArray) -> FloatArray:
    """Return the quality of each level as it is believed, float array [R, T, C, L]; see `last_evaluation`."""
    # Groups other than one have no evaluator, and their own quality is true.
    return costs.quality[:, last] if costs.instance.evaluator is not None else costs.quality


def best_shares(costs: Costs, evaluations: IntArray, floor: FloatArray, price: FloatArray) -> FloatArray:
    """Return the cheapest shares when it is known when preferences are evaluated, float array [T, L].

    Parameters
    ----------
    costs : Costs
        Of an instance with one region and one group.
    evaluations : int array
        Hours.
    floor : float array [T]
        Least quality believed.
    price : float array [T]
        What a unit of true quality of a request is worth.
    """
    instance = costs.instance
    believed = believed_quality(costs, last_evaluation(instance, evaluations))[0, :, 0]
    cost = costs.home_g[0, :, 0] - price[:, None] * costs.quality[0, :, 0]
    return cheapest_mix(cost, believed, floor, whole=instance.integer)


def cheapest_evaluations(costs: Costs, price: FloatArray) -> tuple[IntArray, float]:
    """Return the hours to evaluate in, and the cost of these and of the best shares. O(T G L^2) for gaps up to G.

    Parameters
    ----------
    costs : Costs
        Of an instance with an evaluator.
    price : float array [T]
        What a unit of true quality of a request is worth; the cost is less that.
    """
    judge, hours = costs.instance.evaluator, costs.instance.hours
    assert judge is not None
    arc = _arc_costs(costs, price, min(judge.most_gap_h, hours))
    best, before = np.full(hours + 1, np.inf), np.zeros(hours + 1, dtype=np.int64)
    best[0] = 0.0
    for end in range(1, hours + 1):
        # The last stretch may be as short as it likes.
        shortest = 1 if end == hours else judge.least_gap_h
        first, after = max(end - judge.most_gap_h, 0), end - shortest + 1
        if after <= first:
            continue
        node = np.arange(first, after)
        total = best[node] + costs.evaluation_g[node] + arc[node, end - node - 1]
        k = int(total.argmin())
        best[end], before[end] = total[k], node[k]
    path = [int(before[hours])]
    while path[-1] > 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1]), float(best[hours])


def _arc_costs(costs: Costs, price: FloatArray, longest_h: int) -> FloatArray:
    """Return the cost of the first 1, 2, ... hours that believe each evaluation, float array [T, G]."""
    requests, floor = costs.instance.requests[0], costs.floor[0]
    worth = costs.home_g[0, :, 0] - price[:, None] * costs.quality[0, :, 0]
    total = np.zeros((len(requests), longest_h))
    ahead = sliding_window_view(np.pad(np.arange(len(requests)), (0, longest_h - 1), constant_values=-1), longest_h)
    for s in range(longest_h):
        known = np.flatnonzero(ahead[:, s] >= 0)
        hour = ahead[known, s]
        share = cheapest_mix(worth[hour], costs.quality[0, known, 0], floor[hour], whole=costs.instance.integer)
        total[known, s] = requests[hour] * (share * worth[hour]).sum(axis=1)
    found: FloatArray = np.cumsum(total, axis=1)
    return found
