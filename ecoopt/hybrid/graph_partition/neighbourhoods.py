"""Large-neighbourhood search: entities near each other, their copies and all places of concepts freed for HiGHS."""

from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.expressions import StoppedError
from ecoopt.formulations.graph_partition.integer_program import MOST_NONZEROS, nonzeros
from ecoopt.formulations.graph_partition.partition_model import PartitionModel, partition_model
from ecoopt.heuristics.graph_partition.ground import Ground
from ecoopt.heuristics.graph_partition.multilevel import multilevel
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

FIRST_SHARE, FIRST_ITERATIONS = 0.3, 1000
"""Share of the time, and iterations, for the multilevel search."""

_SETTINGS = {"columns": 100, "fewest": 30, "most": 1500, "nodes": 200}
_WANDER = 0.2


def lns(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    patience: Count = 40,
) -> Outcome:
    """Improve what the multilevel search finds, one set of entities near each other at a time.

    Iterations are those of the multilevel search, which has 30 % of the time, and neighbourhoods.

    Parameters
    ----------
    patience : int
        Neighbourhoods in a row without gain that end the search.
    """
    left = int(min(run.iterations_left, 2 * FIRST_ITERATIONS)) // 2
    part = run.part(seconds=FIRST_SHARE * run.seconds_left, iterations=left)
    first = multilevel(instance, part, seed=seed, start=start)
    run.tick(part.iterations, part.evaluations)
    known = run.schedule()
    if not isinstance(known, GraphPartitionSchedule):
        return run.outcome(first.termination, first.status, **first.details)
    if (size := nonzeros(instance)) > MOST_NONZEROS:
        return run.outcome(reason=f"the program would have {size:,} entries, {MOST_NONZEROS:,} is the limit")
    if run.stop() is None:
        try:
            model = partition_model(instance, run=run)
        except StoppedError:
            return run.outcome()
        search_neighbourhoods(model.linear, model.start(known), _Neighbourhoods(model), model.schedule, run, seed=seed,
                              settings=LnsSettings(patience=patience, **_SETTINGS))
        best = run.schedule()
        assert isinstance(best, GraphPartitionSchedule)
        run.objective = Ground(instance).objective(best)  # HiGHS's value has its tolerances.
    return run.outcome()


class _Neighbourhoods:
    """Draws entities near each other."""

    def __init__(self, model: PartitionModel) -> None:
        self.model, self.instance = model, model.instance
        ground = Ground(model.instance)
        self.begin, self.neighbour = ground.adjacency.begin, ground.adjacency.neighbour

    def __call__(self, rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
        """Return the columns of some entities' homes and copies, as many as asked for, and of all that follows."""
        one, pyomo = self.instance, self.model.model
        each = one.devices * one.epochs * (1 + hasattr(pyomo, "copy"))
        chosen = np.zeros(one.entities, bool)
        chosen[self._near(rng, max(columns // each, 2))] = True
        free = np.ones(self.model.linear.columns, bool)
        incident = chosen[one.edge_u] | chosen[one.edge_v]
        kept = {"home": (chosen, 1), "copy": (chosen, 1), "both": (incident, 1), "covered": (incident, 0)}
        if hasattr(pyomo, "together"):
            first, second = np.triu_indices(one.entities, 1)
            kept["together"] = (chosen[first] | chosen[second], 0)
        for name, (mask, by_epoch) in kept.items():
            if hasattr(pyomo, name):
                wide = np.tile(np.repeat(mask, one.devices), one.epochs) if by_epoch else mask
                free[self.model.handed.columns_of(getattr(pyomo, name))[~wide]] = False
        return free

    def _near(self, rng: np.random.Generator, number: int) -> list[int]:
        """Return entities reached from a random one along random edges, and by jumps now and then."""
        n = self.instance.entities
        chosen = [int(rng.integers(n))]
        known = set(chosen)
        while len(chosen) < min(number, n):
            at = int(rng.choice(chosen))
            row = self.neighbour[self.begin[at]:self.begin[at + 1]]
            new = int(rng.integers(n)) if not len(row) or rng.random() < _WANDER else int(rng.choice(row))
            if new not in known:
                chosen.append(new)
                known.add(new)
        return chosen
