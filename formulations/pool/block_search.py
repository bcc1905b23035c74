"""Block search: the best whole numbers of machines for one model in one period, whatever each number costs.

A depth-first search over types. Its bound mixes the rows by weights, which leaves one sum over types, each least by
itself; each row alone is tried as well, and rows that are already met are left out.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.status import Status
from ecoopt.formulations.highs import ModelBuilder, solve_lp

_MET = 1e-9
_FIRST, _GROWTH = 0.01, 2.0
_EASY = 300_000


@dataclass(frozen=True, eq=False)
class Block:
    """Rows ``need - matrix @ capacity(n)`` of one model in one period. R rows, K types, N numbers.

    Parameters
    ----------
    matrix : float array [R, K]
        Coefficients >= 0.
    need : float array [R]
        What is left of it counts where `counts`, and may not be positive elsewhere.
    counts : bool array [R]
        The largest of what is left of these rows adds to the cost.
    capacity : float array [K, N]
        Machines' time of each number of machines, not falling.
    most : int array [K]
        Most machines.
    """

    matrix: FloatArray
    need: FloatArray
    counts: NDArray[np.bool_]
    capacity: FloatArray
    most: IntArray


@dataclass(frozen=True, eq=False)
class BlockAnswer:
    """What a search found.

    Parameters
    ----------
    bound : float
        On the cost of every number of machines.
    value : float
        Least cost found; infinite where nothing better than asked was.
    count : int array [K]
        The machines.
    weights : float array [R]
        The mixture with the best bound, to begin the next search with.
    """

    bound: float
    value: float
    count: IntArray
    weights: FloatArray


def search_block(
    block: Block, cost: FloatArray, known: float, weights: FloatArray, nodes: int, rounds: int = 60,
) -> BlockAnswer:
    """Return the least cost of a block, or a bound where the search would take too long.

    Parameters
    ----------
    block : Block
        Its rows.
    cost : float array [K, N]
        Cost of each number of machines of each type; 0 for none.
    known : float
        A cost that can be had: only less is looked for.
    weights : float array [R]
        A mixture of rows to begin with.
    nodes : int
        Most nodes.
    rounds : int
        Steps that improve the mixture first.
    """
    single = _single(block, cost)
    mixture, _ = _improve(block.matrix, block.need, block.counts, cost, block.capacity, block.most,
                          np.vstack([weights[None], np.diag(single)]), known, rounds)
    # The dearest type first, and a mixture of its own for each number of it: it is what others cannot replace.
    split = int(np.argmax(np.where(block.most > 0, cost[:, 1], -np.inf))) if cost.shape[1] > 1 else 0
    parts = _split(block.matrix, block.need, block.counts, cost, block.capacity, block.most, split, mixture, known,
                   rounds)
    roots, mixtures = parts
    gain = mixture @ block.matrix
    reduced = (cost - gain[:, None] * block.capacity)[:, 1:] if cost.shape[1] > 1 else cost
    order = np.argsort(-reduced.min(axis=1), kind="stable")
    order = np.append(split, order[order != split])
    proved, width, sharp = min(float(roots.min()), known), _FIRST * max(abs(float(roots.min())), 1e-9), False
    while proved < known:
        # Asking for little more than what is proved cuts off most of the search.
        goal = min(known, proved + width) if proved + width < known - width else known
        value, count, left = _search_parts(block.matrix, block.need, block.counts, cost, block.capacity, block.most,
                                           roots, mixtures, single, order, np.argsort(roots), goal,
                                           nodes if sharp else _EASY)
        if np.isfinite(value) and left >= 0:
            return BlockAnswer(value, value, count, mixture)
        if left < 0 and sharp:
            return BlockAnswer(proved, value, count, mixture)
        if left < 0:
            sharp = True
            _sharpen(block, cost, split, roots, mixtures, known)
            proved = max(proved, min(float(roots.min()), known))
            continue
        proved, width = goal, _GROWTH * width
    return BlockAnswer(known, np.inf, np.zeros(len(order), dtype=np.int64), mixture)


def _sharpen(
    block: Block, cost: FloatArray, split: int, roots: FloatArray, mixtures: FloatArray, known: float
) -> None:
    """Replace mixtures of parts that matter by those of a linear program, where these prove more."""
    numbers = np.arange(1, cost.shape[1])
    within = numbers <= block.most[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.min(cost[:, 1:] / block.capacity[:, 1:], axis=1, where=within & (block.capacity[:, 1:] > 0),
                      initial=np.inf)
    usable = np.isfinite(each)
    usable[split] = False
    others = block.most.copy()
    others[split] = 0
    left = np.empty(len(block.need))
    for u in np.flatnonzero(roots < known):
        rest = block.need - block.matrix[:, split] * block.capacity[split, u]
        builder = ModelBuilder()
        given = builder.add_columns("capacity", int(usable.sum()), cost=each[usable],
                                    upper=block.capacity[np.arange(len(others)), others][usable])
        amount = builder.add_columns("amount", 1, cost=1.0)
        rows = builder.add_rows("row", len(rest), lower=rest)
        builder.add_terms(rows[:, None], given, block.matrix[:, usable])
        builder.add_terms(rows[block.counts], amount, 1.0)
        found = solve_lp(builder.model())
        if found.status is Status.INFEASIBLE:
            roots[u] = np.inf
        if found.row_dual is None:
            continue
        mixture = np.maximum(found.row_dual, 0.0)
        value = cost[split, u] + _value(block.matrix, rest, cost, block.capacity, others, mixture, left)
        if value > roots[u]:
            roots[u], mixtures[u] = value, mixture


@njit(cache=True)
def _split(
    matrix: FloatArray, need: FloatArray, counts: NDArray[np.bool_], cost: FloatArray, capacity: FloatArray,
    most: IntArray, split: int, mixture: FloatArray, known: float, rounds: int,
) -> tuple[FloatArray, FloatArray]:
    """Return for each number of one type a bound with that many, and the mixture that gives it."""
    rows, numbers = matrix.shape[0], most[split] + 1
    roots, mixtures, left = np.empty(numbers), np.empty((numbers, rows)), np.empty(rows)
    others = most.copy()
    others[split] = 0
    start = np.empty((1, rows))
    for r in range(rows):
        start[0, r] = mixture[r]
    reach = _reach(matrix, capacity, others)
    rest = np.empty(rows)
    for u in range(numbers):
        for r in range(rows):
            rest[r] = need[r] - matrix[r, split] * capacity[split, u]
            mixtures[u, r] = start[0, r]
        if _beyond(rest, reach, counts):
            roots[u] = np.inf
            continue
        roots[u] = cost[split, u] + _value(matrix, rest, cost, capacity, others, mixtures[u], left)
        if roots[u] < known:
            found, value = _improve(matrix, rest, counts, cost, capacity, others, start, known - cost[split, u], rounds)
            roots[u] = cost[split, u] + value
            for r in range(rows):
                mixtures[u, r] = start[0, r] = found[r]
    return roots, mixtures


@njit(cache=True)
def _reach(matrix: FloatArray, capacity: FloatArray, most: IntArray) -> FloatArray:
    """Return the most that all machines there are give to each row."""
    reach = np.zeros(matrix.shape[0])
    for k in range(matrix.shape[1]):
        for r in range(matrix.shape[0]):
            reach[r] += matrix[r, k] * capacity[k, most[k]]
    return reach


@njit(cache=True)
def _beyond(left: FloatArray, reach: FloatArray, counts: NDArray[np.bool_]) -> bool:
    """Return whether some row cannot be met any more."""
    beyond = False
    for r in range(len(left)):
        beyond |= not counts[r] and left[r] > reach[r] + _MET * max(reach[r], 1.0)
    return beyond


@njit(cache=True)
def _search_parts(
    matrix: FloatArray, need: FloatArray, counts: NDArray[np.bool_], cost: FloatArray, capacity: FloatArray,
    most: IntArray, roots: FloatArray, mixtures: FloatArray, single: FloatArray, order: IntArray,
    parts: IntArray, goal: float, nodes: int,
) -> tuple[float, IntArray, int]:
    """Search every number of the first type that may do with less than a goal; as `_search`."""
    split = order[0]
    others = most.copy()
    others[split] = 0
    best, value, count = goal, np.inf, np.zeros(len(most), np.int64)
    rest = np.empty(len(need))
    for u in parts:
        if roots[u] >= best:
            break
        for r in range(len(need)):
            rest[r] = need[r] - matrix[r, split] * capacity[split, u]
        found, at, nodes = _search(matrix, rest, counts, cost, capacity, others, mixtures[u], single, order,
                                   best - cost[split, u], nodes)
        if found < np.inf:
            value = best = found + cost[split, u]
            count = at
            count[split] = u
        if nodes < 0:
            break
    return value, count, nodes


def _single(block: Block, cost: FloatArray) -> FloatArray:
    """Return the weight of each row by itself, float array [R]: as much as no number of machines is cheaper than."""
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(block.capacity[:, 1:] > 0, cost[:, 1:] / block.capacity[:, 1:], np.inf)
        rate = np.min(each, axis=1, where=np.arange(1, cost.shape[1]) <= block.most[:, None], initial=np.inf)
        ratio = np.where(block.matrix > 0, np.maximum(rate, 0.0) / block.matrix, np.inf).min(axis=1)
    ratio = np.where(np.isfinite(ratio), ratio, 0.0)
    return np.where(block.counts, np.minimum(ratio, 1.0), ratio)


@njit(cache=True)
def _value(
    matrix: FloatArray, need: FloatArray, cost: FloatArray, capacity: FloatArray, most: IntArray, weights: FloatArray,
    left: FloatArray,
) -> float:
    """Return the bound of a mixture, and what it leaves of each row."""
    rows, kinds = matrix.shape
    total = 0.0
    for r in range(rows):
        left[r] = need[r]
        total += weights[r] * need[r]
    for k in range(kinds):
        gain = 0.0
        for r in range(rows):
            gain += weights[r] * matrix[r, k]
        least, at = 0.0, 0
        for u in range(1, most[k] + 1):
            value = cost[k, u] - gain * capacity[k, u]
            if value < least:
                least, at = value, u
        total += least
        if at:
            for r in range(rows):
                left[r] -= matrix[r, k] * capacity[k, at]
    return total


@njit(cache=True)
def _improve(
    matrix: FloatArray, need: FloatArray, counts: NDArray[np.bool_], cost: FloatArray, capacity: FloatArray,
    most: IntArray, starts: FloatArray, known: float, rounds: int,
) -> tuple[FloatArray, float]:
    """Return the best mixture found by subgradient steps from the best of some, and its bound."""
    rows = matrix.shape[0]
    left = np.empty(rows)
    best, at = -np.inf, 0
    for i in range(starts.shape[0]):
        value = _value(matrix, need, cost, capacity, most, starts[i], left)
        if value > best:
            best, at = value, i
    weights, found, pace = starts[at].copy(), starts[at].copy(), 1.0
    for step in range(rounds):
        value = _value(matrix, need, cost, capacity, most, weights, left)
        if value > best:
            best = value
            for r in range(rows):
                found[r] = weights[r]
        elif step % 6 == 5:
            pace *= 0.5
            for r in range(rows):
                weights[r] = found[r]
            continue
        norm = 0.0
        for r in range(rows):
            if left[r] > 0 or weights[r] > 0:
                norm += left[r] ** 2
        goal = known if known < np.inf else best + 0.1 * abs(best) + 1e-6
        if norm <= 0 or goal <= value:
            break
        length = pace * (goal - value) / norm
        mixed = 0.0
        for r in range(rows):
            weights[r] = max(weights[r] + length * left[r], 0.0)
            if counts[r]:
                mixed += weights[r]
        if mixed > 1:
            for r in range(rows):
                if counts[r]:
                    weights[r] /= mixed
    return found, best


@njit(cache=True)
def _search(
    matrix: FloatArray, need: FloatArray, counts: NDArray[np.bool_], cost: FloatArray, capacity: FloatArray,
    most: IntArray, mixture: FloatArray, single: FloatArray, order: IntArray, known: float, nodes: int,
) -> tuple[float, IntArray, int]:
    """Return cost and numbers of the best block below what is known, and the nodes left, -1 without an end."""
    rows, kinds = matrix.shape
    best, found = known, np.zeros(kinds, np.int64)
    value = np.inf
    slack = 1e-10 * max(1.0, abs(known)) if known < np.inf else 0.0
    # What the mixture, and each row by itself, leaves to the types from a depth on.
    rest, alone = np.zeros(kinds + 1), np.zeros((kinds + 1, rows))
    for d in range(kinds - 1, -1, -1):
        k = order[d]
        gain, least = 0.0, 0.0
        for r in range(rows):
            gain += mixture[r] * matrix[r, k]
            each = 0.0
            for u in range(1, most[k] + 1):
                each = min(each, cost[k, u] - single[r] * matrix[r, k] * capacity[k, u])
            alone[d, r] = alone[d + 1, r] + each
        for u in range(1, most[k] + 1):
            least = min(least, cost[k, u] - gain * capacity[k, u])
        rest[d] = rest[d + 1] + least
    cheapest = np.zeros(kinds + 1)
    for d in range(kinds - 1, -1, -1):
        least = 0.0
        for u in range(1, most[order[d]] + 1):
            least = min(least, cost[order[d], u])
        cheapest[d] = cheapest[d + 1] + least
    reach = np.zeros((kinds + 1, rows))
    for d in range(kinds - 1, -1, -1):
        for r in range(rows):
            reach[d, r] = reach[d + 1, r] + matrix[r, order[d]] * capacity[order[d], most[order[d]]]
    left, spent = np.empty((kinds + 1, rows)), np.zeros(kinds + 1)
    for r in range(rows):
        left[0, r] = need[r]
    at = np.full(kinds, -1, np.int64)
    depth, seen = 0, 0
    while depth >= 0:
        k = order[depth]
        at[depth] += 1
        u = at[depth]
        seen += 1
        if seen > nodes:
            return value, found, -1
        if u > most[k]:
            at[depth] = -1
            depth -= 1
            continue
        paid = spent[depth] + cost[k, u]
        if depth == kinds - 1:
            extra, met = 0.0, True
            for r in range(rows):
                over = left[depth, r] - matrix[r, k] * capacity[k, u]
                if counts[r]:
                    extra = max(extra, over)
                elif over > _MET * max(need[r], 1.0):
                    met = False
                    break
            if met and paid + extra < best - slack:
                best = paid + extra
                value = best
                for d in range(kinds):
                    found[order[d]] = at[d]
            continue
        for r in range(rows):
            left[depth + 1, r] = left[depth, r] - matrix[r, k] * capacity[k, u]
        if _beyond(left[depth + 1], reach[depth + 1], counts):
            continue
        mixed, bound = rest[depth + 1], cheapest[depth + 1]
        for r in range(rows):
            over = left[depth + 1, r]
            if over > 0:
                mixed += mixture[r] * over
                bound = max(bound, alone[depth + 1, r] + single[r] * over)
        bound = max(bound, mixed)
        if paid + bound >= best - slack:
            continue
        spent[depth + 1] = paid
        depth += 1
        at[depth] = -1
    return value, found, nodes - seen
