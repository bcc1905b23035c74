"""Baselines: what clusters do without looking at carbon: first come by deadline, without caps or with one for all."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.power_cap_jobs.serial import any_cap, completed, offer_start, orders
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options, options_of


def no_cap(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
) -> Outcome:
    """Start every job as early as it fits under the highest cap, in order of deadline.

    Where that does not fit before its deadline, the job may have any cap.
    """
    options = options_of(instance)
    only = np.full(options.jobs, int(instance.caps_w.argmax()), dtype=np.int64)
    return _planned(options, run, start, only, options.start.astype(np.float64))


def static_cap(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
    share: Annotated[float, Field(gt=0, le=1)] = 0.6,
) -> Outcome:
    """Start every job as early as it fits under the same cap, in order of deadline.

    Where that does not fit before its deadline, the job may have any cap.

    Parameters
    ----------
    share : float
        The cap is the one nearest to this share of the highest, as in the published trial, 0.6 of 250 W.
    """
    options = options_of(instance)
    cap = int(np.abs(instance.caps_w - share * instance.caps_w.max()).argmin())
    only = np.full(options.jobs, cap, dtype=np.int64)
    return _planned(options, run, start, only, options.start.astype(np.float64))


def edf(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
) -> Outcome:
    """Start every job as early as it fits under any cap, of these the one that costs least, in order of deadline."""
    options = options_of(instance)
    most_g = 2 * float(np.abs(options.cost_g).max(initial=0.0)) + 1
    return _planned(options, run, start, any_cap(options), options.start * most_g + options.cost_g)


def _planned(
    options: Options, run: Run, start: PowerCapJobsSchedule | None, only: IntArray, guide: FloatArray,
) -> Outcome:
    """Put all jobs in order of deadline; one iteration."""
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    offer_start(options, run, start)
    if run.stop() is not None:
        return run.outcome()
    places = completed(options, next(orders(options)), only, guide)
    run.tick(1, 1)
    if places is not None:
        run.offer(options.value(places.start, places.cap), places.schedule())
    return run.outcome()
