"""Large-neighbourhood search: annealing and a dive first, then HiGHS on part of the jobs, again and again."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.shifting.dive import dive
from ecoopt.formulations.shifting.model import ShiftingModel, shifting_model
from ecoopt.heuristics.shifting.arena import paid_g
from ecoopt.heuristics.shifting.searches import annealing
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.hybrid.shifting.settling import settled
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule

ANNEALED = 0.3
"""Share of the time for annealing."""

DIVED, RELAXED = 0.35, 0.4
"""Shares of the time left for the dive, and then for the linear relaxation."""

CYCLES = 6
WINDOW_SLOTS = 12
SETTINGS = LnsSettings(columns=600, fewest=150, most=2500, nodes=20, patience=120)

HALVINGS = 8
_FORGET = 0.9

INTERIOR: Options = {"solver": "ipm"}
"""An interior point and a crossover take a twentieth of the simplex method's time on crowded fleets."""


def lns(instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None) -> Outcome:
    """Anneal for a while, dive, then free jobs around the better schedule and let HiGHS place them anew.

    Of their options those are free whose reduced cost in the linear relaxation is below a share, drawn each time, of
    what the incumbent is above it; the fewer options, the more jobs.
    A neighbourhood is the jobs that run in a stretch of slots in all regions or in two, jobs at random, or the jobs
    that pay most above their cheapest option and those in their way. Kinds that gained lately are drawn more often.
    One iteration is one neighbourhood.
    """
    costs = ShiftingCosts(instance)
    steps = None if run.budget.iterations is None else 10 * run.budget.iterations
    annealing(instance, run.part(seconds=ANNEALED * run.seconds_left, iterations=steps), seed=seed,
              start=start, cycles=CYCLES)
    dive(instance, run.part(seconds=DIVED * run.seconds_left, iterations=run.budget.iterations), seed=seed, start=None)
    found = run.schedule()
    if not isinstance(found, ShiftingSchedule) or run.stop() is not None:
        return run.outcome()
    model = shifting_model(costs)
    linear, x = model.handed.model, model.solution(settled(costs, found))
    if x is None:
        return run.outcome(Termination.STALLED)
    relaxed = solve_lp(linear, run.part(seconds=RELAXED * run.seconds_left), seed=seed, options=INTERIOR)
    dual = np.zeros(linear.rows) if relaxed.row_dual is None else relaxed.row_dual
    reduced: FloatArray = np.maximum(linear.cost - linear.matrix.T @ dual, 0.0)
    search_neighbourhoods(linear, x, _Neighbourhoods(model, run, reduced), model.schedule, run, seed=seed,
                          settings=SETTINGS)
    return run.outcome(run.stop() or Termination.STALLED)


class _Neighbourhoods:
    """Chooses the columns to free, by kinds of which each has a weight.

    Parameters
    ----------
    model : ShiftingModel
        Whose columns.
    run : Run
        Has the incumbent.
    reduced : float array [columns]
        Reduced costs in the linear relaxation.
    """

    def __init__(self, model: ShiftingModel, run: Run, reduced: FloatArray) -> None:
        self.run, self.costs, self.model, self.reduced, handed = run, model.costs, model, reduced, model.handed
        self.owner = np.full(handed.model.columns, -1, dtype=np.int64)
        for name, job in (("run_from", model.options.job), ("busy", model.hours[:, 0]), ("begin", model.hours[:, 0]),
                          ("here", np.array([j for j, _ in model.model.places], dtype=np.int64))):
            self.owner[handed.columns_of(getattr(model.model, name))] = job
        self.alike = model.alike
        alone = Placement.empty(model.costs)
        self.least_g = alone.place(np.arange(model.costs.instance.jobs), held=False)
        self.wanted_region = alone.region
        self.wanted_first, self.wanted_end = alone.slot[alone.offsets[:-1]], alone.slot[alone.offsets[1:] - 1] + 1
        self.kinds = (self._stretch, self._pair, self._random, self._dear)
        self.weight = np.ones(len(self.kinds))
        self.kind, self.known_g = -1, np.inf
        self._schedule: ShiftingSchedule | None = None

    def __call__(self, rng: np.random.Generator, size: int) -> NDArray[np.bool_]:
        """Return the mask of columns to free, about `size` of them."""
        self._learn()
        self.kind = int(rng.choice(len(self.kinds), p=self.weight / self.weight.sum()))
        jobs = self.alike[self.kinds[self.kind](rng)]
        _, first = np.unique(jobs, return_index=True)
        jobs = jobs[np.sort(first)]
        within = (self.owner >= 0) & ((self.reduced <= self.above_g * 0.5 ** rng.integers(HALVINGS)) | (self.x > 0.0))
        columns = np.bincount(self.owner[within], minlength=len(self.alike))
        many = int(np.searchsorted(np.cumsum(columns[jobs]), size)) + 1
        chosen = np.zeros(len(self.alike), dtype=bool)
        chosen[jobs[:many]] = True
        free: NDArray[np.bool_] = within & chosen[self.owner]
        return free

    def _learn(self) -> None:
        """Note whether the kind drawn last has gained, and what the incumbent is now."""
        assert self.run.objective is not None
        if self.kind >= 0:
            gained = float(self.run.objective < self.known_g)
            self.weight[self.kind] = _FORGET * self.weight[self.kind] + (1.0 - _FORGET) * (0.1 + 4.0 * gained)
        if self.run.objective < self.known_g:
            self.known_g, schedule = self.run.objective, self.run.schedule()
            assert isinstance(schedule, ShiftingSchedule)
            self.region = schedule.region
            self.first = schedule.run_start[schedule.run_offsets[:-1]]
            last = schedule.run_offsets[1:] - 1
            self.end = schedule.run_start[last] + schedule.run_length[last]
            x = self.model.solution(schedule)
            assert x is not None
            self.x, self.above_g = x, max(self.known_g - (self.run.bound or 0.0), 1e-6 * abs(self.known_g))
            self.lost_g = np.maximum(paid_g(Placement.of(self.costs, schedule), 0.0) - self.least_g, 0.0)

    def _stretch(self, rng: np.random.Generator) -> IntArray:
        """Return the jobs that run in a stretch of slots, in any order, then others that may."""
        begin, end = self._slots(rng)
        return _shuffled(rng, (self.first < end) & (self.end > begin))

    def _pair(self, rng: np.random.Generator) -> IntArray:
        """Return the jobs that run in a longer stretch in one of two regions, in any order."""
        begin, end = self._slots(rng)
        regions = len(self.costs.instance.regions)
        two = rng.choice(regions, min(2, regions), replace=False)
        near = np.isin(self.region, two)
        return _shuffled(rng, near & (self.first < end + WINDOW_SLOTS) & (self.end > begin - WINDOW_SLOTS))

    def _random(self, rng: np.random.Generator) -> IntArray:
        """Return all jobs in any order."""
        return np.asarray(rng.permutation(len(self.region)), dtype=np.int64)

    def _dear(self, rng: np.random.Generator) -> IntArray:
        """Return jobs that pay much above their cheapest option, each with those that run where it would."""
        chosen: list[IntArray] = []
        key = self.lost_g * rng.exponential(size=len(self.lost_g))
        for j in np.argsort(-key, kind="stable")[:WINDOW_SLOTS]:
            in_the_way = (self.region == self.wanted_region[j]) & (self.first < self.wanted_end[j]) & (
                self.end > self.wanted_first[j])
            chosen += [np.array([j]), _shuffled(rng, in_the_way)]
        return np.concatenate(chosen)

    def _slots(self, rng: np.random.Generator) -> tuple[int, int]:
        """Return a stretch of slots."""
        width = 1 + int(rng.integers(WINDOW_SLOTS))
        begin = int(rng.integers(max(self.costs.instance.slots - width + 1, 1)))
        return begin, begin + width


def _shuffled(rng: np.random.Generator, mask: NDArray[np.bool_]) -> IntArray:
    """Return the indices where a mask holds, in any order."""
    return np.asarray(rng.permutation(np.flatnonzero(mask)), dtype=np.int64)
