"""Budget: the cheapest shares under hourly floors and windows of quality, exactly, by sorting edges of hulls by slope.

Over a window this is the linear multiple-choice knapsack (Sinha and Zoltners, 1979): hours move up their hulls in order
of slope until the quality is reached, and at most one of them stops within an edge. Windows that are nested are
satisfied from the inside out: what an inner one asks for is taken whatever the outer one does, and the rest of its
edges compete in the outer one, since the cheapest cost of a window is a convex function of its quality made of them.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.directives.costs import Costs
from ecoopt.instances.directives.hulls import Hulls, hulls_of


@dataclass(frozen=True, eq=False)
class Plan:
    """The cheapest shares. R origins, T hours, C groups, L levels.

    Parameters
    ----------
    share : float array [R, T, C, L]
        Shares of levels.
    price : float array [R, W]
        For each window, cost of a unit of quality of a request at its margin; 0 where it does not bind.
    """

    share: FloatArray
    price: FloatArray


def cheapest_plan(costs: Costs, request_g: FloatArray, floor: FloatArray) -> Plan:
    """Return the cheapest shares of levels under floors and the instance's windows.

    O(T C L log(T C L)) for each nesting of windows.

    Parameters
    ----------
    costs : Costs
        Of the instance.
    request_g : float array [R, T, C, L]
        Carbon of a request, as ``Costs.home_g``.
    floor : float array [R, T]
        Least quality of every hour.
    """
    instance = costs.instance
    regions, hours = instance.requests.shape
    hulls = _hulls(costs, request_g)
    taken = hulls.taken_for(floor.ravel())
    requests = instance.requests.ravel()
    price = np.zeros((regions, len(instance.windows)))
    length_h = [window.end_h - window.start_h for window in instance.windows]
    for w in np.argsort(length_h, kind="stable").tolist():
        window = instance.windows[w]
        for r in range(regions):
            own = slice(r * hours + window.start_h, r * hours + window.end_h)
            price[r, w] = reach(hulls, taken, requests, own, (1.0 - window.loss) * float(requests[own].sum()))
    return Plan(hulls.shares(taken).reshape(costs.quality.shape), price)


def cheapest_floors(costs: Costs, request_g: FloatArray, floor: FloatArray) -> FloatArray:
    """Return the cheapest shares of levels under floors alone, float array [R, T, C, L]; as `cheapest_plan`."""
    hulls = _hulls(costs, request_g)
    return hulls.shares(hulls.taken_for(floor.ravel())).reshape(costs.quality.shape)


def _hulls(costs: Costs, request_g: FloatArray) -> Hulls:
    """Return the hulls of all origins' hours."""
    shape = (-1, *costs.quality.shape[2:])
    return hulls_of((costs.weight[..., None] * request_g).reshape(shape), costs.quality.reshape(shape))


def reach(hulls: Hulls, taken: FloatArray, requests: FloatArray, own: slice, wanted: float) -> float:
    """Take edges of some hours by slope until their quality is reached, and return the last one's slope.

    Parameters
    ----------
    hulls : Hulls
        Of H hours.
    taken : float array [H, E]
        Part of each edge that is taken; changed in place.
    requests : float array [H]
        Requests.
    own : slice
        The hours.
    wanted : float
        Quality, added up over requests.
    """
    gain, count = hulls.gain[own], requests[own]
    lacking = wanted - float((count * (hulls.reached[own] + (gain * taken[own]).sum(axis=1))).sum())
    left = count[:, None] * gain * (1.0 - taken[own])
    hour, edge = np.nonzero(left > 0)
    if lacking <= 0 or not len(hour):
        return 0.0
    order = np.argsort(hulls.slope[own][hour, edge], kind="stable")
    hour, edge = hour[order], edge[order]
    amount = left[hour, edge]
    total = np.cumsum(amount)
    last = min(int(np.searchsorted(total, lacking)), len(total) - 1)
    part = min((lacking - (total[last] - amount[last])) / amount[last], 1.0)
    rows = hour + own.start
    taken[rows[:last], edge[:last]] = 1.0
    taken[rows[last], edge[last]] += part * (1.0 - taken[rows[last], edge[last]])
    return float(hulls.slope[rows[last], edge[last]])
