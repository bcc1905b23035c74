"""Trim: machines that a placement can do without are taken out, dear ones first."""

import numpy as np

from ecoopt.core.run import Run
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, offer, throughput, weights


def offer_trimmed(
    instance: LayerPlacementInstance, run: Run, schedule: LayerPlacementSchedule,
) -> LayerPlacementSchedule:
    """Offer a placement; where there is a demand, without the machines that it is reached without. Return what is left.

    Machines are tried once each, by falling weight, the last ones of equals first.
    """
    demand = instance.demand_tokens_per_s
    if demand is not None and throughput(instance, schedule.first, schedule.held) >= demand:
        held = schedule.held.copy()
        for i in np.lexsort((-np.arange(len(held)), -weights(instance)[instance.kind])).tolist():
            kept, held[i] = held[i], 0
            if kept and throughput(instance, schedule.first, held) < demand:
                held[i] = kept
        schedule = LayerPlacementSchedule(first=schedule.first, held=held)
    offer(instance, run, schedule)
    return schedule
