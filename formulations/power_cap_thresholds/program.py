"""The program on choices of levels above the last threshold: what trips follows from a choice, no large constants."""

from dataclasses import dataclass

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
    number, choice : int array [V]
        Number of servers of each column, and choice of levels above the last threshold.
    """

    tables: Tables
    linear: LinearModel
    number: IntArray
    choice: IntArray

    def schedule(self, x: FloatArray) -> PowerCapThresholdsSchedule:
        """Return the schedule of a solution."""
        taken = int(x.argmax())
        return schedule_of(self.tables, int(self.number[taken]), int(self.choice[taken]))

    def solution(self, schedule: PowerCapThresholdsSchedule) -> FloatArray:
        """Return the solution that is no worse than a feasible schedule: full speed up to the last threshold."""
        n, chosen = int(schedule.added - self.tables.added[0]), self.tables.chosen(schedule.level)
        x: FloatArray = ((self.number == n) & (self.choice == chosen[-1])).astype(np.float64)
        return x


def schedule_of(tables: Tables, n: int, last: int) -> PowerCapThresholdsSchedule:
    """Return the schedule of the n-th number of servers and a choice above the last threshold, at full speed below."""
    chosen = np.zeros(tables.instance.states, dtype=np.int64)
    chosen[-1] = last
    return PowerCapThresholdsSchedule(added=int(tables.added[n]), level=tables.level(chosen))


def start_value(tables: Tables, start: PowerCapThresholdsSchedule) -> float:
    """Return the objective of a feasible schedule."""
    return tables.value(int(start.added - tables.added[0]), tables.chosen(start.level))


@uncollected
def program_of(tables: Tables) -> Program:
    """Return the program. Equation numbers are those of the family's page.

    Variables: ``v[i]`` binary, a number of servers and a choice above the last threshold. Row: ``one`` (2). Choices
    that trip more scenarios than may are left out.
    """
    instance = tables.instance
    number, choice = np.nonzero(tables.trips <= instance.most_trips)
    worth_h = instance.value_h * tables.added[number]
    model = pyo.ConcreteModel()
    model.v = pyo.Var(range(len(choice)), within=pyo.Binary)
    v = list(model.v.values())
    model.objective = pyo.Objective(expr=linear((tables.loss_h[number, -1, choice] - worth_h).tolist(), v))
    model.one = pyo.Constraint(expr=linear([1.0] * len(choice), v) == 1)
    return Program(tables, hand_over(model).model, number, choice)
