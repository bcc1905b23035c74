"""The mix model: which option each choice takes, how many machines of the others, covering rows capped and rounded."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import HandedOver, LinearModel, hand_over
from ecoopt.instances.node_mix import TOLERANCE, MixTables, NodeMixInstance, NodeMixSchedule, mix_tables

MOST_ROUNDED_COLUMNS, MOST_DIVISORS = 60, 8


@dataclass(frozen=True)
class MixModel:
    """A Pyomo model and what its columns mean.

    Parameters
    ----------
    model : pyomo ConcreteModel
        The model.
    instance : NodeMixInstance
        What it was made of.
    tables : MixTables
        What follows from it.
    choices : int array
        Option of each ``pick[i]``.
    counted : int array
        Option of each ``count[j]``: machines of a mixed group, or those beyond the least count of a choice.
    """

    model: Any
    instance: NodeMixInstance
    tables: MixTables
    choices: IntArray
    counted: IntArray

    @cached_property
    def handed(self) -> HandedOver:
        """The model in arrays."""
        return hand_over(self.model)

    @property
    def linear(self) -> LinearModel:
        """The model in arrays."""
        return self.handed.model

    def schedule(self, x: FloatArray) -> NodeMixSchedule:
        """Return the schedule of a solution, shape (columns,)."""
        count = np.zeros(len(self.instance.options), dtype=np.int64)
        picked = np.rint(x[self.handed.columns_of(self.model.pick)]).astype(np.int64)
        count[self.choices] += picked * self.tables.least[self.choices]
        count[self.counted] += np.rint(x[self.handed.columns_of(self.model.count)]).astype(np.int64)
        return NodeMixSchedule(count=count)

    def solution(self, schedule: NodeMixSchedule) -> FloatArray | None:
        """Return a schedule as a solution, None where it uses an option that the model leaves out as dominated."""
        count = schedule.count
        used = np.zeros(len(count), dtype=bool)
        used[self.choices] = used[self.counted] = True
        if count[~used].any():
            return None
        x = np.zeros(self.linear.columns)
        picked = count[self.choices] > 0
        x[self.handed.columns_of(self.model.pick)] = picked
        chosen = self.tables.chosen[self.counted]
        extra = count[self.counted] - np.where(chosen & (count[self.counted] > 0), self.tables.least[self.counted], 0)
        x[self.handed.columns_of(self.model.count)] = extra
        return x


@uncollected
def mix_model(instance: NodeMixInstance) -> MixModel:
    """Return the integer program of a mix.

    Variables: ``pick[i]``, whether a choice takes an option, with its least count (1); ``count[j]``, further machines,
    where they are of any use. Rows: ``one`` (2), a choice takes one option; ``joined`` (3), further machines only of
    the option taken; ``demand`` (4) and ``floors`` (5), covering rows with coefficients capped at the right side;
    ``rounded`` (6), those rows divided and rounded up; ``ceilings`` (7).
    """
    tables = mix_tables(instance)
    kept = undominated(instance, tables)
    choices = np.flatnonzero(kept & tables.chosen)
    further = tables.enough - np.where(tables.chosen, tables.least, 0)
    counted = np.flatnonzero(kept & (further > 0))
    model = pyo.ConcreteModel(name=instance.name)
    model.pick = pyo.Var(range(len(choices)), within=pyo.Binary)
    most = further[counted].tolist()
    model.count = pyo.Var(range(len(counted)), within=pyo.NonNegativeIntegers, bounds=lambda _, j: (0, most[j]))
    pick, count = list(model.pick.values()), list(model.count.values())
    model.objective = pyo.Objective(expr=linear(
        [*tables.total_kg[choices].tolist(), *tables.machine_kg[counted].tolist()], [*pick, *count]))

    members: dict[int, list[Any]] = {g: [] for g in np.flatnonzero(instance.choice).tolist()}
    for i, g in enumerate(instance.group[choices].tolist()):
        members[g].append(pick[i])
    model.void = pyo.Var(bounds=(0.0, 0.0))
    model.one = pyo.ConstraintList()
    for entries in members.values():
        model.one.add(linear([1.0] * (len(entries) or 1), entries or [model.void]) == 1.0)
    place = {option: i for i, option in enumerate(choices.tolist())}
    model.joined = pyo.ConstraintList()
    for j, option in enumerate(counted.tolist()):
        if option in place:
            model.joined.add(linear([1.0, -float(most[j])], [count[j], pick[place[option]]]) <= 0.0)

    columns = [*pick, *count]
    options = np.concatenate([choices, counted])
    machines = np.concatenate([tables.least[choices], np.ones(len(counted), dtype=np.int64)]).astype(np.float64)
    model.demand, model.floors, model.rounded = (pyo.ConstraintList() for _ in range(3))
    chosen = tables.chosen[options]
    mixed = np.flatnonzero(~instance.choice & (instance.demand > 0))
    for g in mixed.tolist():
        own = np.where((instance.group[options] == g) & ~chosen, instance.delivers[options], 0.0)
        _cover(model.demand, model.rounded, model.void, columns, own * machines / instance.demand[g])
    for amount, provides in zip(instance.floor, instance.provided, strict=True):
        _cover(model.floors, model.rounded, model.void, columns, provides[options] * machines / amount)
    model.ceilings = pyo.ConstraintList()
    for limit, uses in zip(instance.ceiling, instance.used, strict=True):
        taken = uses[options] * machines
        here = np.flatnonzero(taken > 0)
        unit = limit if limit > 0 else 1.0
        if here.size:
            model.ceilings.add(linear((taken[here] / unit).tolist(), [columns[i] for i in here])
                               <= (1 + TOLERANCE) * limit / unit)
    return MixModel(model, instance, tables, choices, counted)


def _cover(rows: Any, rounded: Any, void: Any, columns: list[Any], share: FloatArray) -> None:
    """Add ``sum_i share_i x_i >= 1``, capped, and its Chvatal-Gomory roundings by its own coefficients.

    With x whole, a coefficient above the right side covers no more than one equal to it; and dividing by a divisor and
    rounding every coefficient up keeps every whole solution. A row that nothing covers is put on `void`, which is 0.
    """
    right = 1 - TOLERANCE
    here = np.flatnonzero(share > 0)
    if not here.size:
        rows.add(linear([1.0], [void]) >= 1.0)
        return
    capped = np.minimum(share[here], right)
    entries = [columns[i] for i in here.tolist()]
    rows.add(linear(capped.tolist(), entries) >= right)
    if len(here) > MOST_ROUNDED_COLUMNS:
        return
    seen = set()
    for divisor in np.unique(capped)[::-1][:MOST_DIVISORS].tolist():
        # Rounded up a little late rather than early: a quotient that should be whole must not cover less.
        coefficients = np.ceil(capped / divisor * (1 + 1e-12))
        least = float(np.ceil(right / divisor * (1 - 1e-12)))
        key = (tuple(coefficients.tolist()), least)
        if key not in seen:
            seen.add(key)
            rounded.add(linear(coefficients.tolist(), entries) >= least)


def undominated(instance: NodeMixInstance, tables: MixTables) -> NDArray[np.bool_]:
    """Return the options that no other of their group makes useless, bool array [O].

    Another option makes one useless when it costs and uses no more and gives no less: with the least counts, where the
    group is a choice and gives nothing to floors; machine by machine, where it may be mixed and the other one's number
    is not limited.
    """
    kept = tables.usable.copy()
    gives = instance.provided
    plain = tables.chosen & ~(gives > 0).any(axis=0)
    costs = np.vstack([np.where(plain, tables.total_kg, tables.machine_kg)[None],
                       np.where(plain, instance.used * tables.least, instance.used)])
    free = ~tables.chosen & (tables.enough < instance.most)
    worths = np.vstack([np.where(plain, 0.0, instance.delivers)[None], gives])
    for first, end in zip(instance.first[:-1].tolist(), instance.first[1:].tolist(), strict=True):
        if end - first < 2:
            continue
        there = slice(first, end)
        may = kept[there] & (plain[there] | free[there])
        cost, worth = costs[:, there], worths[:, there]
        no_worse = ((cost[:, :, None] <= cost[:, None, :]).all(axis=0)
                    & (worth[:, :, None] >= worth[:, None, :]).all(axis=0) & may[:, None])
        no_worse &= (plain[there] | ~tables.chosen[there])[None, :]
        better = no_worse & (~no_worse.T | (np.arange(end - first)[:, None] < np.arange(end - first)[None, :]))
        kept[there] &= ~better.any(axis=0)
    return kept

