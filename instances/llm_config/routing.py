"""Routing: the cheapest way to share tokens out among replicas, in closed form.

Tokens cost the same whoever asks for them. What configurations can make of all demand together are the bases of a
polymatroid with the rank ``min over sets A of classes (demand of A + rates of all that serve a class outside A)``, by
the theorem of maximum flow and minimum cut; so the cheapest base is found greedily (Edmonds, 1970).
"""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray


def subset_sums(demand: FloatArray) -> FloatArray:
    """Return the demand of every set of classes, by bit mask, float array [..., 2^Q] for demand [..., Q]."""
    found = np.zeros((*demand.shape[:-1], 1))
    for q in range(demand.shape[-1]):
        found = np.concatenate([found, found + demand[..., q:q + 1]], axis=-1)
    return found


def cheapest_loads(subset: FloatArray, mask: IntArray, rate: FloatArray, cost: FloatArray) -> FloatArray:
    """Return what each item makes in the cheapest routing, float array [J]; of too much demand, what can be made.

    Parameters
    ----------
    subset : float array [2^Q]
        Demand of every set of classes.
    mask : int array [J]
        Classes that the item serves, as bits.
    rate, cost : float array [J]
        Tokens per second it may make, and the cost of one.
    """
    order = np.argsort(cost, kind="stable")
    sets = np.arange(len(subset))
    reached = subset.copy()
    loads, before = np.zeros(len(rate)), 0.0
    for j in order[rate[order] > 0].tolist():
        reached[(mask[j] & ~sets) != 0] += rate[j]
        rank = float(reached.min())
        loads[j], before = rank - before, rank
    return loads


def shared_out(demand: FloatArray, mask: IntArray, loads: FloatArray) -> FloatArray:
    """Return how much of each class each item makes, float array [Q, J], for loads that add up to the demand.

    Each pair of a class and a kind of item gets as much as leaves all other sets of classes enough.

    Parameters
    ----------
    demand : float array [Q]
        Of classes.
    mask : int array [J]
        Classes that the item serves, as bits.
    loads : float array [J]
        From `cheapest_loads`.
    """
    classes, sets = len(demand), np.arange(2 ** len(demand))
    kinds, kind = np.unique(mask, return_inverse=True)
    room = np.bincount(kind, weights=loads, minlength=len(kinds))
    total, left = room.copy(), demand.astype(np.float64).copy()
    flow = np.zeros((classes, len(kinds)))
    touches = (kinds[None, :] & sets[:, None]) != 0
    slack = touches @ room - subset_sums(left)
    for q in range(classes):
        inside = (sets >> q) & 1 == 1
        for c in np.flatnonzero((kinds >> q) & 1):
            bound = slack[touches[:, c] & ~inside].min(initial=np.inf)
            pushed = max(min(left[q], room[c], bound), 0.0)
            flow[q, c] = pushed
            left[q] -= pushed
            room[c] -= pushed
            slack[touches[:, c] & ~inside] -= pushed
    share = np.divide(loads, total[kind], out=np.zeros_like(loads), where=total[kind] > 0)
    found: FloatArray = flow[:, kind] * share
    scale = np.divide(demand, found.sum(axis=1), out=np.ones(classes), where=found.sum(axis=1) > 0)
    return np.asarray(found * scale[:, None])
