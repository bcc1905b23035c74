"""Plans: caps and holds, replayed into schedules and offered to a run."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.power_cap.kernel import climb, fleet_of, replay_plan
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables, cap_tables

Flags = NDArray[np.bool_]
_SLACK = 1e-9


class Plan(NamedTuple):
    """A plan with what is noted of it. K classes, T hours.

    Parameters
    ----------
    cap, hold : int, bool array [T, K]
        Cap of each class and hour, and whether it holds its work back.
    backlog, heat, cost, work : float array [T, K], [T], [T], [T, K]
        What the replay found.
    """

    cap: IntArray
    hold: Flags
    backlog: FloatArray
    heat: FloatArray
    cost: FloatArray
    work: FloatArray

    def copy(self) -> "Plan":
        """Return a plan of its own."""
        return Plan(self.cap.copy(), self.hold.copy(), self.backlog.copy(), self.heat.copy(), self.cost.copy(),
                    self.work.copy())


class Planner:
    """Replays plans of one instance.

    Parameters
    ----------
    instance : PowerCapInstance
        What was asked.
    """

    def __init__(self, instance: PowerCapInstance) -> None:
        self.tables: CapTables = cap_tables(instance)
        self.fleet = fleet_of(self.tables)
        self.classes, self.hours, self.caps = self.tables.shape
        # Where idle GPUs alone break a limit, no plan is of any use.
        self.possible = bool((self.tables.room_w >= 0).all() and (self.tables.heat_w >= 0).all())

    def plan(self, cap: IntArray, hold: Flags | None = None) -> Plan:
        """Return the plan of caps and holds [T, K]; holds nothing by default."""
        shape = (self.hours, self.classes)
        cap = np.array(np.broadcast_to(cap, shape), dtype=np.int64, order="C")
        hold = np.array(np.broadcast_to(False if hold is None else hold, shape), dtype=bool, order="C")
        found = np.zeros((self.hours, self.classes + 2))
        work, nothing = np.zeros(shape), np.zeros(self.hours)
        replay_plan(self.fleet, cap, hold, 0, self.hours, np.zeros(shape), nothing, nothing, work, found, np.inf)
        return Plan(cap, hold, np.ascontiguousarray(found[:, :-2]), found[:, -2].copy(), found[:, -1].copy(), work)

    def value(self, plan: Plan) -> float:
        """Return the objective of a plan, with the search's penalties."""
        return self.tables.base_g + float(plan.cost.sum())

    def climb(self, plan: Plan, moves: IntArray, allowed: FloatArray) -> None:
        """Try moves on a plan, which is changed in place."""
        climb(self.fleet, plan.cap, plan.hold, plan.backlog, plan.heat, plan.cost, plan.work, moves, allowed)

    def feasible(self, plan: Plan) -> bool:
        """Return whether a plan keeps the limits that a replay cannot keep by itself."""
        limit = self.tables.most_backlog
        return self.possible and bool((plan.backlog <= limit * (1 + _SLACK) + _SLACK).all())

    def schedule(self, plan: Plan) -> PowerCapSchedule:
        """Return the schedule of a plan."""
        return PowerCapSchedule.at(plan.cap.T, plan.work.T, self.caps)

    def offer(self, run: Run, plan: Plan) -> bool:
        """Offer a plan to a run if it is feasible."""
        if not self.feasible(plan):
            return False
        copy = plan.copy()
        return run.offer(self.value(copy), lambda: self.schedule(copy))

    def plan_of(self, schedule: PowerCapSchedule) -> Plan:
        """Return the plan nearest to a schedule: its caps, and holds where it did nothing and work was there."""
        cap = schedule.share.argmax(axis=2).T
        work = schedule.work_gpu_h.sum(axis=2)
        held = (work <= _SLACK) & (self.tables.backlog(schedule.share, schedule.work_gpu_h) > _SLACK)
        return self.plan(cap, held.T)


def offer_start(planner: Planner, run: Run, start: PowerCapSchedule | None) -> None:
    """Offer a run the feasible schedule it was given."""
    if start is not None:
        run.offer(planner.tables.value(start), start)
