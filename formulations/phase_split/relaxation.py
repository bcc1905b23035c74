"""The relaxation: units may be parts, and safe loads lie on the chords of their steps."""

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.node_mix.exact import dual_bound
from ecoopt.formulations.phase_split.split_model import SplitModel, split_model
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.routing import arrays_of
from ecoopt.instances.phase_split.tables import SplitTables, split_tables


def joins(tables: SplitTables) -> bool:
    """Return whether starts or machines bought once join the periods."""
    return bool(tables.start_cost.any() or tables.fleet_cost.any())


def lp_options(tables: SplitTables) -> Options:
    """Return the options of HiGHS for the relaxation: the interior point where all periods are one program."""
    return {"solver": "ipm"} if joins(tables) else {}


def models_of(instance: PhaseSplitInstance) -> list[SplitModel]:
    """Return the integer programs of an instance: of all periods at once where they are joined, else of each."""
    every = np.arange(instance.periods)
    if joins(split_tables(instance)):
        return [split_model(instance, every, coupled=True)]
    return [split_model(instance, every[p:p + 1], coupled=False) for p in range(instance.periods)]


def lp(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Solve the relaxation, of each period where none are joined; the bound is what the duals prove.

    A period, or all of them together, is an iteration.
    """
    tables = split_tables(instance)
    if start is not None:
        run.offer(tables.value(arrays_of(start)[0]), start)
    total, rows, columns = 0.0, 0, 0
    for model in models_of(instance):
        if run.stop() is not None:
            return run.outcome()
        found = solve_lp(model.model, Run(run.part(iterations=None).budget, sense=run.sense), seed=seed,
                         options=lp_options(tables))
        if found.status is Status.INFEASIBLE:
            return run.outcome(found.termination, found.status)
        if found.row_dual is None:
            return run.outcome(found.termination)
        total += dual_bound(model.model, found.row_dual)
        rows, columns = rows + model.model.rows, columns + model.model.columns
        run.tick()
    run.prove(total)
    return run.outcome(rows=rows, columns=columns)
