"""Prices on what classes share: a bound by the bundle method, and plans from the classes' own optima."""

from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.dual.ascent import Priced
from ecoopt.formulations.dual.bundle import maximise_by_bundle
from ecoopt.formulations.power_cap.class_program import ClassPaths, ClassProgram
from ecoopt.formulations.power_cap.mixed import mixed
from ecoopt.formulations.power_cap.prices import RowPrices
from ecoopt.formulations.power_cap.work_model import best_work
from ecoopt.heuristics.power_cap.local_search import anneal_plan, first_plan
from ecoopt.heuristics.power_cap.plans import Plan, Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

Count: TypeAlias = Annotated[int, Field(ge=1, le=10**6)]

ROUNDS, EVALUATIONS = 150, 150
PLANS = 8
"""Paths of the heaviest weight that are replayed as plans."""
MOST_PRICE = 1e9
"""Where no schedule exists the best prices are infinite."""

_NOTHING = 1e-9


class Prices(NamedTuple):
    """Prices found, the classes' programs there, and the best plan seen on the way."""

    rows: RowPrices
    prices: FloatArray
    program: ClassProgram
    plan: Plan


def lagrangian(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, evaluations: Count = 300,
    rounds: Count = ROUNDS,
) -> Outcome:
    """Bound by prices on power, heat, GPUs and limits on waiting, and anneal the best plan of the classes' own optima.

    An iteration is one evaluation of all classes at some prices, then a round of the annealing. Where caps may be mixed
    the linear program is solved instead.

    Parameters
    ----------
    evaluations : int
        Most evaluations of prices.
    rounds : int
        Rounds of the annealing.
    """
    if instance.mixed:
        return mixed(instance, run, seed=seed, start=start)
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    found = best_prices(planner, run, evaluations, run.part())
    if run.stop() is None:
        plan = first_plan(planner, run, start) if found is None else found.plan
        anneal_plan(planner, run, plan, np.random.default_rng(seed), rounds)
        polish(planner, run)
    return run.outcome(run.stop() or Termination.DONE)


def best_prices(planner: Planner, run: Run, evaluations: int, part: Run) -> Prices | None:
    """Find prices within a part of a run and offer the plans met; None where the tables are too large.

    The bounds of prices are proven.

    Parameters
    ----------
    planner : Planner
        Of the instance.
    run : Run
        Charged with the evaluations, and offered plans.
    evaluations : int
        Most evaluations.
    part : Run
        Its budget limits the ascent.
    """
    rows = RowPrices(planner.tables)
    zero = np.zeros(rows.count)
    if not planner.possible or not rows.fits(zero):
        return None
    plans = [first_plan(planner, run)]

    def oracle(prices: FloatArray) -> Priced:
        program = rows.program(prices)
        # Beyond the size that can be kept, the prices before are as good as it gets.
        return rows.answer(prices, program) if program is not None else Priced(-np.finfo(np.float64).max / 4, zero)

    if rows.count == 0:
        part.prove(oracle(zero).value)
        part.tick()
        prices = zero
    else:
        limited = part.part(iterations=int(min(evaluations, run.iterations_left)))
        ascent = maximise_by_bundle(oracle, zero, limited, upper=MOST_PRICE, tolerance=1e-5)
        run.tick(ascent.iterations, ascent.iterations)
        prices = ascent.prices
        plans += [_plan(planner, paths) for _, paths in ascent.mixture.parts[:PLANS]]
    program = rows.program(prices)
    if program is None:
        return None
    plans.append(_plan(planner, program.paths()))
    for plan in plans:
        planner.offer(run, plan)
    return Prices(rows, prices, program, min(plans, key=planner.value))


def polish(planner: Planner, run: Run) -> None:
    """Offer the best work under the caps of the run's schedule."""
    schedule = run.schedule()
    if isinstance(schedule, PowerCapSchedule):
        better = best_work(planner.tables, schedule)
        run.offer(planner.tables.value(better), better)


def _plan(planner: Planner, paths: ClassPaths) -> Plan:
    """Return the plan with a class's own caps and holds."""
    return planner.plan(paths.cap, ((paths.work <= _NOTHING) & (paths.waiting > _NOTHING)).astype(np.float64))
