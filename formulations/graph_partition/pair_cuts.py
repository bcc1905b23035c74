"""Cuts of the partition polytope that a point breaks: signs, triangles, cliques and stars, found by whole arrays."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray

_LARGEST_STAR = 5
_STARTS = 6000
_LEAST = 0.01
_SHARES = (0.6, 0.2, 0.2)
_REPEATS = 10


@dataclass(frozen=True)
class Cut:
    """An inequality ``sum sign * Z <= limit`` over pairs of nodes.

    Parameters
    ----------
    first, second : tuple of int
        Ends of the pairs.
    sign : tuple of float
        Coefficients, 1 or -1.
    limit : float
        Right side.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    sign: tuple[float, ...]
    limit: float


@dataclass(frozen=True, eq=False)
class _Group:
    """Broken cuts of one shape: how far away each is [g], ends [g, pairs], coefficients [pairs], right side."""

    distance: FloatArray
    first: IntArray
    second: IntArray
    sign: tuple[float, ...]
    limit: float


def broken_cuts(together: FloatArray, parts: int, most: int) -> list[Cut]:
    """Return cuts that a point breaks, of each kind those farthest away.

    Parameters
    ----------
    together : float array [N, N]
        The point Z, symmetric.
    parts : int
        Number of parts K.
    most : int
        Most cuts.

    Notes
    -----
    Signs ``Z >= 0``; triangles ``Z_uv + Z_vw - Z_uw <= 1``; stars ``sum_t Z_ut - sum_{t < t'} Z_tt' <= 1``, the
    2-partition inequalities of Groetschel and Wakabayashi (1990) with one node on one side; cliques: among K + 1 nodes
    and more, so many pairs are together (Chopra and Rao 1993). Stars and cliques grow greedily from every pair.
    """
    shares = [round(share * most) for share in _SHARES]
    kinds = ([_signs(together), _triangles(together, shares[0])], _stars(together, shares[1]),
             _cliques(together, parts, shares[2]))
    return [cut for groups, share in zip(kinds, shares, strict=True) for cut in _farthest(groups, share)]


def _farthest(groups: list[_Group], most: int) -> list[Cut]:
    """Return the cuts of some groups that are farthest away."""
    if not groups:
        return []
    distance = np.concatenate([group.distance for group in groups])
    owner = np.repeat(np.arange(len(groups)), [len(group.distance) for group in groups])
    row = np.concatenate([np.arange(len(group.distance)) for group in groups])
    chosen = np.argsort(-distance, kind="stable")[:most]
    return [Cut(tuple(groups[g].first[i].tolist()), tuple(groups[g].second[i].tolist()), groups[g].sign,
                groups[g].limit) for g, i in zip(owner[chosen].tolist(), row[chosen].tolist(), strict=True)]


def _signs(together: FloatArray) -> _Group:
    """Return pairs below 0."""
    first, second = np.nonzero(np.triu(together < -_LEAST, 1))
    return _Group(-together[first, second], first[:, None], second[:, None], (-1.0,), 0.0)


def _triangles(together: FloatArray, most: int) -> _Group:
    """Return triples of which two pairs are together more than the third allows."""
    pieces = []
    upper = np.triu(np.ones_like(together, dtype=bool), 1)
    for v in range(len(together)):
        excess = together[v][:, None] + together[v][None, :] - together - 1
        excess[v, :] = excess[:, v] = 0.0
        first, second = np.nonzero(upper & (excess > _LEAST))
        if len(first) > most:
            keep = np.sort(np.argpartition(-excess[first, second], most)[:most])
            first, second = first[keep], second[keep]
        pieces.append((excess[first, second], first, np.full(len(first), v), second))
    excess, first, middle, second = (np.concatenate([piece[i] for piece in pieces]) for i in range(4))
    keep = np.argsort(-excess, kind="stable")[:most]
    first, middle, second = first[keep], middle[keep], second[keep]
    return _Group(excess[keep] / np.sqrt(3), np.stack([first, middle, first], 1), np.stack([middle, second, second], 1),
                  (1.0, 1.0, -1.0), 1.0)


def _stars(together: FloatArray, most: int) -> list[_Group]:
    """Return centres with leaves that are with the centre more than with each other."""
    nodes = len(together)
    centre, leaf = np.nonzero(~np.eye(nodes, dtype=bool))
    if len(centre) > _STARTS:
        keep = np.sort(np.argsort(np.abs(together[centre, leaf] - 0.5), kind="stable")[:_STARTS])
        centre, leaf = centre[keep], leaf[keep]
    row = np.arange(len(centre))
    gain = together[centre] - together[leaf]
    gain[row, centre] = gain[row, leaf] = -np.inf
    value, leaves = together[centre, leaf] - 1, [leaf]
    found = []
    for size in range(2, min(_LARGEST_STAR, nodes - 1) + 1):
        best = np.argmax(gain, axis=1)
        value = value + gain[row, best]
        leaves.append(best)
        gain -= together[best]
        gain[row, best] = -np.inf
        if size > 2:
            excess, keyed = _distinct(value, np.column_stack([centre, np.sort(np.stack(leaves, 1), axis=1)]), most)
            sets, low, high = keyed[:, 1:], *np.triu_indices(size, 1)
            found.append(_Group(
                excess / np.sqrt(size + len(low)),
                np.concatenate([np.repeat(keyed[:, :1], size, axis=1), sets[:, low]], 1),
                np.concatenate([sets, sets[:, high]], 1), (1.0,) * size + (-1.0,) * len(low), 1.0))
    return found


def _cliques(together: FloatArray, parts: int, most: int) -> list[_Group]:
    """Return sets of more than K nodes of which too few pairs are together."""
    nodes = len(together)
    first, second = np.triu_indices(nodes, 1)
    if len(first) > _STARTS:
        keep = np.sort(np.argsort(together[first, second], kind="stable")[:_STARTS])
        first, second = first[keep], second[keep]
    row = np.arange(len(first))
    near = together[first] + together[second]
    near[row, first] = near[row, second] = np.inf
    value, members = together[first, second], [first, second]
    found = []
    for size in range(3, min(max(3, min(2 * parts - 1, parts + 4)), nodes) + 1):
        best = np.argmin(near, axis=1)
        value = value + near[row, best]
        members.append(best)
        near += together[best]
        near[row, best] = np.inf
        if size > parts:
            each, larger = divmod(size, parts)
            least = each * (each - 1) // 2 * (parts - larger) + each * (each + 1) // 2 * larger
            excess, sets = _distinct(least - value, np.sort(np.stack(members, 1), axis=1), most)
            low, high = np.triu_indices(size, 1)
            found.append(_Group(excess / np.sqrt(len(low)), sets[:, low], sets[:, high], (-1.0,) * len(low),
                                -float(least)))
    return found


def _distinct(excess: FloatArray, rows: IntArray, most: int) -> tuple[FloatArray, IntArray]:
    """Return the excess and rows of sets that are broken most, each once; a set may have been met from many pairs."""
    good = np.flatnonzero(excess > 2 * _LEAST)
    good = good[np.argsort(-excess[good], kind="stable")[:_REPEATS * most]]
    _, once = np.unique(rows[good], axis=0, return_index=True)
    kept = good[np.sort(once)]
    return excess[kept], rows[kept]
