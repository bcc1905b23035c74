"""The scenario program on choices of levels: which scenarios trip follows from a choice, so no large constants."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsSchedule
from ecoopt.instances.power_cap_thresholds.tables import Tables


@dataclass(frozen=True, eq=False)
class Program:
    """A model handed over, and what its columns mean.

    Parameters
    ----------
    tables : Tables
        What it was built from.
    linear : LinearModel
        The arrays.
    number, state, choice : int array [V]
        Number of servers, state and choice of levels of each of the first V columns.
    """

    tables: Tables
    linear: LinearModel
    number: IntArray
    state: IntArray
    choice: IntArray

    def schedule(self, x: FloatArray) -> PowerCapThresholdsSchedule:
        """Return the schedule of a solution."""
        taken = np.flatnonzero(x[:len(self.choice)] > 0.5)
        chosen = np.zeros(self.tables.instance.states, dtype=np.int64)
        chosen[self.state[taken]] = self.choice[taken]
        return schedule_of(self.tables, int(self.number[taken[0]]), chosen)

    def solution(self, schedule: PowerCapThresholdsSchedule) -> FloatArray | None:
        """Return the solution of a schedule, None where the program lacks one of its choices."""
        tables = self.tables
        n, chosen = int(schedule.added - tables.added[0]), tables.chosen(schedule.level)
        taken = (self.number == n) & (self.choice == chosen[self.state])
        if taken.sum() < len(chosen):
            return None
        x = np.zeros(self.linear.columns)
        x[:len(taken)][taken] = 1.0
        x[len(self.choice) + n] = 1.0
        first = len(self.choice) + len(tables.added)
        x[first:] = tables.trips[n, np.arange(len(chosen)), chosen].any(axis=0)
        return x


def schedule_of(tables: Tables, n: int, chosen: IntArray) -> PowerCapThresholdsSchedule:
    """Return the schedule of the n-th number of servers and a choice for each state, int array [S]."""
    return PowerCapThresholdsSchedule(added=int(tables.added[n]), level=tables.level(chosen))


def start_value(tables: Tables, start: PowerCapThresholdsSchedule) -> float:
    """Return the objective of a feasible schedule."""
    return tables.value(int(start.added - tables.added[0]), tables.chosen(start.level))


@uncollected
def program_of(tables: Tables) -> Program:
    """Return the program. Equation numbers are those of the family's page.

    Variables: ``v[i]`` binary, choice of a state with a number of servers; ``u[n]``, that number; ``z[w]``, scenario w
    trips. Rows: ``one`` (2), ``choice`` (3), ``trip`` (4), ``most`` (5), ``slower`` (6). Choices that alone trip more
    scenarios than may are left out.
    """
    instance = tables.instance
    numbers, states, _, scenarios = tables.trips.shape
    kept = tables.trips.sum(axis=3) <= instance.most_trips
    number, state, choice = np.nonzero(kept)
    loss_h = tables.loss_h[number, state, choice]
    model = pyo.ConcreteModel()
    model.v = pyo.Var(range(len(choice)), within=pyo.Binary)
    model.u = pyo.Var(range(numbers), within=pyo.Binary)
    model.z = pyo.Var(range(scenarios), bounds=(0.0, 1.0))
    v, u, z = (list(block.values()) for block in (model.v, model.u, model.z))
    worth = (-instance.value_h * tables.added).tolist()
    model.objective = pyo.Objective(expr=linear([*loss_h.tolist(), *worth], [*v, *u]))
    model.one = pyo.Constraint(expr=linear([1.0] * numbers, u) == 1)

    def choose(_: Any, n: int, s: int) -> Any:
        own = np.flatnonzero((number == n) & (state == s)).tolist()
        return linear([*[1.0] * len(own), -1.0], [*(v[i] for i in own), u[n]]) == 0

    def trip(_: Any, w: int, s: int) -> Any:
        own = np.flatnonzero((state == s) & tables.trips[number, state, choice, w]).tolist()
        if not own:
            return pyo.Constraint.Skip
        return linear([*[1.0] * len(own), -1.0], [*(v[i] for i in own), z[w]]) <= 0

    def slower(_: Any, s: int, p: int, level: int) -> Any:
        deep = tables.choice[choice, p] >= level
        here, there = (np.flatnonzero(deep & (state == at)).tolist() for at in (s, s + 1))
        return linear([*[1.0] * len(here), *[-1.0] * len(there)], [*(v[i] for i in here), *(v[i] for i in there)]) <= 0

    model.choice = pyo.Constraint(range(numbers), range(states), rule=choose)
    model.trip = pyo.Constraint(range(scenarios), range(states), rule=trip)
    model.most = pyo.Constraint(expr=linear([1.0] * scenarios, z) <= float(instance.most_trips))
    model.slower = pyo.Constraint(range(states - 1), range(len(instance.priorities)), range(1, instance.levels),
                                  rule=slower)
    handed = hand_over(model)
    return Program(tables, handed.model, number, state, choice)
