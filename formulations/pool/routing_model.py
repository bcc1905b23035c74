"""The program as the literature writes it: machines, and the rate from every bin to every type, in Pyomo."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import HandedOver, hand_over
from ecoopt.instances.pool.terms import Terms


@dataclass(frozen=True, eq=False)
class RoutingModel:
    """The program and where its machines are.

    Parameters
    ----------
    model : pyomo ConcreteModel
        ``machines[t,m,k]``, ``starts[t,m,k]``, ``rate[t,m,k,b]``, ``given_up[t,m,b]``, ``lost[t,m]``, and
        ``number[t,m,k,n]`` where the load is a table.
    handed_over : HandedOver
        Its arrays.
    shape : tuple of int
        T, M, K.
    """

    model: Any
    handed_over: HandedOver
    shape: tuple[int, int, int]

    def counts(self, x: FloatArray) -> IntArray:
        """Return the machines of a solution, int array [T, M, K]."""
        return np.rint(x[self.handed_over.columns_of(self.model.machines)]).astype(np.int64).reshape(self.shape)


@uncollected
def routing_model(terms: Terms) -> RoutingModel:
    """Return the program with T M K B columns of rates, fewer those that would be late."""
    instance = terms.instance
    periods, models, kinds = *terms.demand.shape, len(instance.types)
    places = [(t, m) for t in range(periods) for m in range(models)]
    triples = [(t, m, k) for t, m in places for k in range(kinds)]
    most = instance.max_count.tolist()
    model = pyo.ConcreteModel(name=instance.name)
    model.machines = pyo.Var(triples, within=pyo.NonNegativeIntegers, bounds=lambda _, t, m, k: (0, most[k]))
    model.starts = pyo.Var(triples, within=pyo.NonNegativeReals)
    model.rate = pyo.Var([
        (t, m, k, b) for t, m in places for k, b in np.argwhere(np.isfinite(terms.works[m].worked_s)).tolist()],
        within=pyo.NonNegativeReals)
    bins = [range(len(work.share)) for work in terms.works]
    model.given_up = pyo.Var([(t, m, b) for t, m in places for b in bins[m]], within=pyo.NonNegativeReals)
    model.lost = pyo.Var(places, bounds=lambda _, t, m: (0, 0 if terms.must_serve else float(terms.demand[t, m])))
    _objective(model, terms)
    before = terms.before.tolist()
    model.start = pyo.Constraint(triples, rule=lambda model, t, m, k: model.starts[t, m, k] >= (
        model.machines[t, m, k] - (model.machines[t - 1, m, k] if t else before[m][k])))
    model.there = pyo.Constraint(range(periods), range(kinds), rule=lambda model, t, k: linear(
        [1.0] * models, [model.machines[t, m, k] for m in range(models)]) <= most[k])
    if instance.budget_per_h is not None:
        budget = instance.budget_per_h.tolist()
        running, starting = terms.budget_running.tolist(), terms.budget_starting.tolist()
        model.budget = pyo.Constraint(range(periods), rule=lambda model, t: linear(
            [price for prices in (running, starting) for _ in range(models) for price in prices[t]],
            [block[t, m, k] for block in (model.machines, model.starts) for m in range(models) for k in range(kinds)])
            <= budget[t])
    _serve(model, terms, places, bins)
    _capacity(model, terms, triples)
    return RoutingModel(model, hand_over(model), (periods, models, kinds))


def _objective(model: Any, terms: Terms) -> None:
    """Write the family's objective, which is maximised."""
    worked = [np.where(np.isfinite(work.worked_s), work.worked_s, 0.0) * work.extra_w[:, None]
              for work in terms.works]

    def parts() -> Iterator[tuple[float, Any]]:
        for (t, m, k), variable in model.machines.items():
            yield -float(terms.running[t, k]), variable
            yield -float(terms.starting[t, k]), model.starts[t, m, k]
        if terms.energy:
            for (t, m, k, b), variable in model.rate.items():
                yield -float(terms.per_watt[t] * worked[m][k, b]), variable
        for (t, m), variable in model.lost.items():
            yield -float(terms.per_lost[t, m]), variable

    coefficients, variables = zip(*parts(), strict=True)
    model.objective = pyo.Objective(expr=linear(coefficients, variables, -terms.constant), sense=pyo.maximize)


def _serve(model: Any, terms: Terms, places: list[tuple[int, int]], bins: list[range]) -> None:
    """Route what is taken on, but for what may be given up."""
    shares = [work.share.tolist() for work in terms.works]
    kinds = range(len(terms.instance.types))
    late = terms.instance.late_share

    def served(model: Any, t: int, m: int, b: int) -> Any:
        rates = [model.rate[t, m, k, b] for k in kinds if (t, m, k, b) in model.rate]
        return linear([1.0] * (len(rates) + 1) + [shares[m][b]],
                      [*rates, model.given_up[t, m, b], model.lost[t, m]]) == shares[m][b] * float(terms.demand[t, m])

    model.serve = pyo.Constraint([(t, m, b) for t, m in places for b in bins[m]], rule=served)
    model.late = pyo.Constraint(places, rule=lambda model, t, m: linear(
        [1.0] * len(bins[m]) + [late], [*(model.given_up[t, m, b] for b in bins[m]), model.lost[t, m]])
        <= late * float(terms.demand[t, m]))


def _capacity(model: Any, terms: Terms, triples: list[tuple[int, int, int]]) -> None:
    """Keep machines no busier than their number allows; a load that is a table takes a column for each number."""
    load, most = terms.instance.load, terms.instance.max_count.tolist()
    even = {(m, k): bool(np.allclose(load[m, k, :most[k] + 1], load[m, k, min(1, most[k])] * np.arange(most[k] + 1),
                                     rtol=1e-12, atol=0)) for _, m, k in triples}
    tabled = [(t, m, k) for t, m, k in triples if not even[m, k]]
    model.number = pyo.Var([(*triple, n) for triple in tabled for n in range(most[triple[2]] + 1)], within=pyo.Binary)
    model.one_number = pyo.Constraint(tabled, rule=lambda model, t, m, k: linear(
        [1.0] * (most[k] + 1), [model.number[t, m, k, n] for n in range(most[k] + 1)]) == 1.0)
    model.numbered = pyo.Constraint(tabled, rule=lambda model, t, m, k: linear(
        [*map(float, range(most[k] + 1)), -1.0],
        [*(model.number[t, m, k, n] for n in range(most[k] + 1)), model.machines[t, m, k]]) == 0.0)

    def busy(model: Any, t: int, m: int, k: int) -> Any:
        worked_s = terms.works[m].worked_s[k]
        served = np.flatnonzero(np.isfinite(worked_s)).tolist()
        rates, taken = [model.rate[t, m, k, b] for b in served], worked_s[served].tolist()
        if even[m, k]:
            slope = float(load[m, k, 1]) if most[k] else 0.0
            return linear([*taken, -slope], [*rates, model.machines[t, m, k]]) <= 0.0
        given = [-float(load[m, k, n]) for n in range(most[k] + 1)]
        return linear([*taken, *given], [*rates, *(model.number[t, m, k, n] for n in range(most[k] + 1))]) <= 0.0

    model.busy = pyo.Constraint(triples, rule=busy)
