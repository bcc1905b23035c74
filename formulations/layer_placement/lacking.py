"""Why no placement reaches the demand, in the terms of the fleet."""

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.formulations.layer_placement.bounds import prove_throughput
from ecoopt.formulations.layer_placement.exact import helix, solve_cover
from ecoopt.instances.layer_placement import LayerPlacementInstance, compute_bound


def reasons(instance: LayerPlacementInstance) -> list[str]:
    """Return why there is no placement, in one line or none: nothing may always be placed where throughput is asked."""
    demand = instance.demand_tokens_per_s
    if demand is None:
        return []
    held = int(instance.count @ instance.most_held)
    if held < instance.layers:
        return [f"all machines together hold {held} of {instance.layers} layers"]
    most = compute_bound(instance)
    if most < demand:
        return [f"all machines together compute for {most:,} tokens per second, the demand is {demand:,}"]
    most = prove_throughput(instance, Run(sense=Sense.MAX))
    if most < demand:
        return [f"machines and links let {most:,} tokens per second through at most, the demand is {demand:,}"]
    run = Run(Budget(seconds=60), sense=Sense.MAX)
    found = (solve_cover(instance, run, 0, 1) if instance.links is None
             else helix(instance, run, seed=0, start=None))
    if found.status is Status.INFEASIBLE:
        return [f"each bound allows it, but no placement of the machines reaches {demand:,} tokens per second"]
    return []
