"""The level model: shares of levels by hour and group of one region, under hourly rules and windows, no evaluator."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.instances.directives import DirectivesSchedule
from ecoopt.instances.directives.costs import Costs, at_home


@dataclass(frozen=True, eq=False)
class LevelModel:
    """A model handed over, and what its columns mean. T hours, C groups, L levels.

    Parameters
    ----------
    costs : Costs
        What it was built from.
    linear : LinearModel
        The arrays.
    share : int array [T, C, L]
        Columns.
    """

    costs: Costs
    linear: LinearModel
    share: IntArray

    def schedule(self, x: FloatArray) -> DirectivesSchedule:
        """Return the schedule of a solution."""
        return DirectivesSchedule(share=at_home(normalised(x[self.share])[None]))

    def solution(self, schedule: DirectivesSchedule) -> FloatArray:
        """Return the solution of a schedule."""
        x = np.zeros(self.linear.columns)
        x[self.share] = schedule.share[0, :, :, 0, :]
        return x


def normalised(share: FloatArray) -> FloatArray:
    """Return shares of levels [..., L] with the traces of a solver's tolerance taken out."""
    kept = np.clip(share, 0.0, 1.0)
    return np.asarray(kept / kept.sum(axis=-1, keepdims=True), dtype=np.float64)


@uncollected
def level_model(costs: Costs) -> LevelModel:
    """Return the program of an instance with one region. Equation numbers are those of the family's page.

    Variables: ``share[t, c, l]``, binary where a group must not be split. Rows: ``whole`` (1), ``hour`` (2), one where
    an hour asks for something, and ``window`` (3).
    """
    instance = costs.instance
    _, hours, groups, levels = costs.quality.shape
    model = pyo.ConcreteModel(name=instance.name)
    model.share = pyo.Var(range(hours), range(groups), range(levels), bounds=(0.0, 1.0),
                          within=pyo.Binary if instance.integer else pyo.NonNegativeReals)
    share = list(model.share.values())
    per_hour = groups * levels
    grams = (costs.count[0][..., None] * costs.home_g[0]).ravel().tolist()
    model.objective = pyo.Objective(expr=linear(grams, share))
    model.whole = pyo.Constraint(range(hours * groups), rule=lambda _, i: linear(
        [1.0] * levels, share[i * levels:(i + 1) * levels]) == 1)
    quality, floor = costs.quality[0].reshape(hours, per_hour), costs.floor[0].tolist()
    asking = [t for t in range(hours) if floor[t] > 0]
    model.hour = pyo.Constraint(asking, rule=lambda _, t: linear(
        quality[t].tolist(), share[t * per_hour:(t + 1) * per_hour]) >= floor[t])

    def window(_: Any, w: int) -> Any:
        one = instance.windows[w]
        requests = instance.requests[0, one.start_h:one.end_h]
        total = float(requests.sum())
        if total == 0:
            return pyo.Constraint.Skip
        weighed = (requests / total)[:, None] * quality[one.start_h:one.end_h]
        return linear(weighed.ravel().tolist(), share[one.start_h * per_hour:one.end_h * per_hour]) >= 1.0 - one.loss

    model.window = pyo.Constraint(range(len(instance.windows)), rule=window)
    handed = hand_over(model)
    return LevelModel(costs, handed.model, handed.columns_of(model.share).reshape(hours, groups, levels))
