"""The belief model: when to evaluate, and shares of levels by hour and by the evaluation that the hour believes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.directives.level_model import normalised
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.instances.directives import DirectivesSchedule
from ecoopt.instances.directives.beliefs import last_evaluation
from ecoopt.instances.directives.costs import Costs, at_home


@dataclass(frozen=True, eq=False)
class BeliefModel:
    """A model handed over, and what its columns mean. T hours, L levels, A pairs of an hour and one it may believe.

    Parameters
    ----------
    costs : Costs
        What it was built from.
    linear : LinearModel
        The arrays.
    evaluated, hour : int array [A]
        The evaluation of each pair, and the hour that believes it.
    share : int array [A, L]
        Columns.
    evaluation : int array [T]
        Columns.
    """

    costs: Costs
    linear: LinearModel
    evaluated: IntArray
    hour: IntArray
    share: IntArray
    evaluation: IntArray

    def schedule(self, x: FloatArray) -> DirectivesSchedule:
        """Return the schedule of a solution."""
        evaluations = np.flatnonzero(x[self.evaluation] > 0.5)
        last = last_evaluation(self.costs.instance, evaluations)
        share = np.zeros((len(last), self.share.shape[1]))
        own = last[self.hour] == self.evaluated
        share[self.hour[own]] = x[self.share[own]]
        return DirectivesSchedule(share=at_home(normalised(share)[None, :, None, :]), evaluations=evaluations)

    def solution(self, schedule: DirectivesSchedule) -> FloatArray:
        """Return the solution of a schedule."""
        x = np.zeros(self.linear.columns)
        x[self.evaluation[schedule.evaluations]] = 1.0
        own = last_evaluation(self.costs.instance, schedule.evaluations)[self.hour] == self.evaluated
        x[self.share[own]] = schedule.share[0, self.hour[own], 0, 0, :]
        return x


@uncollected
def belief_model(costs: Costs) -> BeliefModel:
    """Return the program of an instance with an evaluator. Equation numbers are those of the family's page.

    Variables: ``evaluation[t]``, binary; ``share[a, l]`` for each pair a of an evaluation and an hour that may believe
    it. Rows: ``whole`` (5), ``begin`` (6), ``go_on`` (7), ``keep`` (8), ``hour`` (9), ``window`` (3).
    """
    instance, judge = costs.instance, costs.instance.evaluator
    assert judge is not None
    hours, levels = instance.hours, costs.quality.shape[3]
    age = np.arange(min(judge.most_gap_h, hours))
    evaluated, since = (part.ravel() for part in np.meshgrid(np.arange(hours), age, indexing="ij"))
    inside = evaluated + since < hours
    evaluated, since = evaluated[inside], since[inside]
    hour = evaluated + since
    pairs = range(len(hour))
    place = {pair: a for a, pair in enumerate(zip(evaluated.tolist(), hour.tolist(), strict=True))}
    model = pyo.ConcreteModel(name=instance.name)
    model.evaluation = pyo.Var(range(hours), within=pyo.Binary)
    model.share = pyo.Var(pairs, range(levels), bounds=(0.0, 1.0),
                          within=pyo.Binary if instance.integer else pyo.NonNegativeReals)
    share, evaluation = list(model.share.values()), list(model.evaluation.values())

    def of(a: int) -> list[Any]:
        return share[a * levels:(a + 1) * levels]

    ones = [1.0] * levels
    grams = (instance.requests[0, hour, None] * costs.home_g[0, hour, 0]).ravel().tolist()
    model.objective = pyo.Objective(expr=linear([*grams, *costs.evaluation_g.tolist()], [*share, *evaluation]))
    by_hour = [[place[i, t] for i in range(max(t - len(age) + 1, 0), t + 1)] for t in range(hours)]
    model.whole = pyo.Constraint(range(hours), rule=lambda _, t: linear(
        ones * len(by_hour[t]), [x for a in by_hour[t] for x in of(a)]) == 1)
    model.begin = pyo.Constraint(range(hours), rule=lambda _, t: linear(
        [*ones, -1.0], [*of(place[t, t]), evaluation[t]]) == 0)
    young, older = np.flatnonzero((since > 0) & (since < judge.least_gap_h)), np.flatnonzero(since >= judge.least_gap_h)
    opposite = [*ones, *(-1.0 for _ in ones)]
    # Evaluations follow each other no sooner than the least gap: until then an hour believes the one that was made.
    model.go_on = pyo.Constraint(young.tolist(), rule=lambda _, a: linear(
        opposite, [*of(a), *of(a - 1)]) == 0)
    model.keep = pyo.Constraint(older.tolist(), rule=lambda _, a: linear(
        opposite, [*of(a), *of(a - 1)]) <= 0)
    quality, floor = costs.quality[0, :, 0], costs.floor[0]
    margin = quality[evaluated] - floor[hour][:, None]
    asking = np.flatnonzero(margin.min(axis=1) < 0).tolist()
    model.hour = pyo.Constraint(asking, rule=lambda _, a: linear(margin[a].tolist(), of(a)) >= 0)

    def window(_: Any, w: int) -> Any:
        one = instance.windows[w]
        requests = instance.requests[0, one.start_h:one.end_h]
        total = float(requests.sum())
        if total == 0:
            return pyo.Constraint.Skip
        own = np.flatnonzero((hour >= one.start_h) & (hour < one.end_h))
        weighed = instance.requests[0, hour[own], None] / total * quality[hour[own]]
        return linear(weighed.ravel().tolist(), [x for a in own.tolist() for x in of(a)]) >= 1.0 - one.loss

    model.window = pyo.Constraint(range(len(instance.windows)), rule=window)
    handed = hand_over(model)
    return BeliefModel(costs, handed.model, evaluated, hour, handed.columns_of(model.share).reshape(-1, levels),
                       handed.columns_of(model.evaluation))
