"""Policies: at home first come first served, let's wait awhile, suspend and resume, and plans made anew."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.shifting.online.view import Plan, Policy, View


class FirstCome(Policy):
    """Each job as early as its home has room, in order of release; it stays there."""

    def decide(self, view: View, plan: Plan) -> None:
        """Move the jobs released in this slot."""
        for i in np.flatnonzero(view.new).tolist():
            room = plan.free(np.array([i]))[view.home[i], :view.deadline[i]] >= view.gpus[i]
            starts = _clear_starts(room, int(view.left[i]))
            if len(starts):
                plan.move(i, int(view.home[i]), starts[0] + np.arange(view.left[i]))


class Threshold(Policy):
    """A job begins when that is, in some region with room, among the best of the starts it still has.

    Parameters
    ----------
    percentile : float
        Which of them are the best, of the expected carbon of each start in its best region.
    """

    def __init__(self, percentile: float) -> None:
        self.percentile = percentile

    def decide(self, view: View, plan: Plan) -> None:
        """Let jobs begin, the most urgent first, or wait."""
        replan(view, plan)
        for i in range(len(view.left)):
            if not plan.runs_now(i) or view.deadline[i] > view.left[i]:
                self.begin_or_wait(view, plan, i)

    def begin_or_wait(self, view: View, plan: Plan, i: int) -> None:
        """Let a job that has not begun run now or keep it from that, as far as there is room."""
        size, last = view.left[i], view.deadline[i]
        starts = view.power_kw[i] * (view.grams[:, size:last + 1] - view.grams[:, :last + 1 - size])
        carbon = starts + view.fixed[i][:, None]
        limit = np.percentile(carbon.min(axis=0), self.percentile)
        for z in np.argsort(carbon[:, 0], kind="stable"):
            if carbon[z, 0] > limit:
                break
            if plan.move(i, int(z), np.arange(size)):
                return
        if plan.runs_now(i):
            plan.improve(i, after=1)


class SuspendResume(Threshold):
    """Jobs that may have breaks run in the slots that are among the best of those they still have; others wait awhile.

    Parameters
    ----------
    percentile : float
        Which slots are the best; at least as many as the job still needs.
    """

    def begin_or_wait(self, view: View, plan: Plan, i: int) -> None:
        """Let a job run in this slot or keep it from that, as far as there is room."""
        if not view.interruptible[i]:
            super().begin_or_wait(view, plan, i)
            return
        slots = np.diff(view.grams[:, :view.deadline[i] + 1], axis=1)
        left = int(view.left[i])
        ranked = np.sort(slots, axis=1)
        carbon = view.power_kw[i] * ranked[:, :left].sum(axis=1) + view.fixed[i]
        wanted = max(left, int(np.ceil(self.percentile / 100.0 * slots.shape[1])))
        for z in np.argsort(carbon, kind="stable"):
            if not np.isfinite(carbon[z]):
                break
            change_g = view.resume_g[i] if view.running[i] else 0.0
            if view.power_kw[i] * slots[z, 0] > view.power_kw[i] * ranked[z, wanted - 1] + change_g:
                continue
            if self._runs(plan, i, int(z)):
                return
        if plan.runs_now(i):
            plan.improve(i, after=1)

    @staticmethod
    def _runs(plan: Plan, i: int, z: int) -> bool:
        """Let a job run in this slot in place of the last one planned, and return whether it does."""
        if plan.runs_now(i) and plan.region(i) == z:
            return True
        planned = plan.slots(i)
        if plan.region(i) != z:
            return False
        return plan.move(i, z, np.concatenate([[0], planned[:-1]]))


class Replan(Policy):
    """All jobs that do not run are planned anew in every slot."""

    def decide(self, view: View, plan: Plan) -> None:
        """Make the plan anew where it fits."""
        replan(view, plan)


def replan(view: View, plan: Plan) -> None:
    """Plan all jobs anew, those of most GPU-hours first, if all of them fit then."""
    plan.again(np.argsort(-view.left * view.gpus, kind="stable"))


def _clear_starts(room: NDArray[np.bool_], size: int) -> IntArray:
    """Return the starts from which `size` slots have room."""
    blocked = np.concatenate([[0], np.cumsum(~room)])
    starts: IntArray = np.flatnonzero(blocked[size:] == blocked[:-size]) if len(room) >= size else np.zeros(0, np.int64)
    return starts
