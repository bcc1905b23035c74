"""Search by bounds: any prices of machines' time bound what every composition can serve, so few need to be measured."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.heuristics.pool.ground import MET
from ecoopt.heuristics.pool.trying import Trying
from ecoopt.instances.pool.routing import route

_LITTLE = 1e-3


def search_by_bounds(trying: Trying) -> None:
    """Measure compositions by falling bound, or by rising cost those whose bound meets the demand, until none is open.

    With prices mu of the machines' time, no composition serves more than what its time is worth over what a query costs
    on average at its cheapest. Prices come from the dual of the routing; with trials, which cost more than a routing, a
    composition is bounded by its own prices before it is measured.
    """
    ground, counts = trying.ground, trying.counts
    capacity = ground.load[0, np.arange(ground.kinds), counts]
    bound = np.full(len(counts), np.inf)
    sure = np.zeros(len(counts), dtype=bool)
    trials = trying.instance.trials is not None
    while True:
        if trying.serves_all:
            trying.open &= ground.weight[0] * bound > trying.best_value
        elif not trials:
            trying.open &= bound >= trying.asked * MET
        left = np.flatnonzero(trying.open)
        if not len(left):
            return
        rank = -bound[left] if trying.serves_all else trying.standing[left]
        i = int(left[np.lexsort((trying.standing[left], rank))[0]])
        if not trials or sure[i]:
            trying.measure(i)
        if not sure[i]:
            bound = np.minimum(bound, _cut(trying, capacity, i))
            sure[i] = True


def _cut(trying: Trying, capacity: FloatArray, i: int) -> FloatArray:
    """Return what every composition serves at most at the prices of one of them, float array [N]."""
    work = trying.ground.works[0]
    prices = route(work, np.maximum(capacity[i], _LITTLE)).worth
    each = work.least(prices)
    if not 0 < each < np.inf:
        return np.where(np.isinf(each), 0.0, np.inf) * np.ones(len(capacity))
    most: FloatArray = capacity @ prices / each * (1 + 1e-9)
    return most
