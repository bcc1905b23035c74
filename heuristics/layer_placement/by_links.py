"""By links: where links may bind, parts that are linked well are placed by themselves, policies of joining tried."""

import math

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.attempt import attempt
from ecoopt.heuristics.layer_placement.chains import offer_chain
from ecoopt.heuristics.layer_placement.charged import raise_by_beam
from ecoopt.heuristics.layer_placement.online import POLICIES, joined
from ecoopt.heuristics.layer_placement.targets import raise_target
from ecoopt.heuristics.layer_placement.trim import offer_trimmed
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    link_parts,
    offer_start,
)

_WIDTH = 20


def offer_by_links(instance: LayerPlacementInstance, run: Run) -> None:
    """Offer placements that links favour, each an iteration; nothing where links do not bind.

    Those of the policies of joining; and for every way to part the types by slow links, the placement that has the best
    one of each part: the parts' flows add up.
    """
    if instance.links is None:
        return
    for policy in POLICIES:
        if run.stop() is not None:
            return
        first, held = joined(instance, run, policy, math.inf)
        run.tick(1, 1)
        offer_trimmed(instance, run, LayerPlacementSchedule(first=first, held=held))
    for labels in link_parts(instance):
        if run.stop() is not None:
            return
        first, held = np.zeros((2, len(instance.kind)), dtype=np.int64)
        for part in np.unique(labels).tolist():
            members = np.flatnonzero(labels[instance.kind] == part)
            if members.size and run.stop() is None:
                best = _alone(instance.replace(
                    links=None, objective="throughput", demand_tokens_per_s=None, kind=instance.kind[members]), run)
                first[members], held[members] = best.first, best.held
        run.tick(1, 1)
        offer_trimmed(instance, run, LayerPlacementSchedule(first=first, held=held))


def _alone(part: LayerPlacementInstance, run: Run) -> LayerPlacementSchedule:
    """Return the best of greedy, chain and a narrow beam of a part, within the seconds of a run."""
    own = Run(Budget(seconds=None if run.budget.seconds is None else run.seconds_left), sense=run.sense)
    offer_start(part, own, None)
    raise_target(part, own, lambda target: attempt(part, target, 0.0), 0, compute_bound(part) + 1)
    offer_chain(part, own)
    raise_by_beam(part, own, _WIDTH)
    best = own.schedule()
    assert isinstance(best, LayerPlacementSchedule)
    return best
