"""Horizon: the exact algorithms that need no solver, and what they give as bound and schedule where they are not exact.

Without an evaluator, hulls and their edges by slope solve the linear program. With one, the cheapest path does where
there are no windows; windows are priced, and the shares for the best evaluations found by a small linear program.
"""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.directives.fixed_evaluations import shares_for
from ecoopt.formulations.dual import Priced, maximise_by_bundle
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import best_shares, cheapest_evaluations
from ecoopt.instances.directives.budget import cheapest_plan
from ecoopt.instances.directives.costs import Costs, at_home, costs_of, placed
from ecoopt.instances.directives.rounding import rounded
from ecoopt.instances.directives.staffing import fewest_gpus

CANDIDATES = 8
"""Best sequences of evaluations for which shares are worked out."""


def horizon(instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None) -> Outcome:
    """Find the cheapest shares of all hours at once.

    Exact where requests may be split and there is no fleet, and with an evaluator no window. Else: where a group gets
    one level, the bound is that of the linear program, and its shares are rounded to better levels. With an evaluator
    and windows, the bound is that of the best prices. With a fleet, GPUs are taken for divisible and unlimited in the
    bound, and are staffed for the schedule, if there are enough. One iteration, or one each time windows are priced.
    """
    costs = costs_of(instance)
    if start is not None:
        run.offer(costs.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    if instance.evaluator is not None:
        return _evaluated(costs, run)
    run.tick(1, 1)
    request_g = costs.fluid_g.min(axis=3)
    region = costs.fluid_g.argmin(axis=3)
    plan = cheapest_plan(costs, request_g, costs.floor)
    bound = float((costs.count[..., None] * request_g * plan.share).sum())
    share = placed(rounded(costs, request_g, plan.share) if instance.integer else plan.share, region)
    gpus = None if instance.fleet is None else fewest_gpus(instance, costs.busy_s(share))
    if instance.fleet is None or gpus is not None:
        none = np.zeros(0, dtype=np.int64)
        run.offer(costs.objective(share, none, gpus), DirectivesSchedule(share=share, gpus=gpus))
    run.prove(bound)
    _lower(run)
    return run.outcome()


class _Candidate(NamedTuple):
    """A sequence of evaluations, and the priced cost that it had."""

    value: float
    evaluations: IntArray


def _evaluated(costs: Costs, run: Run) -> Outcome:
    """Choose evaluations and shares together."""
    instance = costs.instance
    if not instance.windows:
        run.tick(1, 1)
        evaluations, value = cheapest_evaluations(costs, np.zeros(instance.hours))
        _offer(costs, run, evaluations, best_shares(costs, evaluations, costs.floor[0], np.zeros(instance.hours)))
        run.prove(value)
        _lower(run)
        return run.outcome()
    windows = [window for window in instance.windows if instance.requests[0, window.start_h:window.end_h].any()]
    volume = np.array([instance.requests[0, window.start_h:window.end_h].sum() for window in windows])
    wanted = np.array([1.0 - window.loss for window in windows])
    candidates: dict[bytes, _Candidate] = {}

    def priced(prices: FloatArray) -> Priced:
        price = np.zeros(instance.hours)
        for window, each in zip(windows, prices / volume, strict=True):
            price[window.start_h:window.end_h] += each
        evaluations, value = cheapest_evaluations(costs, price)
        share = best_shares(costs, evaluations, costs.floor[0], price)
        reached = instance.requests[0] * (costs.quality[0, :, 0] * share).sum(axis=1)
        mean = np.array([reached[window.start_h:window.end_h].sum() for window in windows]) / volume
        total = value + float(prices @ wanted)
        candidates.setdefault(evaluations.tobytes(), _Candidate(total, evaluations))
        return Priced(total, wanted - mean)

    first = cheapest_plan(costs, costs.home_g, costs.floor * 0.0).price[0]
    start = np.array([first[w] for w, window in enumerate(instance.windows) if window in windows]) * volume
    maximise_by_bundle(priced, start, run)
    for candidate in sorted(candidates.values(), key=lambda one: -one.value)[:CANDIDATES]:
        if run.objective is not None and run.stop() is not None:
            break
        share = shares_for(costs, candidate.evaluations)
        if share is not None:
            _offer(costs, run, candidate.evaluations, share)
    _lower(run)
    return run.outcome()


def _offer(costs: Costs, run: Run, evaluations: IntArray, share: FloatArray) -> None:
    """Offer shares of levels [T, L] with evaluations."""
    whole = at_home(share[None, :, None, :])
    run.offer(costs.objective(whole, evaluations, None), lambda: DirectivesSchedule(
        share=whole, evaluations=evaluations))


def _lower(run: Run) -> None:
    """Take out of the bound what rounding has carried past the objective."""
    if run.bound is not None and run.objective is not None and run.bound > run.objective:
        run.bound = run.objective
