"""Size rows: what capacities say of pairs, as rows ``coefficients Z <= limit`` over pairs of nodes."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.graph_partition.pair_problem import PairProblem


@dataclass(frozen=True, eq=False)
class PairRows:
    """Rows over the N (N - 1) / 2 pairs u < v, in lexicographic order.

    Parameters
    ----------
    matrix : sparse array [rows, pairs]
        Coefficients.
    limit : float array [rows]
        Right sides.
    equal : bool array [rows]
        Which rows are equations; the others are ``<=``.
    """

    matrix: csr_array
    limit: FloatArray
    equal: np.ndarray


def pair_index(nodes: int) -> IntArray:
    """Return the number of each pair, int array [N, N], symmetric; -1 on the diagonal."""
    index = np.full((nodes, nodes), -1)
    first, second = np.triu_indices(nodes, 1)
    index[first, second] = index[second, first] = np.arange(len(first))
    return index


def most_squares(room: FloatArray, total: float) -> float:
    """Return the largest sum of squares of K amounts within `room` [K] that sum to `total`.

    Filling the largest room first majorises every other way, and a sum of squares is Schur-convex.
    """
    left, squares = total, 0.0
    for size in sorted(room.tolist(), reverse=True):
        amount = min(size, left)
        squares += amount * amount
        left -= amount
    return squares


def size_rows(problem: PairProblem) -> PairRows:
    """Return the rows of sizes, and the equations of devices and of pairs apart.

    For every node v and resource: at most its part's room, ``sum_u need_u Z_uv <= room - need_v``, and at least what
    the other parts cannot hold. For every resource, the sum of squares of the parts' amounts. Rows come in this order
    for every resource: N of the first, N of the second, one of the third; rows that say nothing are empty. Then come
    the equations: one for each pair apart, one for each node that must lie with a device.
    """
    n, anchors, parts = problem.nodes, problem.anchors, problem.parts
    index = pair_index(n)
    others = ~np.eye(n, dtype=bool)
    node = np.repeat(np.arange(n), n - 1)
    pair = index[others]
    blocks, limits = [], []
    first, second = np.triu_indices(n, 1)
    for need, room in zip(problem.need.T, problem.room.T, strict=True):
        total = float(need.sum())
        coefficient = np.tile(need, (n, 1))
        limit = np.full(n, room[0]) - need
        if anchors:
            coefficient[anchors:, :anchors] = -room
            coefficient[:anchors, :anchors] = 0.0
            coefficient[anchors:, :anchors] += need[:anchors]
            limit = np.concatenate([room - need[:anchors], -need[anchors:]])
        blocks.append(csr_array((coefficient[others], (node, pair)), shape=(n, len(first))))
        limits.append(limit)
        least = total - (room.sum() - room[:anchors] if anchors else np.full(n, (parts - 1) * room[0]))
        least = np.concatenate([least, np.full(n - anchors, least.min())]) if anchors else least
        useful = least > need
        lower = np.where(useful[:, None], -np.tile(need, (n, 1)), 0.0)
        blocks.append(csr_array((lower[others], (node, pair)), shape=(n, len(first))))
        limits.append(np.where(useful, need - least, 0.0))
        blocks.append(csr_array((need[first] * need[second])[None, :]))
        limits.append(np.array([(most_squares(room, total) - float((need ** 2).sum())) / 2]))
    apart = problem.apart
    blocks.append(csr_array((np.ones(len(apart)), (np.arange(len(apart)), index[apart[:, 0], apart[:, 1]])),
                            shape=(len(apart), len(first))))
    limits.append(np.zeros(len(apart)))
    with_device = n - anchors if anchors else 0
    if with_device:
        columns = index[anchors:, :anchors].ravel()
        blocks.append(csr_array((np.ones(len(columns)), (np.repeat(np.arange(with_device), anchors), columns)),
                                shape=(with_device, len(first))))
        limits.append(np.ones(with_device))
    matrix = csr_array(vstack(blocks))
    matrix.eliminate_zeros()
    equal = np.zeros(matrix.shape[0], bool)
    equal[len(equal) - len(apart) - with_device:] = True
    return PairRows(matrix, np.concatenate(limits), equal)
