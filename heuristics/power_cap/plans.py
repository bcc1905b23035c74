"""Plans: caps and holds, replayed into schedules and offered to a run."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.power_cap.kernel import climb, fleet_of, replay_plan
from ecoopt.instances.power_cap import PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables

_SLACK = 1e-9


class Plan(NamedTuple):
    """A plan with what is noted of it. K classes, T hours.

    Parameters
    ----------
    cap, hold : int, float array [T, K]
        Cap of each class and hour, and which share of its work it holds back.
    backlog, heat, cost, work : float array [T, K], [T], [T], [T, K]
        What the replay found.
    """

    cap: IntArray
    hold: FloatArray
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
    tables : CapTables
        The instance, or a window of it.
    """

    def __init__(self, tables: CapTables) -> None:
        self.tables = tables
        self.fleet = fleet_of(self.tables)
        self.classes, self.hours, self.caps = self.tables.shape
        # Where idle GPUs alone break a limit, no plan is of any use.
        self.possible = bool((self.tables.room_w >= 0).all() and (self.tables.heat_w >= 0).all())

    def plan(self, cap: IntArray, hold: FloatArray | None = None) -> Plan:
        """Return the plan of caps and holds [T, K]; holds nothing by default."""
        shape = (self.hours, self.classes)
        cap = np.array(np.broadcast_to(cap, shape), dtype=np.int64, order="C")
        hold = np.array(np.broadcast_to(0.0 if hold is None else hold, shape), dtype=np.float64, order="C")
        found = np.zeros((self.hours, self.classes + 2))
        work, nothing = np.zeros(shape), np.zeros(self.hours)
        replay_plan(self.fleet, cap, hold, 0, self.hours, np.zeros(shape), nothing, nothing, work, found, np.inf)
        return Plan(cap, hold, np.ascontiguousarray(found[:, :-2]), found[:, -2].copy(), found[:, -1].copy(), work)

    def value(self, plan: Plan) -> float:
        """Return the objective of a plan, with the search's penalties."""
        return self.tables.base_g + float(plan.cost.sum())

    def climb(self, plan: Plan, moves: IntArray, held: FloatArray, allowed: FloatArray) -> None:
        """Try moves on a plan, which is changed in place."""
        climb(self.fleet, plan.cap, plan.hold, plan.backlog, plan.heat, plan.cost, plan.work, moves, held, allowed)

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
        """Return the plan nearest to a schedule: its caps, and of its work the share that it held back."""
        left = np.maximum(self.tables.backlog(schedule.share, schedule.work_gpu_h), 0.0)
        there = left + schedule.work_gpu_h.sum(axis=2)
        held = np.where(left > _SLACK * there, left / np.maximum(there, _SLACK), 0.0)
        return self.plan(schedule.share.argmax(axis=2).T, held.T)


def offer_start(planner: Planner, run: Run, start: PowerCapSchedule | None) -> None:
    """Offer a run the feasible schedule it was given."""
    if start is not None:
        run.offer(planner.tables.value(start), start)
