"""The integer program with all that is quick before it: the bound of configurations and a beam."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.layer_placement.bounds import configuration
from ecoopt.formulations.layer_placement.exact import solve_cover, solve_helix
from ecoopt.heuristics.layer_placement.beam import beam
from ecoopt.heuristics.layer_placement.greedy import greedy
from ecoopt.heuristics.layer_placement.searches import local_search
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, offer_start

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_WIDTH, _PATIENCE, _SHARE = 100, 5, 0.2


def milp(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
    threads: Threads = 1,
) -> Outcome:
    """Bound by configurations, place by greedy and beam, and solve the integer program for what is left open.

    The cover model; where links may bind, a descent before it, and Helix's flow form.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    part = run.part(seconds=_SHARE * run.seconds_left)
    configuration(instance, part, seed=seed, start=None)
    greedy(instance, part, seed=seed, start=None)
    beam(instance, part, seed=seed, start=None, width=_WIDTH)
    if instance.links is not None:
        local_search(instance, part, seed=seed, start=None, patience=_PATIENCE)
    if run.gap <= CLOSED or run.stop() is not None:
        return run.outcome()
    if instance.links is None:
        return solve_cover(instance, run, seed, threads)
    return solve_helix(instance, run, seed, threads)
