"""Interior: prices of time from the linear relaxation, by a primal-dual interior point method on its band.

Mehrotra 1992, *On the implementation of a primal-dual interior point method*. Prices are dual feasible from the first
step on, so that every step gives a bound.
"""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.formulations.dispatch.band import factor, solve
from ecoopt.formulations.dispatch.columns import columns_of
from ecoopt.formulations.dispatch.flow import Flow, flow_of, gather, normal, prices, rows, spread
from ecoopt.instances.dispatch.timeline import Timeline

MOST_STEPS = 200
_BACK = 0.9995

Values = tuple[FloatArray, FloatArray, FloatArray]


def climb(
    line: Timeline, tolerance: float, told: Callable[[FloatArray], bool], lean: FloatArray | None = None,
) -> FloatArray:
    """Solve the relaxation until its gap is below the tolerance; return each query's share on each type, [N, K].

    Parameters
    ----------
    tolerance : float
        Share of the whole weight.
    told : callable
        Given the prices of each step, float array [K, cells]; returns whether to stop.
    lean : float array [N, K], optional
        Added to each query's weight on each type. The prices then are not those of the problem itself.
    """
    state = _State(line, np.zeros(line.service.shape) if lean is None else lean)
    for _ in range(MOST_STEPS):
        if told(state.price()) or state.gap <= tolerance * float(line.weight.sum()):
            break
        if not state.step():
            break
    return state.shares()


class _State:
    """Primal values, duals and slacks, in units of the largest weight."""

    def __init__(self, line: Timeline, lean: FloatArray) -> None:
        self.line = line
        self.columns = columns = columns_of(line)
        self.flow: Flow = flow_of(line, columns)
        self.scale = float(line.weight.max())
        self.weight = (line.weight[columns.query] + lean[columns.query, columns.kind]) / self.scale
        self.cuts = (len(columns.query), len(columns.query) + len(line.query))
        counts = np.diff(columns.first)
        borders = self.flow.nodes // self.flow.types
        self.x = np.concatenate([1.0 / (counts[columns.query] + 1), 1.0 / (counts + 1),
                                 np.tile(line.counts / 2.0, borders)])
        self.supply = np.zeros(self.flow.nodes)
        self.supply[:self.flow.types] = line.counts
        longest = np.where(line.service <= line.qos, line.service, 0).mean(axis=0).max()
        paid = 0.5 * line.cell / longest * (np.arange(borders) - borders)
        self.node = np.repeat(paid, self.flow.types)
        spent = prices(self.flow, np.zeros(len(line.query)), self.node)[0]
        most = np.maximum.reduceat(self.weight + spent, columns.first[:-1])
        self.query = -(np.maximum(most, 0.0) + 0.3)
        self.slack = self._slack(self.query, self.node)
        self.slack[:self.cuts[0]] -= self.weight
        self.band = np.empty((self.flow.nodes, self.flow.width + 1))
        self.touched = np.empty((len(line.query), self.flow.width))
        self.total = np.empty(len(line.query))

    @property
    def gap(self) -> float:
        """Distance of primal and dual values, once primal values keep all rows."""
        return float(self.x @ self.slack) * self.scale

    def price(self) -> FloatArray:
        """Return the price of a machine of each type in each cell, float array [K, cells]."""
        paid = self.node.reshape(-1, self.flow.types)[:self.line.cells + 1]
        price: FloatArray = np.maximum(np.diff(paid, axis=0), 0.0).T * self.scale
        return price

    def shares(self) -> FloatArray:
        """Return what of each query runs on each type, float array [N, K]."""
        shares = np.zeros(self.line.service.shape)
        np.add.at(shares, (self.columns.query, self.columns.kind), self.x[:self.cuts[0]])
        return shares

    def step(self) -> bool:
        """Do one step of predictor and corrector; return whether it led anywhere."""
        query, node = rows(self.flow, *self._split(self.x))
        short = (1.0 - query, self.supply - node)
        weights = self.x / self.slack
        normal(self.flow, *self._split(weights), self.band, self.touched, self.total)
        factor(self.band)
        product = self.x * self.slack
        mean = float(product.mean())
        dx, ds, _, _ = self._direction(-product, short, weights)
        ahead = float(((self.x + _length(self.x, dx) * dx) * (self.slack + _length(self.slack, ds) * ds)).mean())
        aim = (ahead / mean) ** 3 * mean
        dx, ds, dquery, dnode = self._direction(aim - product - dx * ds, short, weights)
        primal, dual = (min(1.0, _BACK * _length(values, change))
                        for values, change in ((self.x, dx), (self.slack, ds)))
        if not np.isfinite(dx).all() or not np.isfinite(ds).all() or max(primal, dual) < 1e-6:
            return False
        self.x = self.x + primal * dx
        self.slack, self.query = self.slack + dual * ds, self.query + dual * dquery
        self.node = self.node + dual * dnode
        return True

    def _direction(
        self, aim: FloatArray, short: tuple[FloatArray, FloatArray], weights: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return the changes of primal values, slacks, queries' and nodes' duals with ``s dx + x ds = aim``."""
        x = aim / self.slack
        query, node = rows(self.flow, *self._split(x))
        query, node = short[0] - query, short[1] - node
        gather(self.flow, self.touched, self.total, query, node)
        solve(self.band, node)
        spread(self.flow, self.touched, self.total, query, node)
        ds = self._slack(query, node)
        return x - weights * ds, ds, query, node

    def _slack(self, query: FloatArray, node: FloatArray) -> FloatArray:
        return -np.concatenate(prices(self.flow, query, node))

    def _split(self, values: FloatArray) -> Values:
        x, unserved, idle = np.split(values, self.cuts)
        return x, unserved, idle


def _length(values: FloatArray, change: FloatArray) -> float:
    """Return the longest step, 1 at most, that keeps all values at least 0."""
    return float(1.0 / max(1.0, -(change / values).min()))
