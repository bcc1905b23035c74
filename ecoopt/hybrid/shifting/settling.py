"""Settling: the cheapest places near a schedule, which the integer program has columns for."""

import numpy as np

from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingSchedule


def settled(costs: ShiftingCosts, schedule: ShiftingSchedule) -> ShiftingSchedule:
    """Return a schedule no dearer in which no job can go to a cheaper place alone: the model has these options."""
    placement = Placement.of(costs, schedule)
    order = np.arange(costs.instance.jobs)
    before = np.inf
    while True:
        for j in order:
            placement.place(np.array([j]))
        after = costs.objective(placement.schedule())
        if after >= before:
            return placement.schedule()
        before = after
