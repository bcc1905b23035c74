"""Terms: what machines, starts, power and unserved queries count in the objective of a pool; schedules from counts.

Whatever is asked for, it is the least of: running machines, starts, and for each period and model an amount that
follows from its machines alone. ``cost``: nothing, but demand must be met. ``carbon``: the power of serving it, and
demand must be met. ``throughput``: the worth of queries that are not served.
"""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.pool.routing import Routed, Work, route, works
from ecoopt.instances.pool.schedule import PoolSchedule
from ecoopt.instances.pool.schema import PoolInstance

_W_PER_KW = 1000.0
_ROUNDING = 1e-13
MET = 1e-9
"""Share of a demand that may be missing through rounding."""


@dataclass(frozen=True, eq=False)
class Terms:
    """Coefficients of a pool's objective, to be minimised. T periods, M models, K types.

    Parameters
    ----------
    instance : PoolInstance
        The pool.
    works : tuple of Work [M]
        What serving takes.
    demand : float array [T, M]
        Queries per second; where they need not be served, no more than all machines there are could serve.
    running, starting : float array [T, K]
        A machine in a period, and one that starts.
    per_watt : float array [T]
        A watt of serving.
    per_lost : float array [T, M]
        A query per second that is not served, where it may be.
    constant : float
        Added: minus what it would be worth to serve all.
    """

    instance: PoolInstance
    works: tuple[Work, ...]
    demand: FloatArray
    running: FloatArray
    starting: FloatArray
    per_watt: FloatArray
    per_lost: FloatArray
    constant: float

    @property
    def must_serve(self) -> bool:
        """Whether demand must be met."""
        return self.instance.objective != "throughput"

    @property
    def energy(self) -> bool:
        """Whether the power of serving counts."""
        return self.instance.objective == "carbon"

    @cached_property
    def budget_running(self) -> FloatArray:
        """Dollars per hour that a machine takes of the budget, float array [T, K]."""
        return self.instance.price_per_h

    @cached_property
    def budget_starting(self) -> FloatArray:
        """Dollars per hour that a start takes of the budget, float array [T, K]."""
        starting: FloatArray = self.instance.price_per_h * self.instance.start_h / self.instance.period_h
        return starting

    @cached_property
    def before(self) -> IntArray:
        """Machines before the first period, int array [M, K]."""
        shape = len(self.instance.models), len(self.instance.types)
        return np.zeros(shape, dtype=np.int64) if self.instance.running is None else self.instance.running

    @cached_property
    def hopeless(self) -> bool:
        """Whether some demand that must be met is beyond all machines there are."""
        return any(np.isinf(self.amount(t, m, self.routed(t, m, self.instance.max_count)))
                   for t, m in np.ndindex(*self.demand.shape))

    def capacity(self, model: int, count: IntArray) -> FloatArray:
        """Return the machines' time that counts [..., K] of a model give, float array [..., K]."""
        load = self.instance.load[model]
        given: FloatArray = load[np.arange(load.shape[0]), np.minimum(count, load.shape[1] - 1)]
        return given

    def routed(self, t: int, m: int, count: IntArray) -> Routed:
        """Return the best routing of a model to counts [K] in a period."""
        return route(self.works[m], self.capacity(m, count), float(self.demand[t, m]), energy=self.energy)

    def amount(self, t: int, m: int, found: Routed) -> float:
        """Return what a routing counts: power, or queries lost; infinite where demand must be met and is not."""
        lost = max(float(self.demand[t, m]) - found.rate_per_s, 0.0)
        if not self.must_serve:
            return float(self.per_lost[t, m]) * lost
        if lost > MET * float(self.demand[t, m]):
            return np.inf
        return float(self.per_watt[t]) * found.extra_w

    def starts(self, count: IntArray) -> IntArray:
        """Return the starts of counts [T, M, K], of the same shape."""
        started: IntArray = np.maximum(np.diff(count, axis=0, prepend=self.before[None]), 0)
        return started

    def standing(self, count: IntArray) -> float:
        """Return what counts [T, M, K] and their starts count."""
        return float((self.running * count.sum(axis=1)).sum() + (self.starting * self.starts(count).sum(axis=1)).sum())

    def objective(self, count: IntArray) -> float:
        """Return the family's objective of counts [T, M, K], minus infinity where demand is not met."""
        periods, models, _ = count.shape
        amounts = sum(self.amount(t, m, self.routed(t, m, count[t, m]))
                      for t in range(periods) for m in range(models))
        return -(self.standing(count) + float(amounts) + self.constant)

    def offer(self, run: Run, count: IntArray) -> bool:
        """Offer counts [T, M, K] to a run, where they fit and serve what they must."""
        if not self.fits(count) or not np.isfinite(value := self.objective(count)):
            return False
        return run.offer(value, partial(self.schedule, count))

    def settle(self, run: Run) -> None:
        """Take the objective for the bound where they differ by no more than the rounding of the constant."""
        if run.objective is None or run.bound is None:
            return
        if abs(run.bound - run.objective) <= _ROUNDING * abs(self.constant):
            run.bound = run.objective

    def offer_schedule(self, run: Run, schedule: PoolSchedule | None) -> None:
        """Offer the machines of a schedule to a run, with their best routing."""
        if schedule is None:
            return
        count = schedule.machines(len(self.demand), len(self.works), len(self.instance.types))
        if count is not None:
            self.offer(run, count)

    def fits(self, count: IntArray) -> bool:
        """Return whether counts [T, M, K] keep within the machines there are and the budget."""
        return bool((self.beyond(count) <= 0).all()) and bool((count.sum(axis=1) <= self.instance.max_count).all())

    def beyond(self, count: IntArray) -> FloatArray:
        """Return by how many dollars per hour each period is over its budget, float array [T]; rounding aside."""
        if self.instance.budget_per_h is None:
            return np.full(len(count), -np.inf)
        spent = (self.budget_running * count.sum(axis=1)).sum(axis=1)
        spent += (self.budget_starting * self.starts(count).sum(axis=1)).sum(axis=1)
        over: FloatArray = spent - self.instance.budget_per_h * (1 + MET)
        return over

    def schedule(self, count: IntArray) -> PoolSchedule:
        """Return the schedule of counts [T, M, K] with the best routing."""
        periods, models, _ = count.shape
        found = [[self.routed(t, m, count[t, m]) for m in range(models)] for t in range(periods)]
        rate = np.array([[routed.rate_per_s for routed in row] for row in found])
        if self.must_serve:
            rate = self.demand.copy()
        return PoolSchedule.of(count, [[routed.routed for routed in row] for row in found], rate)


def terms_of(instance: PoolInstance) -> Terms:
    """Return the terms of an instance without trials."""
    periods, hours, serving = instance.periods, instance.period_h, works(instance)
    figures = np.array([(kind.idle_w, kind.embodied_g_per_h) for kind in instance.types])
    idle_w, embodied = figures[:, 0], figures[:, 1]
    running, starting = np.zeros((2, periods, len(instance.types)))
    per_watt = np.zeros(periods)
    if instance.objective == "cost":
        running, starting = instance.price_per_h * hours, instance.price_per_h * instance.start_h
    elif instance.objective == "carbon":
        per_watt = instance.intensity_g_per_kwh * instance.pue / _W_PER_KW * hours
        running = per_watt[:, None] * idle_w + embodied * hours
        starting = per_watt[:, None] / hours * idle_w * instance.start_h
    most = instance.load[:, np.arange(len(instance.types)), instance.max_count]
    possible = np.array([route(work, most[m]).rate_per_s for m, work in enumerate(serving)])
    demand = np.column_stack([
        np.full(periods, rate) if model.demand_per_s is None else
        np.minimum(model.demand_per_s, rate) if instance.objective == "throughput" else model.demand_per_s
        for model, rate in zip(instance.models, possible, strict=True)])
    weight = np.array([model.weight for model in instance.models]) / periods
    per_lost: NDArray[np.float64] = np.broadcast_to(weight, demand.shape) * (instance.objective == "throughput")
    return Terms(instance, serving, demand, running, starting, per_watt, per_lost,
                 -float((per_lost * demand).sum()))
