"""Decomposition by period: prices on changes give a bound, and the periods' solutions a path of configurations."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.dual.chain import ChainAnswer, maximise_chain
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.mig_serving.count_model import CountModel
from ecoopt.formulations.mig_serving.hours import Hours
from ecoopt.instances.mig_serving import MigServingSchedule
from ecoopt.instances.mig_serving.layers import Layer, cheapest_path
from ecoopt.instances.mig_serving.routing import cheapest_rates

PERIOD_GAP = 1e-5
"""Relative gap to which a period is solved where the run has no target gap."""

_NEAR = 3
_SHARE = 0.1


@dataclass
class _Found:
    """What the solutions of a period were. P profiles, O options.

    Parameters
    ----------
    points : dict
        Least cost without prices, and the point that prices are on, by pairs of GPUs on and slices.
    bound : float
        On the minimum at the latest prices.
    served : dict
        Running cost without GPUs, and the slices needed, by the bytes of distinct instances.
    layouts : dict
        Distinct pairs of GPUs on and slices.
    solutions : list
        Solutions of the period's model.
    """

    points: dict[tuple[int, ...], tuple[float, FloatArray]] = field(default_factory=dict)
    bound: float = -np.inf
    served: dict[bytes, tuple[float, IntArray]] = field(default_factory=dict)
    layouts: dict[tuple[int, ...], None] = field(default_factory=dict)
    solutions: list[FloatArray] = field(default_factory=list)


class Decomposition:
    """The periods of a count model, their prices, and the pool of their solutions.

    Parameters
    ----------
    whole : CountModel
        The model.
    run : Run
        Told of every bound and schedule.
    seed : int
        Of HiGHS.
    """

    def __init__(self, whole: CountModel, run: Run, seed: int) -> None:
        self.whole, self.run, self.seed = whole, run, seed
        self.options = whole.options
        self.hours = Hours(whole)
        self.found = [_Found() for _ in range(len(whole.gpus_on))]
        self.counts: tuple[IntArray, IntArray, IntArray] | None = None
        self.solved = 0
        self._infeasible = False
        self._constant = self.options.off_cost * self.options.instance.gpus
        gap = run.budget.gap
        exact = 0.0 if not whole.options.coupled else PERIOD_GAP
        self._gap = exact if gap is None else min(gap / 5, 1e-3)

    def search(self, tolerance: float = 1e-6, most: int = 200) -> Status | None:
        """Maximise the bound and keep the best path; return the status when the instance has no schedule.

        Parameters
        ----------
        tolerance : float
            End when the prices promise no more than this share of the bound.
        most : int
            Most rounds.
        """
        run, dual = self.run, self.hours.dual
        relaxation = solve_lp(self.whole.linear, run.part(), seed=self.seed)
        if relaxation.row_dual is None or relaxation.bound is None:
            return Status.INFEASIBLE if relaxation.status is Status.INFEASIBLE else None
        start = np.clip(self.hours.first_prices(relaxation.row_dual), dual.lower, dual.upper)
        prices = dual.block_prices(start)
        # Periods solved replace their relaxations one by one, so that a first round cut short is not lost.
        self._proved = np.array([self.hours.relaxed(t, prices[t]) for t in range(len(prices))]) + self._constant
        self._slack = self._gap * np.maximum(np.abs(self._proved), 1e-9)
        self._offset = dual.constant(start)
        maximise_chain(dual, self._answer, start, run, tolerance=tolerance, after=self.improve_path, most=most)
        return Status.INFEASIBLE if self._infeasible else None

    def _answer(self, prices: FloatArray) -> ChainAnswer | None:
        """Bound every period at its prices; None when time runs out or a period has no solution.

        A period is solved only where the best known point and the relaxation, with what earlier solutions have proved,
        lie further apart than its share of the gap that is open.
        """
        periods = len(prices)
        bounds, values, points = np.empty(periods), np.empty(periods), np.empty(prices.shape)
        allowed = self._slack if self.run.objective is None or self.run.bound is None else np.maximum(
            self._slack, _SHARE / periods * (self.run.objective - self.run.bound))
        for t, found in enumerate(self.found):
            first = not found.points
            if self.run.stop() is not None:
                return None
            known = not first and self._known(t, prices[t], float(allowed[t]))
            if not known and not self._solve(t, prices[t]):
                return None
            bounds[t], values[t], points[t] = self._at(t, prices[t])
            if first:
                self._proved[t] = max(self._proved[t], bounds[t])
                self.run.prove(float(self._proved.sum()) + self._offset)
        return ChainAnswer(bounds, values, points)

    def _known(self, t: int, prices: FloatArray, allowed: float) -> bool:
        """Return whether what is known of a period bounds it at these prices up to `allowed`."""
        found = self.found[t]
        least = min(value + float(prices @ point) for value, point in found.points.values())
        bound = self.hours.relaxed(t, prices) + self._constant[t]
        found.bound = min(bound, least)
        return bool(least - bound <= allowed)

    def _at(self, t: int, prices: FloatArray) -> tuple[float, float, FloatArray]:
        """Return a period's bound, and value and point of its best known solution at these prices."""
        found = self.found[t]
        value, point = min(found.points.values(), key=lambda entry: entry[0] + float(prices @ entry[1]))
        return found.bound, value, point

    def _solve(self, t: int, prices: FloatArray) -> bool:
        """Solve a period at its prices and remember what came of it; return whether something did."""
        part, found, options = self.hours.parts[t], self.found[t], self.options
        start = None
        if found.solutions:
            priced = part.model.cost.copy()
            priced[part.priced] += prices
            start = min(found.solutions, key=lambda x: float(priced @ x))
        result = self.hours.solve(t, prices, self.run, slack=float(self._slack[t]), seed=self.seed, start=start)
        if result.x is None or result.bound is None:
            self._infeasible = result.infeasible
            return False
        self.run.tick(0, 1)
        self.solved += 1
        self.hours.add_cut(t, prices, result.bound)
        gpus_on, slices, instances = self.whole.period_counts(t, part.columns, result.x)
        layout = gpus_on, *slices.tolist()
        rates, served = cheapest_rates(options, instances[None], t)
        if served.all():
            needs = np.bincount(options.profile, weights=instances, minlength=len(slices)).astype(np.int64)
            found.served[instances.tobytes()] = float(rates[0] @ options.rate_cost[:, t]), needs
            found.layouts[layout] = None
            found.solutions.append(result.x)
        value = float(part.model.cost @ result.x) + self._constant[t]
        known = found.points.get(layout)
        if known is None or value < known[0]:
            found.points[layout] = value, np.array(layout, dtype=float)
        found.bound = result.bound + self._constant[t]
        return True

    def improve_path(self) -> None:
        """Offer the cheapest path through the pool: instances of one period may use the layout of one nearby."""
        if not all(found.served for found in self.found):
            return
        layers, users = zip(*(self._layer(t) for t in range(len(self.found))), strict=True)
        path, objective = cheapest_path(self.options, list(layers))
        gpus_on = np.array([layer.gpus_on[m] for layer, m in zip(layers, path, strict=True)])
        slices = np.array([layer.slices[m] for layer, m in zip(layers, path, strict=True)])
        instances = np.array([user[m] for user, m in zip(users, path, strict=True)])
        if self.run.better(objective, self.run.objective):
            self.counts = gpus_on, slices, instances
            self.run.offer(objective, partial(self._schedule, gpus_on, slices, instances))

    def _schedule(self, gpus_on: IntArray, slices: IntArray, instances: IntArray) -> MigServingSchedule:
        rates, _ = cheapest_rates(self.options, instances, np.arange(len(gpus_on)))
        return self.options.schedule(gpus_on, slices, instances, rates)

    def _layer(self, t: int) -> tuple[Layer, IntArray]:
        """Return the candidates of a period and the instances [M, O] of each."""
        near = self.found[max(t - _NEAR, 0):t + _NEAR + 1]
        layouts = np.array(list(dict.fromkeys(layout for found in near for layout in found.layouts)))
        served = self.found[t].served
        cost = np.array([entry[0] for entry in served.values()])
        needs = np.array([entry[1] for entry in served.values()])
        instances = np.array([np.frombuffer(key, dtype=np.int64) for key in served])
        fits = (needs[None] <= layouts[:, None, 1:]).all(axis=2)
        best = np.where(fits, cost[None], np.inf).argmin(axis=1)
        usable = np.flatnonzero(np.any(fits, axis=1))
        layouts, best = layouts[usable], best[usable]
        options = self.options
        standing = layouts[:, 0] * options.on_cost[t] + (options.instance.gpus - layouts[:, 0]) * options.off_cost[t]
        return Layer(layouts[:, 0], layouts[:, 1:], standing + cost[best]), instances[best]
