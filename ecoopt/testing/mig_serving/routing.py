"""The least cost of sending requests to instances, some of them late, by the dual of a linear program in two rows."""

import math
from collections.abc import Sequence


def least_cost(
    cost: Sequence[float], room: Sequence[float], late: Sequence[float], load: float, ration: float
) -> float:
    """Return the least cost of sending `load` where at most `ration` may be late; infinite where that cannot be.

    For each price on late requests the cheapest places are filled first; the largest of what that proves is the answer,
    and it is found at a price at which two places cost the same.

    Parameters
    ----------
    cost, room, late : sequence of float [N]
        Of a request at each place, of requests that it takes, and the share of them that is late.
    load, ration : float
        Requests, and late requests allowed.
    """
    if sum(room) < load * (1 - 1e-9):
        return math.inf
    places = range(len(cost))
    if _filled(cost, room, late, load, [(late[i], cost[i]) for i in places])[1] > ration + 1e-9 * load:
        return math.inf
    prices = {0.0}
    for i in places:
        for j in places:
            if late[j] > late[i] and cost[i] > cost[j]:
                prices.add((cost[i] - cost[j]) / (late[j] - late[i]))
    best = -math.inf
    for price in prices:
        paid, tardy = _filled(cost, room, late, load, [(cost[i] + price * late[i], late[i]) for i in places])
        best = max(best, paid + price * (tardy - ration))
    return best


def _filled(
    cost: Sequence[float], room: Sequence[float], late: Sequence[float], load: float,
    rank: Sequence[tuple[float, float]],
) -> tuple[float, float]:
    """Return cost and late requests when the places are filled by rising rank."""
    paid = tardy = 0.0
    for i in sorted(range(len(cost)), key=lambda place: rank[place]):
        sent = min(load, room[i])
        load -= sent
        paid += sent * cost[i]
        tardy += sent * late[i]
    return paid, tardy
