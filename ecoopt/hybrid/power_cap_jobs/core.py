"""Core: what prices and a schedule leave of the program, and searches in the cheapest part of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.formulations.power_cap_jobs.pricing import Pricing, best_prices
from ecoopt.formulations.power_cap_jobs.program import Program, program_of
from ecoopt.heuristics.power_cap_jobs.local_search import search
from ecoopt.heuristics.power_cap_jobs.serial import offer_rules, offer_start
from ecoopt.instances.power_cap_jobs import PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options, useful

PRICE_STEPS = 400
TRIALS, MOST, HEAT = 1000, 10, 0.01
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Core:
    """Options with their reduced costs. M options.

    Parameters
    ----------
    options : Options
        All there are.
    useful : bool array [M]
        Those that are not dominated.
    reduced_g : float array [M]
        By how much each is dearer than its job's cheapest at the prices.
    priced_g : float array [M]
        What each costs at the prices.
    bound : float
        The bound that the prices prove.
    """

    options: Options
    useful: NDArray[np.bool_]
    reduced_g: FloatArray
    priced_g: FloatArray
    bound: float

    def within(self, objective: float | None) -> NDArray[np.bool_]:
        """Return which options a schedule better than an objective may contain, bool array [M].

        A schedule costs at least the bound plus the reduced costs of all its options.
        """
        if objective is None:
            return self.useful
        kept: NDArray[np.bool_] = self.useful & (
            self.reduced_g <= objective - self.bound + ROUNDING * abs(objective))
        return kept

    def cheapest(self, number: int, objective: float | None, schedule: PowerCapJobsSchedule | None) -> Program:
        """Return the program over so many options of least reduced cost of each job, and those of a schedule."""
        at = np.flatnonzero(self.within(objective))
        job = self.options.job[at]
        order = np.lexsort((self.reduced_g[at], job))
        rank = np.empty(len(at), dtype=np.int64)
        rank[order] = np.arange(len(at)) - np.searchsorted(job, np.arange(self.options.jobs))[job[order]]
        kept = np.zeros(len(self.useful), dtype=bool)
        kept[at[rank < number]] = True
        if schedule is not None:
            kept[self.options.index(schedule.start_slot, schedule.cap)] = True
        return program_of(self.options, kept)

    def program(self, objective: float | None, schedule: PowerCapJobsSchedule | None) -> Program:
        """Return the program over all options that a better schedule may contain, and those of a schedule."""
        kept = self.within(objective).copy()
        if schedule is not None:
            kept[self.options.index(schedule.start_slot, schedule.cap)] = True
        return program_of(self.options, kept)


def core_of(options: Options, run: Run) -> Core:
    """Find prices within a run, which is told the bounds; what the steps spend is not counted."""
    part = run.part(seconds=0.2 * run.seconds_left if run.budget.seconds is not None else None, iterations=PRICE_STEPS)
    found = best_prices(options, part)
    priced_g = Pricing(options).priced_g(found.prices)
    least = np.minimum.reduceat(priced_g, options.of_job[:-1])
    return Core(options, useful(options), priced_g - least[options.job], priced_g, found.bound)


def begin(options: Options, run: Run, start: PowerCapJobsSchedule | None) -> None:
    """Offer a run the start, and what the greedy's orders give."""
    offer_start(options, run, start)
    if run.stop() is None:
        offer_rules(options, run, options.cost_g)


def warm(core: Core, run: Run, rng: np.random.Generator, *, patience: int, seconds: float | None) -> None:
    """Offer a run what priced orders give, and what a short local search finds from there."""
    if run.stop() is None and run.objective is None:
        offer_rules(core.options, run, core.priced_g)
    if run.objective is None or run.stop() is not None:
        return
    left = None if run.budget.iterations is None else int(run.iterations_left)
    part = run.part(seconds=seconds, iterations=left)
    part.offer(run.objective, _incumbent(run))
    search(core.options, part, rng, core.options.cost_g, trials=TRIALS, most=MOST, heat=HEAT, patience=patience)
    run.tick(part.iterations, part.evaluations)


def _incumbent(run: Run) -> PowerCapJobsSchedule:
    schedule = run.schedule()
    assert isinstance(schedule, PowerCapJobsSchedule)
    return schedule
