"""Plan: instances, slices and GPUs of all hours while a search changes them, and the pool of what hours have been."""

from dataclasses import dataclass, field

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_serving.descent import hour_cost
from ecoopt.heuristics.mig_serving.ground import Ground, ground_of
from ecoopt.heuristics.mig_serving.hour import needs, serve
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.instances.mig_serving.layers import Layer, cheapest_path
from ecoopt.instances.mig_serving.options import Options, options_of
from ecoopt.instances.mig_serving.routing import cheapest_rates

_NEAR = 3
_MOST_SERVED, _MOST_LAYOUTS = 24, 400


@dataclass(eq=False)
class Plan:
    """A state. O options in the ground's order, P profiles, T periods.

    Parameters
    ----------
    options : Options
        Of the instance.
    ground : Ground
        The same, for compiled loops.
    instances : int array [T, O]
        Instances.
    held : int array [T, 1 + P]
        GPUs on and slices.
    prices : float array [K, P]
        Factors on a slice's share of a GPU, by service, for those who choose options by cost.
    served : list of dict [T]
        Cost without GPUs, by the bytes of instances that an hour once had.
    """

    options: Options
    ground: Ground
    instances: IntArray
    held: IntArray
    prices: FloatArray
    served: list[dict[bytes, float]] = field(default_factory=list)

    @classmethod
    def empty(cls, instance: MigServingInstance, prices: FloatArray | None = None) -> "Plan":
        """Return the plan in which nothing runs, with prices of one where none are given."""
        options, ground = options_of(instance), ground_of(instance)
        periods, profiles = instance.periods, ground.rows.shape[1]
        if prices is None:
            prices = np.ones((len(instance.services), profiles))
        return cls(options, ground, np.zeros((periods, options.count), dtype=np.int64),
                   np.zeros((periods, 1 + profiles), dtype=np.int64), prices, [{} for _ in range(periods)])

    @classmethod
    def of(cls, instance: MigServingInstance, schedule: MigServingSchedule) -> "Plan | None":
        """Return the plan of a schedule, its requests routed anew; None where it uses a pair that is no option."""
        plan = cls.empty(instance)
        found = plan.options.of_schedule(schedule)
        if found is None:
            return None
        plan.instances = np.ascontiguousarray(found[0][:, plan.ground.order])
        plan.held = np.column_stack([schedule.gpus_on, schedule.slices])
        return plan

    def last(self, period: int) -> IntArray:
        """Return GPUs on and slices before a period, int array [1 + P]."""
        found: IntArray = self.held[period - 1] if period else self.ground.before
        return found

    def after(self, period: int) -> IntArray:
        """Return GPUs on and slices after a period, int array [1 + P]."""
        found: IntArray = self.held[min(period + 1, len(self.held) - 1)]
        return found

    def cost(self, period: int, row: IntArray) -> float:
        """Return what instances [O] cost in a period between its neighbours of now."""
        held = np.empty_like(self.held[period])
        return float(hour_cost(self.ground, period, row, self.last(period), self.after(period), held))

    def remember(self, period: int) -> None:
        """Add an hour's instances to the pool."""
        row, known = self.instances[period], self.served[period]
        key = row.tobytes()
        if key not in known:
            known[key] = sum(serve(self.ground, period, k, row) for k in range(len(self.ground.first) - 1))
            if len(known) > _MOST_SERVED:
                del known[next(iter(known))]

    @property
    def objective(self) -> float:
        """Objective with requests routed at least cost; infinite when some hour cannot serve or has too few GPUs."""
        instance, on = self.options.instance, self.held[:, 0]
        if (on > instance.gpus).any():
            return np.inf
        rates, served = self._rates()
        return self.options.objective(on, self.held[:, 1:], rates) if served else np.inf

    def offer(self, run: Run) -> None:
        """Offer the schedule of now."""
        objective = self.objective
        if np.isfinite(objective) and run.better(objective, run.objective):
            still = Plan(self.options, self.ground, self.instances.copy(), self.held.copy(), self.prices)
            run.offer(objective, still.schedule)

    def schedule(self) -> MigServingSchedule:
        """Return the schedule of now."""
        rates, _ = self._rates()
        return self.options.schedule(self.held[:, 0], self.held[:, 1:], self._in_order(), rates)

    def follow_path(self) -> float:
        """Take the cheapest path through the pool: an hour may use the slices of one nearby. Return the objective."""
        layers, users = [], []
        for t in range(len(self.held)):
            layer, user = self._layer(t)
            if not len(user):
                return np.inf
            layers.append(layer)
            users.append(user)
        chosen, objective = cheapest_path(self.options, layers)
        for t, m in enumerate(chosen.tolist()):
            self.instances[t] = users[t][m]
            self.held[t, 0], self.held[t, 1:] = layers[t].gpus_on[m], layers[t].slices[m]
        return objective

    def _layer(self, t: int) -> tuple[Layer, IntArray]:
        """Return the candidates of a period and the instances [M, O] of each."""
        ground, options = self.ground, self.options
        own = [np.frombuffer(key, dtype=np.int64) for key in self.served[t]]
        need = np.array([needs(ground, row) for row in own])
        near = self.held[max(t - _NEAR, 0):t + _NEAR + 1]
        n = np.array([self._gpus(row) for row in need])
        layouts = np.unique(np.concatenate([near, np.column_stack([n, need])]), axis=0)[:_MOST_LAYOUTS]
        layouts = layouts[layouts[:, 0] <= ground.gpus]
        cost: FloatArray = np.array(list(self.served[t].values()))
        fits = np.all(need[None] <= layouts[:, None, 1:], axis=2)
        best = np.where(fits, cost[None], np.inf).argmin(axis=1)
        usable = np.flatnonzero(fits.any(axis=1))
        layouts, best = layouts[usable], best[usable]
        standing = layouts[:, 0] * options.on_cost[t] + (ground.gpus - layouts[:, 0]) * options.off_cost[t]
        return Layer(layouts[:, 0], layouts[:, 1:], standing + cost[best]), np.array(own)[best]

    def _gpus(self, need: IntArray) -> int:
        rows, per_gpu = self.ground.rows, self.ground.per_gpu
        return max(self.ground.fewest, int((-(-(rows @ need) // per_gpu)).max()))

    def _in_order(self) -> IntArray:
        """Return the instances [T, O] in the options' order."""
        found = np.empty_like(self.instances)
        found[:, self.ground.order] = self.instances
        return found

    def _rates(self) -> tuple[FloatArray, bool]:
        rates, served = cheapest_rates(self.options, self._in_order(), np.arange(len(self.instances)))
        return rates, bool(served.all())
