"""Windows: purchases and retirements of some sites in some periods are solved anew, all others are kept."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.refresh.fleet_model import FleetModel, fleet_model
from ecoopt.heuristics.refresh.baselines import ended
from ecoopt.heuristics.refresh.greedy import greedy
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import tables_of

SETTINGS = LnsSettings(columns=600, fewest=100, most=4000, nodes=50, patience=20)
SHARE = 0.5
"""Part of the seconds left for windows before the whole program is solved."""


def lns(instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None) -> Outcome:
    """Improve the greedy plan, or the start, by solving windows of it anew. One iteration is a window."""
    tables = tables_of(instance)
    if start is not None:
        run.offer(tables.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    if start is None:
        greedy(instance, run.part(), seed=seed, start=None)
    known = run.schedule()
    if isinstance(known, RefreshSchedule) and run.stop() is None:
        model = fleet_model(tables)
        search_neighbourhoods(model.linear, model.solution(known), partial(window, model), model.schedule, run,
                              seed=seed, settings=SETTINGS)
    return ended(run)


def polished(model: FleetModel, x: FloatArray, run: Run, seed: int) -> FloatArray:
    """Return a solution improved by windows within a part of what is left of the run; the run is offered it."""
    part = run.part(seconds=None if run.budget.seconds is None else SHARE * run.seconds_left,
                    iterations=None if run.budget.iterations is None else int(run.iterations_left))
    best = search_neighbourhoods(model.linear, x, partial(window, model), model.schedule, part, seed=seed,
                                 settings=SETTINGS)
    run.tick(part.iterations)
    return best


def window(model: FleetModel, rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
    """Return the columns of about so many: work, purchases and retirements of a stretch of periods at some sites.

    Counts to date are free from the stretch's beginning to its end.
    """
    _, sites, periods = model.tables.gone.shape
    per_period = model.linear.columns / periods
    some = int(rng.integers(1, sites + 1))
    chosen = rng.permutation(sites)[:some]
    length = int(np.clip(round(columns / (per_period * some / sites)), 1, periods))
    first = int(rng.integers(0, periods - length + 1))
    at_site, in_time = np.zeros(sites, dtype=bool), np.zeros(periods, dtype=bool)
    at_site[chosen], in_time[first:first + length] = True, True
    free = np.zeros(model.linear.columns, dtype=bool)
    for block in (model.bought, model.retired):
        if block.size:
            free[block[:, at_site][:, :, in_time].ravel()] = True
    t, _, s, _ = model.place
    free[model.work] = in_time[t] & at_site[s]
    return free
