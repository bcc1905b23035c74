"""Cutting: rows of the frontiers until the linear relaxation, or a whole solution, keeps them all."""

from dataclasses import replace

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.formulations.highs import HighsResult, solve_lp
from ecoopt.formulations.pool.count_model import CountModel, count_model
from ecoopt.formulations.pool.frontier import Frontier
from ecoopt.instances.pool.terms import Terms

LP_SLACK, WHOLE_SLACK = 1e-7, 1e-9
_MOST_ROUNDS = 200


def frontiers_of(terms: Terms) -> list[Frontier]:
    """Return the frontiers of all models, no row known."""
    instance = terms.instance
    kinds = np.arange(len(instance.types))
    found = []
    for m, work in enumerate(terms.works):
        most = instance.load[m][kinds, instance.max_count]
        # Types of which there is no machine would have no price.
        there = replace(work, worked_s=np.where(most[:, None] > 0, work.worked_s, np.inf))
        found.append(Frontier(there, terms.energy, most))
    return found


def cut_off(terms: Terms, frontiers: list[Frontier], model: CountModel, x: FloatArray, slack: float) -> int:
    """Add rows that a point breaks, period by period; return how many are new."""
    capacity, added = model.capacity(terms, x), 0
    for t, m in np.ndindex(*terms.demand.shape):
        amount = float(x[model.amount[t, m]]) if model.amount[t, m] >= 0 else 0.0
        rate = terms.demand[t, m] - (0.0 if terms.must_serve else amount)
        added += frontiers[m].cut_off(np.maximum(capacity[t, m], 0.0), float(rate), amount, slack)
    return added


def relax(terms: Terms, frontiers: list[Frontier], run: Run, seed: int) -> tuple[CountModel, HighsResult]:
    """Solve the linear relaxation, rows added until it keeps them; the run is told the bound."""
    for _ in range(_MOST_ROUNDS):
        model = count_model(terms, frontiers, relaxed=True)
        found = solve_lp(model.linear, run.part(), seed=seed)
        if found.x is None or found.row_dual is None:
            break
        run.tick()
        if run.stop() is not None or not cut_off(terms, frontiers, model, found.x, LP_SLACK):
            break
    return model, found
