"""The integer program of a keep-alive instance, whichever semantics it has, with its capacity rows and its start."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.formulations.cuts import CapacityRow
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.formulations.keepalive.gap_model import GapModel, gap_model
from ecoopt.formulations.keepalive.occupancy import capacity_rows
from ecoopt.formulations.keepalive.persistent_model import PersistentModel, persistent_model
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.gap_pools import pool_gaps
from ecoopt.instances.keepalive.plans import kept_from_schedule, schedule_from_pools


@dataclass(frozen=True)
class Program:
    """A Pyomo model handed over, with the ways between its solutions and schedules.

    Parameters
    ----------
    instance : KeepAliveInstance
        The instance.
    source : GapModel or PersistentModel
        What it was built from.
    linear : LinearModel
        The arrays.
    begin_min, end_min : int array [columns]
        Minutes that each column has to do with.
    """

    instance: KeepAliveInstance
    source: GapModel | PersistentModel
    linear: LinearModel
    begin_min: NDArray[np.int64]
    end_min: NDArray[np.int64]

    def schedule(self, x: FloatArray) -> KeepAliveSchedule:
        """Return the schedule of a solution."""
        if isinstance(self.source, GapModel):
            return schedule_from_pools(self.source.pools, self.source.kept(x))
        return self.source.schedule(x)

    def solution(self, schedule: KeepAliveSchedule) -> FloatArray:
        """Return a complete solution that is no worse than a feasible schedule."""
        if isinstance(self.source, GapModel):
            return self.source.solution(kept_from_schedule(self.source.pools, schedule))
        return self.source.solution(schedule)

    def incumbent(self, run: Run) -> FloatArray | None:
        """Return a run's incumbent as a solution and offer that, which is no worse, back; None without one."""
        schedule = run.schedule()
        if not isinstance(schedule, KeepAliveSchedule):
            return None
        x = self.solution(schedule)
        run.offer(self.linear.objective(x), lambda: self.schedule(x))
        return x

    def capacity_rows(self) -> list[CapacityRow]:
        """Return the memory rows as knapsacks."""
        return capacity_rows(self.source.waits, self.source.memory, self.instance.invocations.horizon_min)

    def window(self, rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
        """Return the columns of a random stretch of time, about as many as asked for."""
        order = np.argsort(self.begin_min, kind="stable")
        first = int(rng.integers(0, max(len(order) - columns // 2, 1)))
        last = min(first + columns, len(order)) - 1
        begin, end = self.begin_min[order[first]], self.begin_min[order[last]] + 1
        inside: NDArray[np.bool_] = (self.begin_min < end) & (self.end_min > begin)
        return inside


def program(instance: KeepAliveInstance) -> Program:
    """Return the gap model of a `release` instance, the persistent model of a `persist` one."""
    if instance.containers == "release":
        gaps = gap_model(pool_gaps(instance))
        begin, end = gaps.column_minutes()
        return Program(instance, gaps, hand_over(gaps.model).model, begin, end)
    persistent = persistent_model(instance)
    begin, end = persistent.column_minutes()
    return Program(instance, persistent, hand_over(persistent.model).model, begin, end)
