"""The integer program: periods apart, chained where starts are charged, polished in stretches, and last whole."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.llm_config.exact import SMALL, Threads, begin, by_highs, settle, solution_of, taken_apart
from ecoopt.formulations.llm_config.fleet_model import FleetModel
from ecoopt.heuristics.llm_config.greedy import greedy
from ecoopt.heuristics.llm_config.searches import local_search
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule
from ecoopt.instances.llm_config.terms import terms_of

FIRST_SHARE, FIRST_SWEEPS = 0.05, 3
POLISH = LnsSettings(columns=600, fewest=100, most=3000, nodes=100, patience=20)
POLISH_SHARE = 0.6


def milp(
    instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None, threads: Threads = 1,
    decompose: bool = True,
) -> Outcome:
    """Solve the integer program. Iterations are nodes.

    ``local-search`` or the start begins. Without starts charged, periods are programs of their own. With them, prices
    on what changes from period to period give a bound by periods apart, and a sequence through their solutions; HiGHS
    then searches stretches of periods around it, and last the whole.

    Parameters
    ----------
    threads : int
        Of HiGHS on the whole model; 0 leaves the number to it.
    decompose : bool
        Whether to take the model apart.
    """
    terms = terms_of(instance)

    def first() -> None:
        part = run.part(seconds=None if run.budget.seconds is None else FIRST_SHARE * run.seconds_left,
                        iterations=FIRST_SWEEPS * instance.periods)
        local_search(instance, part, seed=seed, start=start, patience=0)

    begun = begin(terms, run, start, first)
    if not isinstance(begun, FleetModel):
        return begun
    x = solution_of(begun, run)
    if decompose:
        status = taken_apart(begun, run, x, seed)
        if status is Status.INFEASIBLE:
            return run.outcome(Termination.PROOF, status)
        if run.gap <= CLOSED or run.stop() is not None:
            return run.outcome()
        x = solution_of(begun, run)
        if x is not None and begun.linear.columns > SMALL:
            x = _polished(begun, x, run, seed)
            if run.stop() is not None:
                return run.outcome()
    return by_highs(begun, run, x, seed, threads)


def whole(
    instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program of all periods by HiGHS at once, from ``greedy`` or the start. Iterations are nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    begun = begin(terms_of(instance), run, start, lambda: greedy(instance, run.part(), seed=seed, start=None))
    if not isinstance(begun, FleetModel):
        return begun
    return by_highs(begun, run, solution_of(begun, run), seed, threads)


def _polished(model: FleetModel, x: FloatArray, run: Run, seed: int) -> FloatArray:
    """Search stretches of periods around a solution."""
    periods = model.terms.instance.periods
    per_period = model.linear.columns / periods

    def stretch(rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
        length = int(np.clip(round(columns / per_period), 1, periods))
        first = int(rng.integers(0, periods - length + 1))
        return np.asarray((model.column_period >= first) & (model.column_period < first + length))

    part = run.part(seconds=None if run.budget.seconds is None else POLISH_SHARE * run.seconds_left,
                    iterations=None if run.budget.iterations is None else int(run.iterations_left))
    best = search_neighbourhoods(model.linear, x, stretch, model.schedule, part, seed=seed, settings=POLISH)
    run.tick(part.iterations)
    run.offer(model.linear.objective(best), partial(model.schedule, best))
    settle(model, run)
    return best
