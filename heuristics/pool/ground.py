"""Ground: what compositions serve, cost and emit, worked out once and counted as an evaluation when new."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.pool import PoolInstance, PoolSchedule
from ecoopt.instances.pool.routing import MS_PER_S, route
from ecoopt.instances.pool.terms import terms_of

MET = 1 - 1e-9
"""Share of a demand from which on it counts as met."""


class Spent(Exception):
    """The budget ended in the middle of a search."""


class Ground:
    """Figures of an instance, and the evaluations of a run. T periods, M models, K types.

    What a composition serves is measured: looked up where there are trials, else the fluid routing's rate. With trials
    of the share in time, that share stands in the place of the rate, and the share asked for in that of the demand.

    Parameters
    ----------
    instance : PoolInstance
        What is asked.
    run : Run
        Told of every composition measured for the first time; asked before whether to go on.

    Attributes
    ----------
    demand : float array [T, M]
        To be served, or the most that counts; infinite for rates of trials.
    standing, starting : float array [T, K]
        Dollars, or grams for the objective ``carbon``, of a machine in a period and of its start.
    before : int array [M, K]
        Machines that run at the beginning.
    to_best : int
        Evaluations of the run when the best machines were offered.
    """

    def __init__(self, instance: PoolInstance, run: Run) -> None:
        self.instance, self.run, self.terms = instance, run, terms_of(instance)
        self.periods, self.models, self.kinds = instance.periods, len(instance.models), len(instance.types)
        self.works, self.before, self.load = self.terms.works, self.terms.before, instance.load
        self.serves_all = not self.terms.must_serve
        self.weight = np.array([model.weight for model in instance.models]) / instance.periods
        self.demand = self.terms.demand
        self.standing, self.starting = self.terms.running, self.terms.starting
        if self.serves_all:
            self.standing = instance.price_per_h * instance.period_h
            self.starting = instance.price_per_h * instance.start_h
        self.to_best = 0
        self._rates: list[dict[bytes, float]] = [{} for _ in instance.models]
        self._powers: dict[tuple[int, int, bytes], float] = {}
        self._tried: dict[bytes, float] | None = None
        if (trials := instance.trials) is not None:
            column = trials.rate_per_s if self.serves_all else trials.qos_percent
            assert column is not None
            self._tried = dict(zip((row.tobytes() for row in trials.count), column.tolist(), strict=True))
            self.demand = np.full((1, 1), np.inf if self.serves_all else trials.least_qos_percent)
            self.weight = np.ones(1)

    @property
    def start_share(self) -> float:
        """What a start takes of the budget, relative to a machine for a period."""
        return self.instance.start_h / self.instance.period_h

    def rate(self, m: int, count: IntArray) -> float:
        """Return the queries per second, or the share in time, that machines [K] can serve of a model.

        Raises
        ------
        Spent
            When the run must stop.
        """
        key, known = count.tobytes(), self._rates[m]
        if key not in known:
            if self.run.stop() is not None:
                raise Spent
            self.run.tick(0, 1)
            if self._tried is None:
                known[key] = route(self.works[m], self.terms.capacity(m, count)).rate_per_s
            else:
                known[key] = self._tried.get(key, 0.0)
        return known[key]

    def meets(self, m: int, t: int, count: IntArray) -> bool:
        """Return whether machines [K] serve a period's demand."""
        return bool(self.rate(m, count) >= self.demand[t, m] * MET)

    def value(self, m: int, t: int, count: IntArray) -> float:
        """Return what machines [K] for a model in a period add to the objective, starts aside.

        It is minus infinity where demand that must be served is not.
        """
        rate = self.rate(m, count)
        if self.serves_all:
            return float(self.weight[m] * min(rate, self.demand[t, m]))
        if rate < self.demand[t, m] * MET:
            return -np.inf
        return -float(self.standing[t] @ count) - self._working(m, t, count)

    def price(self, t: int) -> FloatArray:
        """Return what a machine that works all the time takes off the objective in a period, float array [K]."""
        found: FloatArray = self.standing[t] + self.terms.per_watt[t] * self.works[0].extra_w
        return found

    def start_cost(self, counts: IntArray) -> float:
        """Return what the starts of machines [T, M, K] take off the objective."""
        return 0.0 if self.serves_all else float((self.terms.starts(counts).sum(axis=1) * self.starting).sum())

    def objective(self, counts: IntArray) -> float:
        """Return the objective of machines [T, M, K]."""
        values = sum(self.value(m, t, counts[t, m]) for t in range(self.periods) for m in range(self.models))
        return float(values) - self.start_cost(counts)

    def schedule(self, counts: IntArray) -> PoolSchedule:
        """Return the schedule of machines [T, M, K], queries routed."""
        return self.terms.schedule(counts) if self._tried is None else PoolSchedule.of(counts)

    def offer(self, counts: IntArray) -> float:
        """Offer machines [T, M, K] to the run, and return their objective; minus infinity where they do not fit."""
        if not self.terms.fits(counts):
            return -np.inf
        value = self.objective(counts)
        tried = self._tried is None or counts[0, 0].tobytes() in self._tried
        if np.isfinite(value) and tried and self.terms.fits(counts):
            kept = counts.copy()
            if self.run.offer(value, lambda: self.schedule(kept)):
                self.to_best = self.run.evaluations
        return value

    def offer_start(self, start: PoolSchedule | None) -> IntArray | None:
        """Offer a start with its own routing to the run, and return its machines [T, M, K]."""
        if start is None:
            return None
        counts = start.machines(self.periods, self.models, self.kinds)
        if counts is not None:
            self.run.offer(self._claimed(counts, start), start)
        return counts

    def _claimed(self, counts: IntArray, start: PoolSchedule) -> float:
        """Return the objective of a schedule with its own routing, which measures nothing."""
        if self.serves_all:
            if self._tried is not None:
                return self._tried.get(counts[0, 0].tobytes(), 0.0)
            return float((np.minimum(start.rate_per_s, self.demand) @ self.weight).sum())
        paid = float((counts.sum(axis=1) * self.standing).sum()) + self.start_cost(counts)
        sent = start.routing
        for m, model in enumerate(self.instance.models if self.terms.energy else ()):
            mine: NDArray[np.bool_] = sent.model == m
            t, k = sent.period[mine], sent.kind[mine]
            worked_s = sent.rate_per_s[mine] * model.latency_ms[k, sent.bin[mine]] / MS_PER_S
            paid += float((self.works[m].extra_w[k] * worked_s) @ self.terms.per_watt[t])
        return -paid

    def _working(self, m: int, t: int, count: IntArray) -> float:
        """Return the grams of serving the demand, above those of machines that wait."""
        if self.terms.per_watt[t] <= 0:
            return 0.0
        key = m, t, count.tobytes()
        if key not in self._powers:
            self._powers[key] = self.terms.routed(t, m, count).extra_w
        return float(self.terms.per_watt[t]) * self._powers[key]
