"""Greedy: levels by carbon saved per quality lost; evaluations where they cost least; GPUs follow what is cheapest."""

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.pricing import Pricing
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule


def greedy(instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None) -> Outcome:
    """Take the levels that save most carbon by the quality lost until no rule allows more. One iteration.

    With an evaluator, evaluations are the cheapest at the windows' price of quality. A fleet's GPUs follow the regions
    that are cheapest from hour to hour as fast as the ramp allows; levels are then chosen anew for the regions.
    """
    pricing = Pricing(instance)
    if start is not None:
        run.offer(pricing.costs.value(start), start)
    if run.stop() is None:
        run.tick(1, 1)
        found = pricing.decide(pricing.usual)
        if found is not None:
            found.offer(run)
    return run.outcome()
