"""Trying compositions one by one: what each told, which ones that rules out, and how many it took to find the best."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.pool.ground import MET, Ground, Spent
from ecoopt.instances.pool import PoolInstance, PoolSchedule

MOST = 1_000_000


class Trying:
    """A search that measures compositions of one model's pool in one period. N compositions, K types.

    What is measured rules others out, since more machines never serve less: what has no more machines of any type than
    a composition that serves too little; what costs more than the best found. An iteration is a measurement.

    Parameters
    ----------
    instance : PoolInstance
        One model, one period.
    run : Run
        Its budget is met exactly.
    start : PoolSchedule, optional
        Offered; its composition is not counted as measured.
    name : str
        Of the method, for messages.

    Attributes
    ----------
    counts : int array [N, K]
        Every composition that may be rented; with trials, that was tried.
    standing : float array [N]
        Dollars or grams that it costs at least.
    open : bool array [N]
        Whether it may still be better than the best measured.
    tried : bool array [N]
        Whether it was measured.

    Raises
    ------
    InputError
        When there are several models or periods, or too many compositions.
    """

    def __init__(self, instance: PoolInstance, run: Run, start: PoolSchedule | None, name: str) -> None:
        if len(instance.models) != 1 or instance.periods != 1:
            raise InputError.one(name, "", f"tries compositions of one model in one period, not of "
                                 f"{len(instance.models)} in {instance.periods}",
                                 "use greedy, local-search, pso or milp, or an instance of one")
        self.run, self.ground, self.instance = run, Ground(instance, run), instance
        self.ground.offer_start(start)
        self.counts = _compositions(self.ground, name)
        begun = np.maximum(self.counts - self.ground.before[0], 0)
        self.standing = self.counts @ self.ground.standing[0] + begun @ self.ground.starting[0]
        self.price_per_h = self.counts @ instance.price_per_h[0]
        self.tried = np.zeros(len(self.counts), dtype=bool)
        self.open = np.ones(len(self.counts), dtype=bool)
        self.quality = np.full(len(self.counts), np.nan)
        self.best: int | None = None
        self.best_value = -np.inf

    @property
    def serves_all(self) -> bool:
        """Whether as much as possible is to be served, so that quality is all that counts."""
        return self.ground.serves_all

    @property
    def asked(self) -> float:
        """Rate or share in time that must be reached; infinite for the objective ``throughput``."""
        return np.inf if self.serves_all else float(self.ground.demand[0, 0])

    def measure(self, i: int) -> float:
        """Measure a composition, rule out what that rules out, and return what it adds up to.

        Raises
        ------
        Spent
            When the run must stop.
        """
        if self.run.stop() is not None:
            raise Spent
        count = self.counts[i]
        self.quality[i] = self.ground.rate(0, count)
        self.tried[i] = True
        self.open[i] = False
        value = self.ground.offer(count[None, None])
        self.run.tick(1)
        if value > self.best_value:
            self.best, self.best_value = i, value
        self._rule_out(i, value)
        return value

    def ends(self, *, exact: bool = True, **details: Any) -> Outcome:
        """Return the outcome, with how many evaluations the best took.

        Parameters
        ----------
        exact : bool
            Whether the best is proven when nothing is open. With trials it never is: measurements are not quite
            monotone.
        **details
            Figures of the method's own.
        """
        closed = not self.open.any()
        if closed and exact and self.best is not None and self.instance.trials is None:
            self.run.prove(self.best_value)
        return self.run.outcome(
            evaluations_to_best=self.ground.to_best, compositions=len(self.counts), left_open=int(self.open.sum()),
            **details)

    @cached_property
    def place(self) -> dict[bytes, int]:
        """Where each composition is among all, by its bytes."""
        return {row.tobytes(): i for i, row in enumerate(self.counts)}

    def below(self, i: int) -> NDArray[np.bool_]:
        """Return which compositions have no more machines of any type, bool array [N]."""
        found: NDArray[np.bool_] = (self.counts <= self.counts[i]).all(axis=1)
        return found

    def _rule_out(self, i: int, value: float) -> None:
        if self.serves_all or self.quality[i] < self.asked * MET:
            self.open &= ~self.below(i)
            if self.serves_all and self.best_value >= self.ground.weight[0] * self.ground.demand[0, 0] * MET:
                self.open[:] = False
        if not self.serves_all:
            self.open &= self.standing < -self.best_value


def goodness(trying: Trying, i: int) -> float:
    """Return Ribbon's objective of a measured composition, in [0, 1]: half its quality, or half and half its saving.

    What falls short is as good as half the share of what is asked for that it reaches; what does not, half and half of
    what it saves against all machines that there are (``BO_functions.py`` of the published artifact).
    """
    if trying.serves_all:
        return float(trying.quality[i])
    if trying.quality[i] < trying.asked * MET:
        return float(0.5 * trying.quality[i] / trying.asked)
    most = float(trying.standing.max())
    return 0.5 + 0.5 * (1 - float(trying.standing[i]) / most) if most > 0 else 1.0


def _compositions(ground: Ground, name: str) -> IntArray:
    """Return every composition that may be rented, int array [N, K]."""
    instance = ground.instance
    if instance.trials is not None:
        box = instance.trials.count
    else:
        limit = instance.max_count.copy()
        price, budget = instance.price_per_h[0], np.inf if instance.budget_per_h is None else instance.budget_per_h[0]
        for k in range(ground.kinds):
            if price[k] > 0 and budget < np.inf:
                limit[k] = min(limit[k], int(budget * (1 + 1e-9) / price[k]))
        if np.prod(limit + 1.0) > MOST:
            raise InputError.one(name, "", f"there are {np.prod(limit + 1.0):.3g} compositions to try",
                                 f"use greedy, local-search, pso or milp, or leave at most {MOST}")
        box = np.stack(np.meshgrid(*(np.arange(n + 1) for n in limit), indexing="ij"), axis=-1).reshape(
            -1, ground.kinds)
    allowed: NDArray[np.bool_] = np.asarray((box <= instance.max_count).all(axis=1))
    if instance.budget_per_h is not None:
        paid = box + np.maximum(box - ground.before[0], 0) * ground.start_share
        allowed = allowed & (paid @ instance.price_per_h[0] <= instance.budget_per_h[0] * (1 + 1e-9))
    found: IntArray = np.ascontiguousarray(box[allowed])
    return found
