"""Flow: the time-indexed program as machines that flow through time, and its matrix, compiled.

Node ``(u, k)`` is the border before cell u of type k. Idle machines flow from border to border; a query takes one out
where it begins and gives it back where it ends, in shares of the two borders around where that is within a cell. So
the dual of a node is what time costs up to there, linear in between, and a column has at most four entries beside the
one in its query's row. Seen this way, what a query touches lies within one longest response, and the matrix of normal
equations, the queries' rows taken out, is a narrow band: an interior point step takes time linear in the number of
queries.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.dispatch.columns import Columns
from ecoopt.instances.dispatch.timeline import Timeline


class Flow(NamedTuple):
    """M columns, N queries, V nodes; types K.

    Parameters
    ----------
    first : int array [N + 1]
        First column of each query.
    node : int array [M, 2]
        Node at or before which each column begins, and ends.
    share : float array [M, 2]
        Share of the node after it.
    lowest : int array [N]
        First node that each query touches.
    types, nodes, width : int
        K, V, and the number of nodes in a row that one query can touch.
    """

    first: IntArray
    node: IntArray
    share: FloatArray
    lowest: IntArray
    types: int
    nodes: int
    width: int


def flow_of(line: Timeline, columns: Columns) -> Flow:
    """Return the flow of a timeline's columns."""
    types = len(line.counts)
    times = np.stack([columns.begin, columns.end], axis=1)
    return Flow(columns.first, times // line.cell * types + columns.kind[:, None], times % line.cell / line.cell,
                line.arrival // line.cell * types, types, (line.cells + 2) * types,
                (line.qos // line.cell + 3) * types)


@njit(cache=True)
def rows(
    flow: Flow, x: FloatArray, unserved: FloatArray, idle: FloatArray,
) -> tuple[FloatArray, FloatArray]:  # pragma: no cover
    """Return what primal values sum up to in the queries' rows [N] and the nodes' [V]."""
    query, node = np.empty(len(unserved)), np.empty(len(idle))
    for i in range(len(node)):
        node[i] = idle[i] - (idle[i - flow.types] if i >= flow.types else 0.0)
    for q in range(len(query)):
        query[q] = unserved[q]
        for c in range(flow.first[q], flow.first[q + 1]):
            query[q] += x[c]
            for side, way in ((0, 1.0), (1, -1.0)):
                at, share = flow.node[c, side], flow.share[c, side]
                node[at] += way * (1.0 - share) * x[c]
                node[at + flow.types] += way * share * x[c]
    return query, node


@njit(cache=True)
def prices(
    flow: Flow, query: FloatArray, node: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:  # pragma: no cover
    """Return what row values, [N] and [V], sum up to in the columns [M], for unserved queries [N] and idle flow [V]."""
    x, unserved, idle = np.empty(len(flow.node)), np.empty(len(query)), np.empty(len(node))
    for i in range(len(node)):
        idle[i] = node[i] - (node[i + flow.types] if i + flow.types < len(node) else 0.0)
    for q in range(len(query)):
        unserved[q] = query[q]
        for c in range(flow.first[q], flow.first[q + 1]):
            total = query[q]
            for side, way in ((0, 1.0), (1, -1.0)):
                at, share = flow.node[c, side], flow.share[c, side]
                total += way * ((1.0 - share) * node[at] + share * node[at + flow.types])
            x[c] = total
    return x, unserved, idle


@njit(cache=True)
def normal(
    flow: Flow, x: FloatArray, unserved: FloatArray, idle: FloatArray, band: FloatArray, touched: FloatArray,
    total: FloatArray,
) -> None:  # pragma: no cover
    """Write the normal equations with weights of columns, unserved queries and idle flow, queries' rows taken out.

    Parameters
    ----------
    band : float array [V, width + 1]
        Becomes the matrix over nodes.
    touched, total : float array [N, width], float array [N]
        Become each query's entries in its nodes' columns, and its own.
    """
    for i in range(len(idle)):
        for j in range(band.shape[1]):
            band[i, j] = 0.0
        band[i, 0] = idle[i]
        if i >= flow.types:
            band[i, 0] += idle[i - flow.types]
        if i + flow.types < len(idle):
            band[i, flow.types] -= idle[i]
    at, value = np.empty(4, dtype=np.int64), np.empty(4)
    for q in range(len(total)):
        base, row, own, reach = flow.lowest[q], touched[q], unserved[q], 0
        for i in range(len(row)):
            row[i] = 0.0
        for c in range(flow.first[q], flow.first[q + 1]):
            own += x[c]
            for side in range(2):
                way = 1.0 - 2.0 * side
                at[2 * side] = flow.node[c, side]
                at[2 * side + 1] = flow.node[c, side] + flow.types
                value[2 * side] = way * (1.0 - flow.share[c, side])
                value[2 * side + 1] = way * flow.share[c, side]
            for i in range(4):
                if value[i] == 0.0:
                    continue
                row[at[i] - base] += x[c] * value[i]
                reach = max(reach, at[i] - base + 1)
                for j in range(4):
                    if at[j] >= at[i]:
                        band[at[i], at[j] - at[i]] += x[c] * value[i] * value[j]
        total[q] = own
        for i in range(reach):
            share = row[i] / own
            if share != 0.0:
                line = band[base + i]
                for j in range(reach - i):
                    line[j] -= share * row[i + j]


@njit(cache=True)
def gather(
    flow: Flow, touched: FloatArray, total: FloatArray, query: FloatArray, node: FloatArray,
) -> None:  # pragma: no cover
    """Take the queries' rows, with right-hand side [N], out of the nodes' right-hand side [V]."""
    for q in range(len(total)):
        share = query[q] / total[q]
        for i in range(min(touched.shape[1], flow.nodes - flow.lowest[q])):
            node[flow.lowest[q] + i] -= share * touched[q, i]


@njit(cache=True)
def spread(
    flow: Flow, touched: FloatArray, total: FloatArray, query: FloatArray, node: FloatArray,
) -> None:  # pragma: no cover
    """Replace the queries' right-hand side [N] by their unknowns, given the nodes' [V]."""
    for q in range(len(total)):
        for i in range(min(touched.shape[1], flow.nodes - flow.lowest[q])):
            query[q] -= touched[q, i] * node[flow.lowest[q] + i]
        query[q] /= total[q]
