"""The frontier: the least carbon for every limit of latency, each point an exact solve (epsilon-constraint).

Which pairs of classes and configurations are allowed changes at the latencies of configurations alone, so that these
are all the limits there are. At a constant intensity carbon is energy.
"""

from dataclasses import dataclass

from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.llm_config.exact import begin, by_highs, solution_of, taken_apart
from ecoopt.formulations.llm_config.fleet_model import FleetModel
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule
from ecoopt.instances.llm_config.terms import terms_of

_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class FrontierPoint:
    """A limit of latency and what it costs.

    Parameters
    ----------
    latency_s : float
        No answer takes longer.
    carbon_g, bound_g : float
        Objective of the schedule, and what is proven.
    schedule : LlmConfigSchedule
        The schedule.
    """

    latency_s: float
    carbon_g: float
    bound_g: float
    schedule: LlmConfigSchedule


def frontier(
    instance: LlmConfigInstance, *, seconds: float | None = None, gap: float | None = None, seed: int = 0,
) -> tuple[FrontierPoint, ...]:
    """Return the points of the frontier of latency and carbon, the longest latency first.

    A limit holds for all classes, besides their own. Points are left out whose carbon a shorter limit has too. The last
    point has the shortest limit that can be kept.

    Parameters
    ----------
    instance : LlmConfigInstance
        What is asked.
    seconds : float, optional
        Limit of each solve; none by default.
    gap : float, optional
        Proven gap at which each solve may stop; by default none is left.
    seed : int
        Of HiGHS.
    """
    found: list[FrontierPoint] = []
    for limit_s in sorted({one.latency_s for one in instance.configurations}, reverse=True):
        point = _point(instance, limit_s, Run(Budget(seconds=seconds, gap=gap)), seed)
        if point is None:
            break
        if found and point.carbon_g <= found[-1].carbon_g + max(_SAME, gap or 0.0) * abs(point.carbon_g):
            found.pop()
        found.append(point)
    return tuple(found)


def _point(instance: LlmConfigInstance, limit_s: float, run: Run, seed: int) -> FrontierPoint | None:
    """Solve an instance whose answers take no longer than a limit; None where that cannot be kept."""
    classes = tuple(one.replace(max_latency_s=min(one.max_latency_s, limit_s)) for one in instance.classes)
    begun = begin(terms_of(instance.replace(classes=classes)), run, None)
    if isinstance(begun, FleetModel):
        status = taken_apart(begun, run, solution_of(begun, run), seed)
        if status is not Status.INFEASIBLE and begun.terms.starts_cost and run.gap > CLOSED and run.stop() is None:
            by_highs(begun, run, solution_of(begun, run), seed, 1)
    schedule = run.schedule()
    if not isinstance(schedule, LlmConfigSchedule) or run.objective is None or run.bound is None:
        return None
    return FrontierPoint(limit_s, run.objective, run.bound, schedule)
