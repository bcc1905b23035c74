"""Routes: each model's known compositions, and the best sequence through them while the other models keep theirs."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.pool.ground import Ground
from ecoopt.instances.pool.path import best_path

MOST = 400
"""Compositions of a model that are remembered beside those in use; older ones are forgotten."""


class Routes:
    """Known compositions of every model.

    Parameters
    ----------
    ground : Ground
        What is asked.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._known: list[dict[bytes, IntArray]] = [{} for _ in range(ground.models)]
        self._values: list[dict[bytes, FloatArray]] = [{} for _ in range(ground.models)]

    def learn(self, m: int, count: IntArray) -> bool:
        """Remember machines [K] for a model, and return whether they are new."""
        key = count.tobytes()
        if key in self._known[m]:
            return False
        self._values[m][key] = np.array([self.ground.value(m, t, count) for t in range(self.ground.periods)])
        self._known[m][key] = count.copy()
        return True

    def learn_all(self, counts: IntArray) -> None:
        """Remember what machines [T, M, K] are made of."""
        for m in range(self.ground.models):
            for t in range(self.ground.periods):
                self.learn(m, counts[t, m])

    def follow(self, m: int, counts: IntArray) -> bool:
        """Put the best sequence of a model in the place of its own in machines [T, M, K], if it is better.

        What other models rent and pay is left to them. Returns whether anything changed.
        """
        ground, instance = self.ground, self.ground.instance
        self._forget(m, counts)
        keys = list(self._known[m])
        if not keys:
            return False
        pool = np.array([self._known[m][key] for key in keys])
        values = np.array([self._values[m][key] for key in keys]).T
        others = counts.copy()
        others[:, m] = 0
        others_before = ground.before.copy()
        others_before[m] = 0
        begun = np.maximum(np.diff(others, axis=0, prepend=others_before[None]), 0)
        money = np.full(ground.periods, np.inf)
        if instance.budget_per_h is not None:
            paid = others.sum(axis=1) + begun.sum(axis=1) * ground.start_share
            money = instance.budget_per_h * (1 + 1e-9) - (instance.price_per_h * paid).sum(axis=1)
        starting = np.zeros_like(ground.starting) if ground.serves_all else ground.starting
        value, chosen = best_path(
            np.ascontiguousarray(values), pool, np.ascontiguousarray(ground.before[m]), starting,
            np.ascontiguousarray(instance.price_per_h), 0.0 if instance.budget_per_h is None else ground.start_share,
            money, instance.max_count - others.sum(axis=1))
        if value == -np.inf:
            return False
        now = counts[:, m].copy()
        if (pool[chosen] == now).all() or not value > self._value(m, now) + 1e-12 * abs(value):
            return False
        counts[:, m] = pool[chosen]
        return True

    def _value(self, m: int, path: IntArray) -> float:
        """Return what a model's machines [T, K] add to the objective, starts paid."""
        own = sum(self._values[m][row.tobytes()][t] if row.tobytes() in self._values[m]
                  else self.ground.value(m, t, row) for t, row in enumerate(path))
        if self.ground.serves_all:
            return float(own)
        begun = np.maximum(np.diff(path, axis=0, prepend=self.ground.before[m][None]), 0)
        return float(own) - float((begun * self.ground.starting).sum())

    def _forget(self, m: int, counts: IntArray) -> None:
        """Forget the oldest compositions that are not in use, beyond so many."""
        used = {row.tobytes() for row in counts[:, m]}
        spare = [key for key in self._known[m] if key not in used]
        for key in spare[:max(len(spare) - MOST, 0)]:
            del self._known[m][key], self._values[m][key]
