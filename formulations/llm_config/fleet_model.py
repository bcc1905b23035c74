"""The fleet model: whole replicas of items, how many of them are busy, and which tokens go to which kind of them.

Tokens of a class cost the same wherever they come from, so that routing is by *kind*: items that serve the same classes
with the same quality. That takes Q columns for each kind and period in place of Q columns for each item.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.formulations.expressions import go_on, linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.instances.llm_config import LlmConfigSchedule
from ecoopt.instances.llm_config.terms import Terms

MOST_COVERED = 4
"""Classes up to which every set of them has a covering row; beyond, single ones, pairs and all."""

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class FleetModel:
    """A model handed over, and what its columns mean. T periods, J items, C kinds, Q classes.

    Parameters
    ----------
    terms : Terms
        What it was built from.
    linear : LinearModel
        The arrays.
    kind : int array [J]
        Kind of each item.
    count, busy : int array [T, J]
        Columns of replicas, and of those that are busy.
    flow : int array [T, Q, C]
        Columns of tokens, in units of `scale`; -1 where a kind does not serve a class.
    start : int array [T, S]
        Columns of starts; none without starts charged.
    start_at : tuple of int arrays [S]
        Site and placement of each.
    served : int array [T, Q]
        Rows of demand, -1 for a class that nothing serves.
    loaded : int array [T, J]
        Rows that keep busy replicas within those that are on.
    scale : float
        Tokens per second of a unit of flow.
    """

    terms: Terms
    linear: LinearModel
    kind: IntArray
    count: IntArray
    busy: IntArray
    flow: IntArray
    start: IntArray
    start_at: tuple[IntArray, IntArray]
    served: IntArray
    loaded: IntArray
    scale: float

    @cached_property
    def column_period(self) -> IntArray:
        """Period of each column."""
        period = np.zeros(self.linear.columns, dtype=np.int64)
        for columns in (self.count, self.busy, self.flow.reshape(len(self.flow), -1), self.start):
            for t, own in enumerate(columns):
                period[own[own >= 0]] = t
        return period

    def schedule(self, x: FloatArray) -> LlmConfigSchedule:
        """Return the schedule of a solution, its tokens routed anew where routing has a closed form."""
        terms, counts = self.terms, np.rint(x[self.count]).astype(np.int64)
        flows = []
        for t, count in enumerate(counts):
            flow = None if terms.averaged else terms.routed(t, count)
            flows.append(self._flows(x, t) if flow is None else flow)
        return terms.schedule(counts, flows)

    def _flows(self, x: FloatArray, t: int) -> FloatArray:
        """Return what items make of each class as the solution says, without a solver's traces, float array [Q, J]."""
        terms = self.terms
        flow = np.where(self.flow[t] >= 0, np.maximum(x[self.flow[t]], 0.0), 0.0)
        total, demand = flow.sum(axis=1), terms.demand[:, t]
        flow *= np.divide(demand, total, out=np.zeros_like(demand), where=total > 0)[:, None]
        made = np.maximum(x[self.busy[t]], 0.0) * terms.tokens[terms.items[1]]
        of_kind = np.bincount(self.kind, weights=made, minlength=flow.shape[1])[self.kind]
        share = np.divide(made, of_kind, out=np.zeros_like(made), where=of_kind > 0)
        return np.asarray(flow[:, self.kind] * share)

    def solution(self, schedule: LlmConfigSchedule) -> FloatArray | None:
        """Return the solution of a schedule; None where it has replicas that the model leaves out."""
        terms = self.terms
        site, k = terms.items
        x = np.zeros(self.linear.columns)
        counts, made = terms.counts(schedule), schedule.tokens_per_s[:, :, site, k]
        if counts.sum() < schedule.replicas.sum() or (counts > self.linear.upper[self.count]).any():
            return None
        x[self.count] = counts
        x[self.busy] = np.minimum(made.sum(axis=1) / terms.tokens[k], counts)
        for t, q, c in np.argwhere(self.flow >= 0):
            x[self.flow[t, q, c]] = made[t, q, self.kind == c].sum() / self.scale
        if self.start.size:
            x[self.start] = terms.starts(schedule.replicas)[:, self.start_at[0], self.start_at[1]]
        return x


@uncollected
def fleet_model(terms: Terms, *, covers: bool = True, run: Run | None = None) -> FleetModel:
    """Return the integer program of an instance whose classes with demand all have an item that serves them.

    Equation numbers are those of the family's page.

    Variables: ``count[t, j]`` whole, ``busy[t, j]``, ``flow[t, q, c]``, ``start[t, s]``. Rows: ``served`` (1), ``made``
    (2), ``loaded`` (3), ``pool`` (4), ``power`` (5), ``quality`` (6), ``started`` (7), ``cover`` (8).

    Parameters
    ----------
    terms : Terms
        The tables.
    covers : bool
        Whether to write the rows (8), which follow from the others, and from which HiGHS makes its best cuts.
    run : Run, optional
        Asked between the parts of the model whether to go on.

    Raises
    ------
    StoppedError
        When the run must stop before the model is done.
    """
    instance = terms.instance
    periods, (site, k) = instance.periods, terms.items
    items, classes = len(site), len(terms.demand)
    mask = terms.mask(terms.serves)
    graded = terms.quality[k] if terms.averaged else np.zeros(items)
    keys, kind = np.unique(np.stack([mask.astype(np.float64), graded], axis=1), axis=0, return_inverse=True)
    kind, kinds = kind.ravel(), len(keys)
    kind_mask = keys[:, 0].astype(np.int64)
    scale = max(float(terms.demand.sum(axis=0).max(initial=0.0)), 1e-9)
    tokens = terms.tokens[k]

    model = pyo.ConcreteModel(name=instance.name)
    most = _upper(terms, mask)
    model.count = pyo.Var(range(periods), range(items), within=pyo.NonNegativeIntegers,
                          bounds=lambda _, t, j: (0, int(most[t, j])))
    model.busy = pyo.Var(range(periods), range(items), within=pyo.NonNegativeReals)
    pairs = [(q, c) for q in range(classes) for c in range(kinds) if kind_mask[c] >> q & 1]
    model.flow = pyo.Var(range(periods), range(len(pairs)), within=pyo.NonNegativeReals)
    group = site * terms.placements + terms.placement[k]
    started, where = np.unique(group, return_inverse=True)
    if not terms.starts_cost:
        started = started[:0]
    model.start = pyo.Var(range(periods), range(len(started)), within=pyo.NonNegativeReals)
    count = np.array(list(model.count.values()), dtype=object).reshape(periods, items)
    busy = np.array(list(model.busy.values()), dtype=object).reshape(periods, items)
    flow = np.array(list(model.flow.values()), dtype=object).reshape(periods, len(pairs))
    start = np.array(list(model.start.values()), dtype=object).reshape(periods, len(started))

    start_g = terms.start_g.reshape(periods, -1)[:, started]
    grams = [terms.replica_g.ravel(), (terms.token_g * tokens).ravel(), start_g.ravel()]
    model.objective = pyo.Objective(expr=linear(
        np.concatenate(grams).tolist(), [*count.ravel(), *busy.ravel(), *start.ravel()]))
    go_on(run)
    of_class = [[p for p, (q, _) in enumerate(pairs) if q == own] for own in range(classes)]
    of_kind = [[p for p, (_, c) in enumerate(pairs) if c == own] for own in range(kinds)]
    members = [np.flatnonzero(kind == c) for c in range(kinds)]
    demand = terms.demand / scale
    servable = [q for q in range(classes) if of_class[q]]
    model.served = pyo.Constraint(range(periods), servable, rule=lambda _, t, q: linear(
        [1.0] * len(of_class[q]), flow[t, of_class[q]].tolist()) == float(demand[q, t]))
    model.made = pyo.Constraint(range(periods), range(kinds), rule=lambda _, t, c: linear(
        [*(tokens[members[c]] / scale).tolist(), *[-1.0] * len(of_kind[c])],
        [*busy[t, members[c]], *flow[t, of_kind[c]]]) == 0)
    go_on(run)
    model.loaded = pyo.Constraint(range(periods), range(items), rule=lambda _, t, j: linear(
        [1.0, -1.0], [busy[t, j], count[t, j]]) <= 0)
    go_on(run)
    _add_sites(model, terms, count)
    if terms.averaged:
        model.quality = pyo.Constraint(
            range(periods), [q for q, one in enumerate(instance.classes) if one.mean_quality > 0 and of_class[q]],
            rule=lambda _, t, q: linear([float(keys[pairs[p][1], 1]) for p in of_class[q]],
                                        flow[t, of_class[q]].tolist())
            >= instance.classes[q].mean_quality * float(demand[q, t]))
    if len(started):
        _add_starts(model, terms, count, start, started, where)
    if covers:
        _add_covers(model, terms, count, mask, tokens)
    go_on(run)
    handed = hand_over(model)
    go_on(run)
    columns = np.full((periods, classes, kinds), -1)
    q_of, c_of = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    columns[:, q_of, c_of] = handed.columns_of(model.flow).reshape(periods, len(pairs))
    served = np.full((periods, classes), -1)
    served[:, servable] = handed.rows_of(model.served).reshape(periods, len(servable))
    return FleetModel(
        terms, handed.model, kind, handed.columns_of(model.count).reshape(periods, items),
        handed.columns_of(model.busy).reshape(periods, items), columns,
        handed.columns_of(model.start).reshape(periods, len(started)),
        (started // terms.placements, started % terms.placements), served,
        handed.rows_of(model.loaded).reshape(periods, items), scale)


def _upper(terms: Terms, mask: IntArray) -> IntArray:
    """Return the most replicas of each item worth having, int array [T, J].

    More than all demand that an item may serve would leave one idle; with starts charged that may be kept.
    """
    site, k = terms.items
    room = np.broadcast_to(terms.most[site, k], (terms.instance.periods, len(k)))
    if terms.starts_cost:
        return room
    needed = np.ceil(terms.subset[:, mask] / terms.tokens[k] * (1 - _ROUNDING))
    return np.minimum(room, needed).astype(np.int64)


def _add_sites(model: Any, terms: Terms, count: Any) -> None:
    """Add the rows (4) and (5), where they can bind."""
    periods, (site, k) = range(len(count)), terms.items
    pools = [(z, g, own) for z, g in np.ndindex(*terms.inventory.shape)
             if len(own := np.flatnonzero((site == z) & (terms.gpu[k] == g)))]
    model.pool = pyo.Constraint(periods, range(len(pools)), rule=lambda _, t, i: linear(
        terms.shards[k[pools[i][2]]].astype(float).tolist(), count[t, pools[i][2]].tolist())
        <= int(terms.inventory[pools[i][0], pools[i][1]]))
    limited = [(z, own) for z in np.flatnonzero(np.isfinite(terms.power_limit_w)).tolist()
               if len(own := np.flatnonzero(site == z))]
    model.power = pyo.Constraint(periods, range(len(limited)), rule=lambda _, t, i: linear(
        (terms.power_w[k[limited[i][1]]] / 1000).tolist(), count[t, limited[i][1]].tolist())
        <= float(terms.power_limit_w[limited[i][0]]) / 1000)


def _add_starts(model: Any, terms: Terms, count: Any, start: Any, started: IntArray, where: IntArray) -> None:
    """Add the rows (7): a placement at a site starts what it has more of than in the period before."""
    members = [np.flatnonzero(where == s) for s in range(len(started))]
    before = None if terms.before is None else terms.before.ravel()[started]

    def rule(_: Any, t: int, s: int) -> Any:
        own = members[s]
        terms_now = [1.0] * len(own)
        if t == 0:
            return pyo.Constraint.Skip if before is None else linear(
                [*terms_now, -1.0], [*count[0, own], start[0, s]]) <= int(before[s])
        return linear([*terms_now, *[-1.0] * len(own), -1.0], [*count[t, own], *count[t - 1, own], start[t, s]]) <= 0

    model.started = pyo.Constraint(range(len(count)), range(len(started)), rule=rule)


def _add_covers(model: Any, terms: Terms, count: Any, mask: IntArray, tokens: FloatArray) -> None:
    """Add the rows (8): replicas that serve a class of a set may make all that the set asks for."""
    classes = len(terms.demand)
    sizes = range(1, classes + 1) if classes <= MOST_COVERED else sorted({1, 2, classes})
    sets = [sum(1 << q for q in chosen) for size in sizes for chosen in combinations(range(classes), size)]
    touching = [np.flatnonzero(mask & own) for own in sets]
    model.cover = pyo.Constraint(range(len(count)), range(len(sets)), rule=lambda _, t, s: linear(
        (tokens[touching[s]] / terms.subset[t, sets[s]]).tolist(), count[t, touching[s]].tolist()) >= 1.0
        if terms.subset[t, sets[s]] > 0 and len(touching[s]) else pyo.Constraint.Skip)
