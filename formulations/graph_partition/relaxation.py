"""Relaxation: a node of the search with its rows, cuts and multipliers, bounded by the semidefinite dual."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array, vstack

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.graph_partition.pair_cuts import Cut, broken_cuts
from ecoopt.formulations.graph_partition.pair_problem import PairProblem, membership
from ecoopt.formulations.graph_partition.regularised_dual import RegularisedDual
from ecoopt.formulations.graph_partition.size_rows import PairRows, pair_index, size_rows

FIRST_ALPHA, LEAST_ALPHA, SHRINK = 0.2, 2e-4, 0.5
_UNUSED, _SLACK = 1e-6, 1e-3
_CUTS_PER_NODE = 5


@dataclass
class Relaxation:
    """A pair problem under relaxation; `improve` lowers its bound round by round.

    Cuts are kept over nodes of the first problem, so that they hold in every problem that follows from it.

    Parameters
    ----------
    problem : PairProblem
        The problem.
    alpha : float
        Weight of the regularisation, relative to the weights' size.
    shift : float array [N]
        Multipliers of the unit diagonal.
    size_price : float array [rows]
        Multipliers of the size rows.
    cuts, cut_price : list
        Cuts and their multipliers.
    bound : float
        Proven bound so far.
    together : float array [N, N], optional
        The point Z that belongs to the multipliers, None before the first round.
    """

    problem: PairProblem
    alpha: float = FIRST_ALPHA
    shift: FloatArray = field(default_factory=lambda: np.zeros(0))
    size_price: FloatArray = field(default_factory=lambda: np.zeros(0))
    cuts: list[Cut] = field(default_factory=list)
    cut_price: FloatArray = field(default_factory=lambda: np.zeros(0))
    bound: float = np.inf
    together: FloatArray | None = None
    reduced: FloatArray | None = None

    def __post_init__(self) -> None:
        self._sizes: PairRows | None = None
        if not len(self.shift):
            self.shift = np.zeros(self.problem.nodes)

    def improve(self, evaluations: int, go_on: Callable[[], bool]) -> None:
        """Minimise over the multipliers for a while, then drop slack cuts and add broken ones.

        Parameters
        ----------
        evaluations : int
            Most eigenvalue decompositions.
        go_on : callable
            Asked after each step of the minimisation.
        """
        problem = self.problem
        if self._sizes is None:
            self._sizes = size_rows(problem)
            if len(self.size_price) != len(self._sizes.limit):
                self.size_price = np.zeros(len(self._sizes.limit))
        cuts = _rows(self.cuts, problem)
        dual = RegularisedDual(problem, _joined(self._sizes, cuts), self.alpha)
        prices = np.concatenate([self.size_price, self.cut_price])
        found = dual.minimise(self.shift, prices, evaluations, go_on)
        self.shift, self.together, self.reduced = found.shift, found.together, found.reduced
        self.size_price, self.cut_price = np.split(found.prices, [len(self.size_price)])
        self.bound = min(self.bound, problem.constant + found.bound)
        self.alpha = max(self.alpha * SHRINK, LEAST_ALPHA)
        if go_on():
            self._exchange(cuts)

    def _exchange(self, rows: PairRows) -> None:
        """Drop cuts that hold with room to spare and have no price, and add those that the point breaks."""
        assert self.together is not None
        upper = self.together[np.triu_indices(self.problem.nodes, 1)]
        spare = rows.limit - rows.matrix @ upper > _SLACK
        kept = np.flatnonzero(~((self.cut_price < _UNUSED) & spare)).tolist()
        cuts = [self.cuts[i] for i in kept]
        known = set(cuts)
        representative = np.zeros(self.problem.nodes, np.int64)
        label = self.problem.label
        representative[label[::-1]] = np.arange(len(label))[::-1]
        for cut in broken_cuts(self.together, self.problem.parts, _CUTS_PER_NODE * self.problem.nodes):
            over = Cut(tuple(representative[list(cut.first)].tolist()),
                       tuple(representative[list(cut.second)].tolist()), cut.sign, cut.limit)
            if over not in known:
                known.add(over)
                cuts.append(over)
        self.cuts = cuts
        self.cut_price = np.concatenate([self.cut_price[kept], np.zeros(len(cuts) - len(kept))])

    def child(self, problem: PairProblem, alpha: float) -> Self:
        """Return the relaxation of a problem that follows from this one by a decision, with what was learnt.

        Parameters
        ----------
        problem : PairProblem
            This one, with two nodes merged or separated.
        alpha : float
            Where its regularisation begins.
        """
        assert self.reduced is not None
        assert self._sizes is not None
        groups = membership(_labels(self.problem, problem))
        shift = -np.diag(groups.T @ self.reduced @ groups) if problem.nodes < self.problem.nodes else self.shift
        prices = _inherited(self.size_price, self.problem, problem, groups)
        return type(self)(problem, alpha, shift.copy(), prices, list(self.cuts), self.cut_price.copy(), self.bound)


def _labels(old: PairProblem, new: PairProblem) -> IntArray:
    """Return the new node of each old one."""
    label = np.zeros(old.nodes, np.int64)
    label[old.label] = new.label
    return label


def _inherited(price: FloatArray, old: PairProblem, new: PairProblem, groups: FloatArray) -> FloatArray:
    """Return the multipliers of size rows for a problem that follows: those of merged nodes are added up."""
    n, kinds = old.nodes, old.need.shape[1]
    size_part = price[:kinds * (2 * n + 1)].reshape(kinds, 2 * n + 1)
    blocks = [size_part[:, :n] @ groups, size_part[:, n:2 * n] @ groups, size_part[:, 2 * n:]]
    equations = np.zeros(len(new.apart) + (new.nodes - new.anchors if new.anchors else 0))
    known = {tuple(pair): value for pair, value in
             zip(_labels(old, new)[old.apart].tolist(), price[kinds * (2 * n + 1):].tolist(), strict=False)}
    for row, pair in enumerate(new.apart.tolist()):
        equations[row] = known.get(tuple(pair), 0.0)
    if new.anchors:
        own = np.zeros(n)
        own[old.anchors:] = price[len(price) - (n - old.anchors):]
        equations[len(new.apart):] = (own @ groups)[new.anchors:]
    return np.concatenate([np.concatenate(blocks, axis=1).ravel(), equations])


def _rows(cuts: list[Cut], problem: PairProblem) -> PairRows:
    """Return cuts over first nodes as rows over the pairs of a problem; a pair within a node is 1."""
    index, label = pair_index(problem.nodes), problem.label
    size = np.array([len(cut.sign) for cut in cuts], np.int64)
    first = np.array([node for cut in cuts for node in cut.first], np.int64)
    second = np.array([node for cut in cuts for node in cut.second], np.int64)
    sign = np.array([entry for cut in cuts for entry in cut.sign], np.float64)
    row = np.repeat(np.arange(len(cuts)), size)
    column = index[label[first], label[second]]
    within = column < 0
    inner = np.bincount(row[within], sign[within], len(cuts)).astype(np.float64)
    limit = np.array([cut.limit for cut in cuts]) - inner
    matrix = csr_array((sign[~within], (row[~within], column[~within])),
                       shape=(len(cuts), problem.nodes * (problem.nodes - 1) // 2))
    return PairRows(matrix, limit, np.zeros(len(cuts), bool))


def _joined(sizes: PairRows, cuts: PairRows) -> PairRows:
    """Return the rows of both, the size rows first."""
    return PairRows(csr_array(vstack([sizes.matrix, cuts.matrix])), np.concatenate([sizes.limit, cuts.limit]),
                    np.concatenate([sizes.equal, cuts.equal]))
