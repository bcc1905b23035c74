"""Round-up: the relaxation's machines rounded up, mended within the limits, and taken off where they are not missed."""

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.node_mix.exact import dual_bound
from ecoopt.formulations.phase_split.relaxation import lp_options, models_of
from ecoopt.formulations.phase_split.split_model import at
from ecoopt.heuristics.phase_split.greedy import ended
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule

_WHOLE = 1e-6


def round_up(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Round the relaxation up and take off, dearest first, what is not missed; its bound is proven besides.

    Where rounding up passes a limit, what is rounded down is built on by the greedy. A period is an iteration.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    units = np.zeros((ground.periods, ground.pools), dtype=np.int64)
    total = 0.0
    for model in models_of(instance):
        if run.stop() is not None:
            return run.outcome()
        found = solve_lp(model.model, Run(run.part().budget, sense=run.sense), seed=seed,
                         options=lp_options(ground.tables))
        if found.status is Status.INFEASIBLE:
            return run.outcome(found.termination, found.status)
        if found.row_dual is None or found.x is None:
            return run.outcome(found.termination)
        total += dual_bound(model.model, found.row_dual)
        part = at(found.x, model.units)
        for place, p in enumerate(model.periods.tolist()):
            up = np.ceil(part[place] - _WHOLE).astype(np.int64)
            if ground.within(up) and ground.can(ground.needs[p], up):
                units[p] = ground.trim(ground.needs[p], up, ground.cost[p], run)
            else:
                down = np.floor(part[place] + _WHOLE).astype(np.int64)
                grown = ground.cover(ground.needs[p], ground.cost[p], run, down)
                if grown is None:
                    return ended(run)
                units[p] = ground.trim(ground.needs[p], grown, ground.cost[p], run)
            run.tick(1, 1)
    ground.offer(run, units)
    run.prove(total)
    return run.outcome()
