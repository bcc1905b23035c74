"""Helix's flow form: which machine holds which layers, and what flows from machine to machine, link by link."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.formulations.highs import LinearModel, ModelBuilder, solve_lp
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, weights
from ecoopt.instances.layer_placement.schema import FASTEST

MOST_COLUMNS = 500_000


@dataclass(frozen=True)
class HelixModel:
    """A model and what its columns mean.

    Parameters
    ----------
    linear : LinearModel
        The model; its first columns are ``holds``.
    machine, first, held : int array [n]
        Machine, first layer and layers of each ``holds`` column.
    machines : int
        How many there are.
    """

    linear: LinearModel
    machine: IntArray
    first: IntArray
    held: IntArray
    machines: int

    def schedule(self, x: FloatArray) -> LayerPlacementSchedule:
        """Return the schedule of a solution."""
        chosen = np.flatnonzero(x[:len(self.machine)] > 0.5)
        first, held = np.zeros((2, self.machines), dtype=np.int64)
        first[self.machine[chosen]], held[self.machine[chosen]] = self.first[chosen], self.held[chosen]
        return LayerPlacementSchedule(first=first, held=held)

    def solution(self, schedule: LayerPlacementSchedule, run: Run) -> FloatArray | None:
        """Return a schedule as a solution, its flow by a linear program; None when there is no time for that.

        Machines of a type change places, so that they start in order.
        """
        holds = np.zeros(len(self.machine))
        holds[(schedule.held[self.machine] == self.held) & (schedule.first[self.machine] == self.first)] = 1.0
        lower, upper = self.linear.lower.copy(), self.linear.upper.copy()
        lower[:len(holds)] = upper[:len(holds)] = holds
        # A ledger of its own: the bound of one placement is none of the run's.
        left = None if run.budget.seconds is None else run.seconds_left
        found = solve_lp(self.linear.replaced(lower=lower, upper=upper), Run(Budget(seconds=left), sense=run.sense))
        return found.x


def helix_columns(instance: LayerPlacementInstance) -> int:
    """Return how many columns the model has at most."""
    most = instance.most_held[instance.kind]
    machines, layers = len(instance.kind), instance.layers
    return int((most * (layers + 1) - most * (most + 1) // 2).sum()) + machines * (machines - 1) * (layers - 1)


def helix_model(instance: LayerPlacementInstance, high: int) -> HelixModel:
    """Return the program of machines and flows.

    Columns: ``holds``, binary, machine i holds k layers from a on; ``flows[i,j,e]``, tokens from i, whose last layer is
    e - 1, to j, which holds e; ``enters[i]`` and ``leaves[i]``. Rows: ``one[i]``; ``balance[i]``; ``speed[i]``, what
    enters is at most T_i(k); ``ends[i,e]`` and ``takes[j,e]``, links from and to where they can be; ``begins[i]`` and
    ``finishes[i]``; ``alike``, machines of one type start in order; ``demand``.

    In place of big-M rows on first and last layers, as published, each possible place is a column. ``covered[l]``: what
    holds a layer takes what enters; and no more than `high` enters, a bound on the throughput.
    """
    layers, machines, links = instance.layers, len(instance.kind), instance.links
    kinds = instance.kind
    triples = [(i, a, k) for i in range(machines) for k in range(1, int(instance.most_held[kinds[i]]) + 1)
               for a in range(layers - k + 1)]
    machine, first, held = np.array(triples, dtype=np.int64).T
    speed, end = instance.speed[kinds[machine], held], first + held
    builder = ModelBuilder(Sense.MAX)
    flow_cost = 1.0 if instance.demand_tokens_per_s is None else 0.0
    holds = builder.add_columns("holds", len(machine), cost=-weights(instance)[kinds[machine]], upper=1.0, integer=True)
    between = np.full((machines, machines), FASTEST) if links is None else links.between[np.ix_(kinds, kinds)].copy()
    np.fill_diagonal(between, 0)
    origin, target = np.nonzero(between > 0)
    flows = builder.add_columns("flows", (len(origin), layers - 1), upper=between[origin, target][:, None])
    enters = builder.add_columns("enters", machines, cost=flow_cost)
    leaves = builder.add_columns("leaves", machines)
    one = builder.add_rows("one", machines, upper=1.0)
    builder.add_terms(one[machine], holds, 1.0)
    balance = builder.add_rows("balance", machines, lower=0.0, upper=0.0)
    builder.add_terms(balance, enters, 1.0)
    builder.add_terms(balance, leaves, -1.0)
    limit = builder.add_rows("limit", 1, upper=float(high))
    builder.add_terms(limit, enters, 1.0)
    pace = builder.add_rows("speed", machines, upper=0.0)
    builder.add_terms(pace, enters, 1.0)
    builder.add_terms(pace[machine], holds, -speed)
    ends = builder.add_rows("ends", (machines, layers - 1), upper=0.0)
    takes = builder.add_rows("takes", (machines, layers - 1), upper=0.0)
    if flows.size:
        builder.add_terms(balance[target][:, None], flows, 1.0)
        builder.add_terms(balance[origin][:, None], flows, -1.0)
        builder.add_terms(pace[target][:, None], flows, 1.0)
        builder.add_terms(ends[origin], flows, 1.0)
        builder.add_terms(takes[target], flows, 1.0)
    inner = np.flatnonzero(end < layers)
    builder.add_terms(ends[machine[inner], end[inner] - 1], holds[inner], -speed[inner])
    column = np.repeat(holds, held)
    inside = first[column] + np.arange(len(column)) - np.repeat(np.cumsum(held) - held, held)
    covered = builder.add_rows("covered", layers, lower=0.0)
    builder.add_terms(covered[inside], column, speed[column])
    builder.add_terms(covered[:, None], enters, -1.0)
    column, inside = column[inside > 0], inside[inside > 0]
    builder.add_terms(takes[machine[column], inside - 1], column, -speed[column])
    for name, ledger, at, most in (("begins", enters, first == 0, None if links is None else links.entry),
                                    ("finishes", leaves, end == layers, None if links is None else links.leaving)):
        rows, there = builder.add_rows(name, machines, upper=0.0), np.flatnonzero(at)
        carried = speed[there] if most is None else np.minimum(speed[there], most[kinds[machine[there]]])
        builder.add_terms(rows, ledger, 1.0)
        builder.add_terms(rows[machine[there]], holds[there], -carried)
    following = [pair for q in range(len(instance.types)) for pair in pairwise(np.flatnonzero(kinds == q).tolist())]
    if following:
        # An unused machine counts as one that starts beyond the last layer.
        place = np.searchsorted(machine, np.arange(machines + 1))
        rows = builder.add_rows("alike", len(following), upper=0.0)
        for row, (i, j) in zip(rows.tolist(), following, strict=True):
            for sign, each in ((1.0, i), (-1.0, j)):
                own = np.arange(place[each], place[each + 1])
                builder.add_terms(row, holds[own], sign * (first[own] - layers))
    if instance.demand_tokens_per_s is not None:
        demand = builder.add_rows("demand", 1, lower=float(instance.demand_tokens_per_s))
        builder.add_terms(demand, enters, 1.0)
    return HelixModel(builder.model(), machine, first, held, machines)


def in_order(instance: LayerPlacementInstance, schedule: LayerPlacementSchedule) -> LayerPlacementSchedule:
    """Return a placement with the machines of each type put into order of their first layers, unused ones last."""
    first, held = schedule.first.copy(), schedule.held.copy()
    key = np.where(held > 0, first, instance.layers)
    for q in range(len(instance.types)):
        own = np.flatnonzero(instance.kind == q)
        order = own[np.argsort(key[own], kind="stable")]
        first[own], held[own] = schedule.first[order], schedule.held[order]
    return LayerPlacementSchedule(first=first, held=held)
