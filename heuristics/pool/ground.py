"""Ground: what a composition serves, costs and emits, worked out once and counted as an evaluation each time anew."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.pool import PoolInstance, PoolSchedule
from ecoopt.instances.pool.routing import route, works

W_PER_KW = 1000.0
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
        To be served, or the most that counts; infinite for all that can be served.
    standing, starting : float array [T, K]
        Dollars, or grams for the objective ``carbon``, of a machine in a period and of its start.
    before : int array [M, K]
        Machines that run at the beginning.
    to_best : int
        Evaluations of the run when the best machines were offered.
    """

    def __init__(self, instance: PoolInstance, run: Run) -> None:
        self.instance, self.run = instance, run
        self.periods, self.models, self.kinds = instance.periods, len(instance.models), len(instance.types)
        self.works = works(instance)
        self.load = instance.load
        self.serves_all = instance.objective == "throughput"
        self.weight = np.array([model.weight for model in instance.models]) / instance.periods
        self.demand = np.column_stack([
            np.full(instance.periods, np.inf) if model.demand_per_s is None else model.demand_per_s
            for model in instance.models])
        self.before = np.zeros((self.models, self.kinds), np.int64) if instance.running is None else instance.running
        grams_per_wh = instance.intensity_g_per_kwh * instance.pue / W_PER_KW
        if instance.objective == "carbon":
            idle_g_per_h = grams_per_wh[:, None] * np.array([kind.idle_w for kind in instance.types])
            embodied = np.array([kind.embodied_g_per_h for kind in instance.types])
            self.standing, self.starting = (idle_g_per_h + embodied) * instance.period_h, idle_g_per_h
            self._per_watt = grams_per_wh * instance.period_h
        else:
            self.standing, self.starting = instance.price_per_h * instance.period_h, instance.price_per_h
            self._per_watt = np.zeros(instance.periods)
        self.starting = self.starting * instance.start_h
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

    def rate(self, m: int, count: IntArray) -> float:
        """Return the queries per second, or the share in time, that machines [K] can serve of a model.

        Raises
        ------
        Spent
            When the run must stop.
        """
        key, known = count.tobytes(), self._rates[m]
        if key not in known:
            self._spend()
            if self._tried is None:
                known[key] = route(self.works[m], self.capacity(m, count)).rate_per_s
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
        found: FloatArray = self.standing[t] + self._per_watt[t] * self.works[0].extra_w
        return found

    def objective(self, counts: IntArray) -> float:
        """Return the objective of machines [T, M, K]."""
        values = sum(self.value(m, t, counts[t, m]) for t in range(self.periods) for m in range(self.models))
        return float(values) - (0.0 if self.serves_all else self.start_cost(counts))

    def start_cost(self, counts: IntArray) -> float:
        """Return what the starts of machines [T, M, K] cost."""
        return float((self.starts(counts).sum(axis=1) * self.starting).sum())

    def starts(self, counts: IntArray) -> IntArray:
        """Return how many of machines [T, M, K] are started, int array [T, M, K]."""
        begun: IntArray = np.maximum(np.diff(counts, axis=0, prepend=self.before[None]), 0)
        return begun

    def fits(self, counts: IntArray) -> bool:
        """Return whether there are machines [T, M, K], and money for them."""
        if (counts.sum(axis=1) > self.instance.max_count).any():
            return False
        budget = self.instance.budget_per_h
        return budget is None or bool((self.spent(counts) <= budget * (1 + 1e-9)).all())

    def spent(self, counts: IntArray) -> FloatArray:
        """Return the dollars per hour of machines [T, M, K], float array [T]."""
        paid = counts.sum(axis=1) + self.starts(counts).sum(axis=1) * self.start_share
        dollars: FloatArray = (self.instance.price_per_h * paid).sum(axis=1)
        return dollars

    @property
    def start_share(self) -> float:
        """What a start costs, relative to a machine for a period."""
        return self.instance.start_h / self.instance.period_h

    def capacity(self, m: int, count: IntArray) -> FloatArray:
        """Return the time that machines [K] may give, float array [K]."""
        found: FloatArray = self.load[m, np.arange(self.kinds), count]
        return found

    def schedule(self, counts: IntArray) -> PoolSchedule:
        """Return the schedule of machines [T, M, K], queries routed."""
        if self._tried is not None:
            return PoolSchedule.of(counts, rate_per_s=np.zeros((self.periods, self.models)))
        rates, routed = np.zeros((self.periods, self.models)), []
        for t in range(self.periods):
            row = []
            for m, work in enumerate(self.works):
                found = route(work, self.capacity(m, counts[t, m]), self.demand[t, m],
                              energy=bool(self._per_watt[t] > 0))
                rates[t, m] = found.rate_per_s
                row.append(found.routed)
            routed.append(row)
        return PoolSchedule.of(counts, routed, rates)

    def offer(self, counts: IntArray) -> float:
        """Offer machines [T, M, K] that fit to the run, and return their objective."""
        value = self.objective(counts)
        if np.isfinite(value) and self.fits(counts) and (self._tried is None or counts[0, 0].tobytes() in self._tried):
            kept = counts.copy()
            if self.run.offer(value, lambda: self.schedule(kept)):
                self.to_best = self.run.evaluations
        return value

    def offer_start(self, start: PoolSchedule | None) -> IntArray | None:
        """Offer a start to the run, and return its machines [T, M, K]."""
        if start is None:
            return None
        counts = np.zeros((self.periods, self.models, self.kinds), dtype=np.int64)
        np.add.at(counts, (start.rented.period, start.rented.model, start.rented.kind), start.rented.count)
        self.run.offer(self._claimed(counts, start), start)
        return counts

    def _claimed(self, counts: IntArray, start: PoolSchedule) -> float:
        """Return the objective of a schedule with its own routing, which measures nothing."""
        if self._tried is not None and self.serves_all:
            return self._tried.get(counts[0, 0].tobytes(), 0.0)
        if self.serves_all:
            return float((np.minimum(start.rate_per_s, self.demand) @ self.weight).sum())
        paid = float((counts.sum(axis=1) * self.standing).sum()) + self.start_cost(counts)
        if self._per_watt.any():
            sent = start.routing
            for m, model in enumerate(self.instance.models):
                mine: NDArray[np.bool_] = sent.model == m
                t, k = sent.period[mine], sent.kind[mine]
                watts = self.works[m].extra_w[k] * sent.rate_per_s[mine] * model.latency_ms[k, sent.bin[mine]] / 1000
                paid += float(watts @ self._per_watt[t])
        return -paid

    def _working(self, m: int, t: int, count: IntArray) -> float:
        """Return the grams of serving the demand, above those of machines that wait."""
        if self._per_watt[t] <= 0:
            return 0.0
        key = m, t, count.tobytes()
        if key not in self._powers:
            found = route(self.works[m], self.capacity(m, count), self.demand[t, m], energy=True)
            self._powers[key] = found.extra_w
        return float(self._per_watt[t]) * self._powers[key]

    def _spend(self) -> None:
        if self.run.stop() is not None:
            raise Spent
        self.run.tick(0, 1)
