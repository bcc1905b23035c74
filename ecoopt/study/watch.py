"""Watch: a base class of no-ops that is told how a study goes."""

from dataclasses import dataclass
from typing import Any

from ecoopt.study.expected import Expected
from ecoopt.study.plan import Plan, PlannedRun


@dataclass(frozen=True)
class Progress:
    """How far a study is.

    Parameters
    ----------
    done, total : int
        Finished runs and all runs of the plan.
    failed : int
        Those among the finished that failed.
    seconds_left : float, optional
        Wall seconds to go, where that can be said.
    """

    done: int
    total: int
    failed: int
    seconds_left: float | None


class Watch:
    """Override what you want to see."""

    def on_plan(self, plan: Plan, missing: int, expected: Expected) -> None:
        """Be told what is about to be run."""

    def on_start(self, run: PlannedRun) -> None:
        """Be told that a run begins."""

    def on_finish(self, run: PlannedRun, row: dict[str, Any], progress: Progress) -> None:
        """Be told that a run has ended; `row` holds its columns in the store."""
