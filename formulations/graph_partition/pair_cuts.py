"""Cuts of the partition polytope that a point breaks: signs, triangles, cliques and stars, found by whole arrays."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray

_LARGEST_STAR = 5
_STARTS = 6000
_LEAST = 0.01
_SHARES = (0.6, 0.2, 0.2)


@dataclass(frozen=True, eq=False)
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
    kinds = ([*_signs(together), *_triangles(together)], _stars(together), _cliques(together, parts))
    chosen: list[Cut] = []
    for found, share in zip(kinds, _SHARES, strict=True):
        order = np.argsort([-how_far for how_far, _ in found], kind="stable")[:round(share * most)]
        chosen += [found[i][1] for i in order.tolist()]
    return chosen


def _signs(together: FloatArray) -> list[tuple[float, Cut]]:
    """Return pairs below 0."""
    first, second = np.nonzero(np.triu(together < -_LEAST, 1))
    return [(-float(together[u, v]), Cut((u,), (v,), (-1.0,), 0.0))
            for u, v in zip(first.tolist(), second.tolist(), strict=True)]


def _triangles(together: FloatArray) -> list[tuple[float, Cut]]:
    """Return triples of which two pairs are together more than the third allows."""
    found: list[tuple[float, Cut]] = []
    nodes = len(together)
    for v in range(nodes):
        excess = together[v][:, None] + together[v][None, :] - together - 1
        excess[v, :] = excess[:, v] = 0.0
        first, second = np.nonzero(np.triu(excess > _LEAST, 1))
        if len(first) > 4 * nodes:
            keep = np.argsort(-excess[first, second], kind="stable")[:4 * nodes]
            first, second = first[keep], second[keep]
        found += [(float(excess[u, w]) / np.sqrt(3), Cut((u, v, u), (v, w, w), (1.0, 1.0, -1.0), 1.0))
                  for u, w in zip(first.tolist(), second.tolist(), strict=True)]
    return found


def _stars(together: FloatArray) -> list[tuple[float, Cut]]:
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
    found: list[tuple[float, Cut]] = []
    for size in range(2, min(_LARGEST_STAR, nodes - 1) + 1):
        best = np.argmax(gain, axis=1)
        value = value + gain[row, best]
        leaves.append(best)
        gain = gain - together[best]
        gain[row, best] = -np.inf
        if size > 2:
            found += _distinct(value, np.stack(leaves, axis=1), centre)
    return found


def _cliques(together: FloatArray, parts: int) -> list[tuple[float, Cut]]:
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
    found: list[tuple[float, Cut]] = []
    for size in range(3, min(2 * parts - 1, parts + 4, nodes) + 1 if parts > 2 else min(3, nodes) + 1):
        best = np.argmin(near, axis=1)
        value = value + near[row, best]
        members.append(best)
        near = near + together[best]
        near[row, best] = np.inf
        if size > parts:
            each, larger = divmod(size, parts)
            least = each * (each - 1) // 2 * (parts - larger) + each * (each + 1) // 2 * larger
            found += _distinct(least - value, np.stack(members, axis=1), None, -float(least))
    return found


def _distinct(
    excess: FloatArray, members: IntArray, centre: IntArray | None, limit: float = 1.0,
) -> list[tuple[float, Cut]]:
    """Return the cuts of sets that are broken, each once: stars where there are centres, else cliques."""
    good = np.flatnonzero(excess > 2 * _LEAST)
    if not len(good):
        return []
    sets = np.sort(members[good], axis=1)
    keyed = sets if centre is None else np.column_stack([centre[good], sets])
    _, once = np.unique(keyed, axis=0, return_index=True)
    size = sets.shape[1]
    low, high = np.triu_indices(size, 1)
    pairs = len(low) + (0 if centre is None else size)
    found = []
    for i in np.sort(once).tolist():
        inner_first, inner_second = sets[i, low].tolist(), sets[i, high].tolist()
        if centre is None:
            cut = Cut(tuple(inner_first), tuple(inner_second), (-1.0,) * pairs, limit)
        else:
            hub = [int(centre[good[i]])] * size
            cut = Cut((*hub, *inner_first), (*sets[i].tolist(), *inner_second),
                      (1.0,) * size + (-1.0,) * len(low), limit)
        found.append((float(excess[good[i]]) / np.sqrt(pairs), cut))
    return found
