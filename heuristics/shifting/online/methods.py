"""The online methods: a policy, what it is told of carbon to come, and the walk."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.shifting.arena import offer_start
from ecoopt.heuristics.shifting.online.outlook import Forecast, Outlook
from ecoopt.heuristics.shifting.online.policies import FirstCome, Replan, SuspendResume, Threshold
from ecoopt.heuristics.shifting.online.view import Policy
from ecoopt.heuristics.shifting.online.walk import walk
from ecoopt.instances.carbon.forecasters import LOG_ERROR_SD
from ecoopt.instances.shifting import ShiftingCosts, ShiftingInstance, ShiftingSchedule

Percentile: TypeAlias = Annotated[float, Field(ge=0, le=100)]
Error: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Hours: TypeAlias = Annotated[int, Field(ge=1, le=1000)]

Haste: TypeAlias = Annotated[float, Field(ge=0, le=100)]

LOOKAHEAD_H, HASTE = 96, 2.0


def fcfs_home(instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None) -> Outcome:
    """Run jobs at home, first come first served, and elsewhere only if home has no room before the deadline.

    Needs no forecast; a job that its home has no room for goes where it would be cheapest if nothing changed any more.
    """
    return walked(instance, run, start, FirstCome(), Outlook(instance, "persistence", 0.0, LOOKAHEAD_H, seed), 0.0)


def threshold(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None,
    percentile: Percentile = 50.0, forecast: Forecast = "lognormal", error: Error = LOG_ERROR_SD,
    lookahead_h: Hours = LOOKAHEAD_H, haste: Haste = HASTE,
) -> Outcome:
    """Let a job begin as soon as its carbon is below a percentile of what its other starts are expected to cost.

    In order of deadlines, within the room that is left when every job known keeps a place before its deadline.

    Parameters
    ----------
    percentile : float
        Of the starts left, each in its best region.
    forecast : {"lognormal", "persistence"}
        Carbon to come with errors as large as those of Great Britain's published forecasts, which grow with the lead;
        or the day before again.
    error : float
        Standard deviation of the logarithm of the error on the first day (``lognormal``).
    lookahead_h : int
        Hours forecast.
    haste : float
        Charge for a day of waiting in plans, as a share of the mean carbon of a GPU; it leaves room for jobs to come.
    """
    return walked(instance, run, start, Threshold(percentile),
                  Outlook(instance, forecast, error, lookahead_h, seed), haste)


def suspend_resume(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None,
    percentile: Percentile = 50.0, forecast: Forecast = "lognormal", error: Error = LOG_ERROR_SD,
    lookahead_h: Hours = LOOKAHEAD_H, haste: Haste = HASTE,
) -> Outcome:
    """Let jobs that may have breaks run in slots below a percentile of those left, and stop them in others.

    A running job goes on as long as a break would not pay for its resumption. Jobs without breaks are treated as by
    ``threshold``.

    Parameters
    ----------
    percentile, forecast, error, lookahead_h, haste
        As for ``threshold``; the percentile is that of slots, and at least as many are used as the job still needs.
    """
    return walked(instance, run, start, SuspendResume(percentile),
                  Outlook(instance, forecast, error, lookahead_h, seed), haste)


def replan(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None,
    forecast: Forecast = "lognormal", error: Error = LOG_ERROR_SD, lookahead_h: Hours = LOOKAHEAD_H,
    haste: Haste = HASTE,
) -> Outcome:
    """Plan all jobs known anew in every slot by the list greedy, and begin those that are due.

    Parameters
    ----------
    forecast, error, lookahead_h, haste
        As for ``threshold``.
    """
    return walked(instance, run, start, Replan(), Outlook(instance, forecast, error, lookahead_h, seed), haste)


def walked(
    instance: ShiftingInstance, run: Run, start: ShiftingSchedule | None, policy: Policy, outlook: Outlook,
    haste: float,
) -> Outcome:
    """Offer a run its start, and what a policy makes of the instance."""
    offer_start(instance, run, start)
    schedule = walk(instance, policy, outlook, run, haste)
    if schedule is not None:
        run.offer(ShiftingCosts(instance).objective(schedule), schedule)
    return run.outcome()
