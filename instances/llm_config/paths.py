"""Paths: the cheapest sequence through fleets known for each period, starts paid, by dynamic programming."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.llm_config.terms import Terms

Known = list[list[tuple[float, IntArray]]]
"""By period, fleets that serve it: grams without starts, and replicas of items, int array [J]."""


def cheapest_path(terms: Terms, known: Known) -> IntArray:
    """Return replicas of items [T, J] of the cheapest sequence. O(T M^2 Z P) for M fleets a period.

    Parameters
    ----------
    terms : Terms
        The tables.
    known : Known
        At least one fleet a period.
    """
    site, k = terms.items
    places = len(terms.inventory) * terms.placements
    group = site * terms.placements + terms.placement[k]
    start_g = terms.start_g.reshape(-1, places)

    member = (group[:, None] == np.arange(places)).astype(np.int64)

    def have(t: int) -> IntArray:
        return np.asarray(np.array([count for _, count in known[t]]) @ member)

    last = have(0)
    cost = np.array([own for own, _ in known[0]])
    if terms.before is not None:
        cost = cost + np.maximum(last - terms.before.ravel(), 0) @ start_g[0]
    came: list[IntArray] = []
    for t in range(1, len(known)):
        now = have(t)
        total = cost[:, None] + np.maximum(now[None] - last[:, None], 0) @ start_g[t]
        best = total.argmin(axis=0)
        came.append(best)
        cost = total[best, np.arange(len(best))] + np.array([own for own, _ in known[t]])
        last = now
    choice = [int(cost.argmin())]
    for best in reversed(came):
        choice.append(int(best[choice[-1]]))
    return np.array([known[t][c][1] for t, c in enumerate(reversed(choice))])
