"""Random problems whose Lagrangian dual has the value of a linear program: what the dual engines are tested on."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.formulations.dual import Priced
from ecoopt.formulations.highs import ModelBuilder, solve_lp, solve_model


@dataclass
class Placement:
    """Each job takes one machine; machines have capacities, which are priced."""

    cost: np.ndarray
    size: np.ndarray
    capacity: np.ndarray
    sense: Sense = Sense.MIN

    @classmethod
    def random(cls, seed: int, jobs: int, machines: int, sense: Sense = Sense.MIN) -> "Placement":
        rng = np.random.default_rng(seed)
        size = rng.uniform(1.0, 5.0, (jobs, machines))
        capacity = np.full(machines, 0.85 * size.mean(axis=1).sum() / machines)
        return cls(rng.uniform(1.0, 10.0, (jobs, machines)), size, capacity, sense)

    def priced(self, prices: np.ndarray) -> Priced:
        sign = 1.0 if self.sense is Sense.MIN else -1.0
        reduced = self.cost + sign * self.size * prices
        pick = reduced.argmin(axis=1) if self.sense is Sense.MIN else reduced.argmax(axis=1)
        x = np.zeros_like(self.cost)
        x[np.arange(len(pick)), pick] = 1.0
        over = (self.size * x).sum(axis=0) - self.capacity
        return Priced(float((self.cost * x).sum() + sign * prices @ over), sign * over, x)

    def model(self, integer: bool):
        builder = ModelBuilder(self.sense)
        x = builder.add_columns("x", self.cost.shape, cost=self.cost, upper=1.0, integer=integer)
        builder.add_terms(builder.add_rows("once", len(self.cost), lower=1.0, upper=1.0)[:, None], x, 1.0)
        builder.add_terms(builder.add_rows("room", self.capacity.size, upper=self.capacity)[None, :], x, self.size)
        return builder.model()

    def lp_bound(self) -> float:
        return solve_lp(self.model(False)).objective

    def optimum(self) -> float:
        return solve_model(self.model(True), Run(sense=self.sense)).objective


@dataclass
class Knapsacks:
    """Several knapsack rows over binaries, all but the bounds priced; a maximisation."""

    profit: np.ndarray
    weight: np.ndarray
    capacity: np.ndarray
    sense: Sense = Sense.MAX

    @classmethod
    def random(cls, seed: int, columns: int, rows: int) -> "Knapsacks":
        rng = np.random.default_rng(seed)
        weight = rng.uniform(0.0, 9.0, (rows, columns))
        return cls(rng.uniform(1.0, 20.0, columns), weight, 0.4 * weight.sum(axis=1))

    def priced(self, prices: np.ndarray) -> Priced:
        x = (self.profit - prices @ self.weight > 0).astype(float)
        left = self.capacity - self.weight @ x
        return Priced(float(self.profit @ x + prices @ left), left, x)

    def model(self, integer: bool):
        builder = ModelBuilder(Sense.MAX)
        x = builder.add_columns("x", self.profit.size, cost=self.profit, upper=1.0, integer=integer)
        rows = builder.add_rows("room", self.capacity.size, upper=self.capacity)
        builder.add_terms(rows[:, None], x[None, :], self.weight)
        return builder.model()

    def lp_bound(self) -> float:
        return solve_lp(self.model(False)).objective

    def optimum(self) -> float:
        return solve_model(self.model(True), Run(sense=Sense.MAX)).objective


def equations(seed: int, columns: int = 12, rows: int = 4):
    """A box-constrained LP with priced equations, so that prices are free; returns (priced, optimum)."""
    rng = np.random.default_rng(seed)
    matrix, cost = rng.uniform(-2.0, 3.0, (rows, columns)), rng.uniform(-1.0, 4.0, columns)
    right = matrix @ rng.uniform(0.0, 1.0, columns)

    def priced(prices: np.ndarray) -> Priced:
        reduced = cost + prices @ matrix
        x = (reduced < 0).astype(float)
        return Priced(float(reduced @ x - prices @ right), matrix @ x - right, x)

    builder = ModelBuilder()
    x = builder.add_columns("x", columns, cost=cost, upper=1.0)
    builder.add_terms(builder.add_rows("equal", rows, lower=right, upper=right)[:, None], x[None, :], matrix)
    return priced, solve_lp(builder.model()).objective
