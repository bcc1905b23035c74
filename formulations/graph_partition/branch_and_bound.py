"""Branch and bound over pairs: together or apart, best bound first, each node bounded by the semidefinite dual."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.formulations.graph_partition.pair_problem import PairProblem
from ecoopt.formulations.graph_partition.relaxation import Relaxation

_CHILD_ALPHA = 2e-3
_STEPS, _FIRST_STEPS = 60, 60
_ROUNDS = 12
_PROGRESS = 0.02
"""Share of the distance to the incumbent that a round must gain; else it is time to branch."""


@dataclass(order=True)
class _Open:
    """A node that may hold something better."""

    order: tuple[float, int]
    relaxation: Relaxation = field(compare=False)


class PairSearch:
    """A search for the best partition.

    Parameters
    ----------
    problem : PairProblem
        The problem at first.
    round_down : callable
        From a bound to the largest value within it.
    go_on : callable
        Whether there is time.
    try_point : callable
        Told of points Z over the first nodes, float array [N0, N0]; returns the best value known, None while there is
        none.
    """

    def __init__(
        self, problem: PairProblem, *, round_down: Callable[[float], float], go_on: Callable[[], bool],
        try_point: Callable[[FloatArray], float | None],
    ) -> None:
        self._round_down, self._go_on, self._try = round_down, go_on, try_point
        self._best: float | None = None
        self.root = Relaxation(problem)
        self._open: list[_Open] = []
        self._count = 0

    @property
    def bound(self) -> float:
        """What no partition exceeds: the best open node's bound, or the best value known."""
        known = -np.inf if self._best is None else self._best
        return max([known, *(-entry.order[0] for entry in self._open[:1])])

    def relax_root(self, rounds: int, patience: int, progress: Callable[[float], bool]) -> None:
        """Improve the root's bound round by round until it is closed.

        Parameters
        ----------
        rounds : int
            Most rounds.
        patience : int
            Rounds in succession that may gain little.
        progress : callable
            Told of each round's bound; returns whether to go on.
        """
        if self.root.problem.impossible():
            self.root.bound = -np.inf
            return
        stale = 0
        for _ in range(rounds):
            before = self.root.bound
            self.root.improve(_FIRST_STEPS, self._go_on)
            self._see(self.root)
            if not progress(self._value(self.root)) or self._closed(self.root):
                return
            left = self.root.bound - (self._best if self._best is not None else 0.0)
            stale = stale + 1 if before - self.root.bound < _PROGRESS * left else 0
            if stale >= patience:
                return

    def search(self, progress: Callable[[float], bool]) -> None:
        """Branch until everything is closed or there is no time; bounds are told node by node."""
        self._push(self.root)
        while self._open and self._go_on():
            node = heapq.heappop(self._open)
            if self._closed(node.relaxation):
                continue
            pair = _undecided(node.relaxation)
            if pair is None:
                self._settle(node.relaxation.problem)
                continue
            problem = node.relaxation.problem
            for follower in (problem.merged(*pair), problem.separated(*pair)):
                if not follower.impossible():
                    child = node.relaxation.child(follower, _CHILD_ALPHA)
                    self._relax(child)
                    self._push(child)
            if not progress(self.bound):
                return

    def _relax(self, node: Relaxation) -> None:
        """Improve a node's bound until it is closed or gains little."""
        for _ in range(_ROUNDS):
            before = node.bound
            node.improve(_STEPS, self._go_on)
            self._see(node)
            if self._closed(node) or not self._go_on():
                return
            left = node.bound - (self._best if self._best is not None else 0.0)
            if before - node.bound < _PROGRESS * left:
                return

    def _see(self, node: Relaxation) -> None:
        """Show a node's point to whoever makes schedules of points."""
        assert node.together is not None
        label = node.problem.label
        self._best = self._try(node.together[label][:, label])

    def _settle(self, problem: PairProblem) -> None:
        """Take a problem without open decisions for what it is: a partition, or none."""
        if problem.nodes <= problem.parts and not problem.impossible():
            label = problem.label
            self._best = self._try((label[:, None] == label[None, :]).astype(float))

    def _push(self, node: Relaxation) -> None:
        if not self._closed(node):
            self._count += 1
            heapq.heappush(self._open, _Open((-self._value(node), self._count), node))

    def _value(self, node: Relaxation) -> float:
        return self._round_down(node.bound)

    def _closed(self, node: Relaxation) -> bool:
        # No weight is below 0, so that a bound below the weight within nodes says that there is no partition.
        least = node.problem.constant if self._best is None else self._best
        if self._best is None:
            return node.bound < least - 1e-9 * max(abs(least), 1.0)
        return self._value(node) <= least + 1e-9 * abs(least)


def _undecided(node: Relaxation) -> tuple[int, int] | None:
    """Return the pair to branch on, undecided and with much weight at its ends; None where none is left."""
    problem = node.problem
    known = problem.decided()
    if known.all():
        return None
    point = np.full((problem.nodes, problem.nodes), 0.5) if node.together is None else node.together
    weight = problem.weight.sum(axis=0)
    doubt = np.clip(0.5 - np.abs(point - 0.5), 1e-3, None)
    score = np.where(known, -1.0, doubt * (1e-6 + weight[:, None] + weight[None, :]))
    first, second = divmod(int(np.argmax(score)), problem.nodes)
    return min(first, second), max(first, second)
