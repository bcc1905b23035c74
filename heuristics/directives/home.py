"""Home: decisions that serve every request where it comes from, held against the rules before they are offered."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import believed_quality, last_evaluation
from ecoopt.instances.directives.costs import Costs, at_home, costs_of
from ecoopt.instances.directives.staffing import fewest_gpus

ROUNDING = 1e-9
"""Quality that may be lacking, relative to level 0's."""


class Home:
    """Offers decisions of one instance to a run.

    Parameters
    ----------
    instance : DirectivesInstance
        What is asked.
    run : Run
        Offered the start, if there is one.
    start : DirectivesSchedule, optional
        A feasible schedule.
    """

    def __init__(self, instance: DirectivesInstance, run: Run, start: DirectivesSchedule | None) -> None:
        self.instance, self.run = instance, run
        self.costs: Costs = costs_of(instance)
        if start is not None:
            run.offer(self.costs.value(start), start)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of shares of levels: R, T, C, L."""
        return self.costs.quality.shape[0], *self.costs.quality.shape[1:]

    @property
    def rare_evaluations(self) -> IntArray:
        """Evaluations as far apart as may be; none without an evaluator."""
        judge = self.instance.evaluator
        return np.arange(0, self.instance.hours, judge.most_gap_h) if judge is not None else np.zeros(0, dtype=np.int64)

    def offer(self, share: FloatArray, evaluations: IntArray) -> bool:
        """Offer a decision if it keeps the rules, and return whether it is the best so far.

        Parameters
        ----------
        share : float array [R, T, C, L]
            Shares of levels.
        evaluations : int array
            Hours.
        """
        placed = at_home(share)
        gpus = None
        if self.instance.fleet is not None:
            gpus = fewest_gpus(self.instance, self.costs.busy_s(placed))
            if gpus is None:
                return False
        if not keeps_quality(self.costs, share, evaluations):
            return False
        return self.run.offer(self.costs.objective(placed, evaluations, gpus), lambda: DirectivesSchedule(
            share=placed, evaluations=evaluations, gpus=gpus))


def keeps_quality(costs: Costs, share: FloatArray, evaluations: IntArray) -> bool:
    """Return whether shares of levels [R, T, C, L] keep the quality of every hour and window."""
    instance = costs.instance
    believed = believed_quality(costs, last_evaluation(instance, evaluations))
    if ((believed * share).sum(axis=(2, 3)) < costs.floor - ROUNDING).any():
        return False
    reached = instance.requests * (costs.quality * share).sum(axis=(2, 3))
    for window in instance.windows:
        own = slice(window.start_h, window.end_h)
        wanted = (1.0 - window.loss - ROUNDING) * instance.requests[:, own].sum(axis=1)
        if (reached[:, own].sum(axis=1) < wanted).any():
            return False
    return True
