"""Greedy: from the first layer on, the machine that wastes least of what it could do, for rising targets."""

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.attempt import attempt
from ecoopt.heuristics.layer_placement.by_links import offer_by_links
from ecoopt.heuristics.layer_placement.ended import ended
from ecoopt.heuristics.layer_placement.targets import raise_target
from ecoopt.heuristics.layer_placement.trim import offer_trimmed
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    offer_start,
)

_POWERS = (0.0, 0.5, 1.0, 1.5)


def greedy(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Put the machine with the most use for its worth at the first layer that misses the target, again and again.

    Use is what the target still lacks on the layers held; worth, the most use that the type could be of. Where a demand
    is to be met, the machine's weight is mixed in, by four powers. Each of these, or each target, is an iteration.
    Where links may bind, machines that are linked well also get placements of their own, and those of the policies of
    joining are tried. Ignores `seed`.
    """
    offer_start(instance, run, start)
    if run.stop() is None:
        fill(instance, run)
    return ended(run)


def fill(instance: LayerPlacementInstance, run: Run) -> LayerPlacementSchedule | None:
    """Run the greedy; return the run's best placement, None when it has none."""
    demand = instance.demand_tokens_per_s
    if demand is None:
        raise_target(instance, run, lambda target: attempt(instance, target, 0.0),
                     int(run.objective or 0), compute_bound(instance) + 1)
    else:
        for power in _POWERS:
            if run.stop() is not None:
                break
            found = attempt(instance, demand, power)
            run.tick(1, 1)
            if found is not None:
                offer_trimmed(instance, run, found)
    offer_by_links(instance, run)
    best = run.schedule()
    return best if isinstance(best, LayerPlacementSchedule) else None
