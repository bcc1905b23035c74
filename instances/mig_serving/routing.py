"""Routing: the cheapest rates for given instances, a fractional knapsack per service and period, in closed form."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_serving.options import Options

SLACK = 1e-7
"""Share of the load that may go unserved: below the tolerance of referee and solver, above their rounding."""


def room_rps(options: Options, instances: IntArray) -> FloatArray:
    """Return requests per second that instances may be sent.

    Parameters
    ----------
    options : Options
        O options.
    instances : int array [..., O]
        Instances of each option.

    Returns
    -------
    float array [..., O]
    """
    room = np.zeros(instances.shape)
    for k in range(len(options.instance.services)):
        own = np.flatnonzero(options.service == k)
        size = options.pool_size(instances[..., own].sum(axis=-1))
        per_instance = options.capacity_rps[own][:, np.maximum(size, 0)]
        room[..., own] = instances[..., own] * np.moveaxis(per_instance, 0, -1)
    return room


def cheapest_rates(
    options: Options, instances: IntArray, period: int | IntArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the cheapest rates of given instances, and whether they can serve all requests.

    Options of a service are filled by rising cost. Where late requests are rationed, their price is the one at which
    the ration is just used, and the rates are the mixture of the two fillings between which it lies.
    O(N O log O) for N rows; with a ration O(O^2 log O) for each row and service that needs it.

    Parameters
    ----------
    options : Options
        O options, K services.
    instances : int array [N, O]
        Instances of each option.
    period : int or int array [N]
        Period of each row.

    Returns
    -------
    rates : float array [N, O]
        As far as there is room.
    served : bool array [N, K]
        Whether all requests of a service are served, and in time.
    """
    room = room_rps(options, instances)
    rows = len(instances)
    periods = np.broadcast_to(np.asarray(period), (rows,))
    load = options.instance.load_rps[:, periods].T
    rates = np.zeros(room.shape)
    served = np.ones(load.shape, dtype=bool)
    for k, service in enumerate(options.instance.services):
        own = np.flatnonzero(options.service == k)
        cost = options.rate_cost[own][:, periods].T
        part = _fill(cost, room[:, own], load[:, k])
        served[:, k] = part.sum(axis=1) >= load[:, k] * (1 - SLACK)
        late = options.late_share[own]
        if late.any():
            ration = service.late_budget * load[:, k]
            for row in np.flatnonzero(served[:, k] & (part @ late > ration * (1 + SLACK))):
                rationed = _rationed(cost[row], late, room[row, own], load[row, k], ration[row])
                served[row, k] = rationed is not None
                part[row] = 0.0 if rationed is None else rationed
        rates[:, own] = part
    return rates, served


def _fill(cost: FloatArray, room: FloatArray, load: FloatArray) -> FloatArray:
    """Return rates [N, O] that fill the cheapest room first."""
    order = np.argsort(cost, axis=1, kind="stable")
    sorted_room = np.take_along_axis(room, order, axis=1)
    before = np.cumsum(sorted_room, axis=1) - sorted_room
    filled = np.clip(load[:, None] - before, 0.0, sorted_room)
    rates = np.zeros(room.shape)
    np.put_along_axis(rates, order, filled, axis=1)
    return rates


def _rationed(cost: FloatArray, late: FloatArray, room: FloatArray, load: float, ration: float) -> FloatArray | None:
    """Return the cheapest rates [O] with at most `ration` late requests per second, None where there are none."""

    def filled(price: float, prompt_first: bool) -> FloatArray:
        # Ties are broken by lateness, so that the two fillings at a price bracket the ration.
        order = np.lexsort((late if prompt_first else -late, cost + price * late))
        rates = np.zeros(len(cost))
        rates[order] = np.clip(load - (np.cumsum(room[order]) - room[order]), 0.0, room[order])
        return rates

    prompt = np.zeros(len(cost))
    order = np.lexsort((cost, late))
    prompt[order] = np.clip(load - (np.cumsum(room[order]) - room[order]), 0.0, room[order])
    if prompt @ late > ration * (1 + SLACK):
        return None
    gap = late[None, :] - late[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = np.where(gap > 0, (cost[:, None] - cost[None, :]) / gap, -1.0)
    candidates = np.unique(prices[prices > 0])
    low, high = 0, len(candidates) - 1
    while low < high:
        middle = (low + high) // 2
        if filled(float(candidates[middle]), True) @ late <= ration:
            high = middle
        else:
            low = middle + 1
    if not len(candidates):
        return prompt
    few, many = (filled(float(candidates[low]), first) for first in (True, False))
    few_late, many_late = float(few @ late), float(many @ late)
    if few_late > ration:
        return prompt
    share = 1.0 if many_late <= few_late else min(1.0, (ration - few_late) / (many_late - few_late))
    mixed: FloatArray = few + share * (many - few)
    return mixed
