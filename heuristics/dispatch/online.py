"""Online methods: simulations in which a policy knows the queries that have come, and predictions of their latency.

An iteration is one simulation. Nothing is drawn at random.
"""

from collections.abc import Callable
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.dispatch import loops
from ecoopt.heuristics.dispatch.fleet import Fleet, fleet_of, schedule_of, worth
from ecoopt.heuristics.dispatch.replan import replan as replan_loop
from ecoopt.heuristics.dispatch.threshold import thresholds
from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule

Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Factor: TypeAlias = Annotated[float, Field(ge=0, le=100)]
Count: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
BatchSize: TypeAlias = Annotated[int, Field(ge=0, le=10**9)]

URGENCY, PREMIUM, DELAY, CAUTION = 0.5, 0.05, 1.0, 0.6

Stop: TypeAlias = Callable[[], object]
Policy: TypeAlias = Callable[[DispatchInstance, Fleet, Stop], None]
"""Runs a fleet to its end, or until it is told to stop: what is not begun then is never served."""

EVENTS = 10_000
"""Events between two questions whether to stop."""


def fcfs(instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None) -> Outcome:
    """Serve queries in order of arrival, each on the first idle machine, base type first."""
    return simulated(instance, run, start, first_come)


def drs(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None,
    threshold: BatchSize | None = None,
) -> Outcome:
    """Serve batches above a threshold on the base type and others elsewhere, in order of arrival each.

    Parameters
    ----------
    threshold : int, optional
        Largest batch size for the other types; by default tuned by hill climbing on the queries that have come.
    """
    policy = split_by(thresholds(instance) if threshold is None else np.full(instance.queries, threshold))
    return simulated(instance, run, start, policy)


def clockwork(instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None) -> Outcome:
    """Let each query join, at its arrival and for good, the machine on which it is predicted to be done first."""
    return simulated(instance, run, start, earliest_finish)


def kairos(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, window: Count = 2,
    safeguard: Share = 0.02, guards: bool = False,
) -> Outcome:
    """Match waiting queries and machines at each event at the least weighted time of completion.

    Parameters
    ----------
    window : int
        Most waiting queries matched, per machine.
    safeguard : float
        Slack below which a query counts as nearly late, as a share of the longest response.
    guards : bool
        Whether to give up, as the artifact does, when more than a tenth of the queries are late after 100, or the queue
        is longer than the arrivals of ten longest responses.
    """
    return simulated(instance, run, start, matched(window, safeguard, guards))


def replan(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, urgency: Factor = URGENCY,
    premium: Factor = PREMIUM, delay: Factor = DELAY, caution: Factor = CAUTION,
) -> Outcome:
    """Plan all waiting queries anew at each event: urgent ones first, each where it is cheapest and in time.

    Parameters
    ----------
    urgency : float
        How much of a query's latency on its cheapest type makes it more urgent: with 0 the oldest is planned first,
        with 1 the one that must begin first.
    premium : float
        How much dearer the base type is than its speed alone makes it, so that it is kept for large batches.
    delay : float
        What a tick of waiting counts, relative to one of service.
    caution : float
        With what latency a query must be in time: 0 for the mean, 1 for the 99th percentile, in between for in between.
    """
    return simulated(instance, run, start, planned_anew(urgency, premium, delay, caution))


def simulated(instance: DispatchInstance, run: Run, start: DispatchSchedule | None, policy: Policy) -> Outcome:
    """Offer a run its start, and what a policy makes of the instance."""
    if start is not None:
        run.offer(worth(instance, start.machine, start.start_tick), start)
    fleet = simulate(instance, policy, run.stop)
    run.tick(1, 1)
    run.offer(worth(instance, fleet.machine, fleet.start), lambda: schedule_of(fleet))
    return run.outcome()


def never() -> None:
    """Do not stop."""


def simulate(instance: DispatchInstance, policy: Policy, stop: Stop = never) -> Fleet:
    """Return the fleet after the last completion, or when it was told to stop."""
    fleet = fleet_of(instance)
    policy(instance, fleet, stop)
    return fleet


def first_come(instance: DispatchInstance, f: Fleet, stop: Stop) -> None:
    """Run the policy ``fcfs``."""
    loops.first_come(f.arrival, f.service, f.kind, f.machine, f.start)


def earliest_finish(instance: DispatchInstance, f: Fleet, stop: Stop) -> None:
    """Run the policy ``clockwork``."""
    loops.earliest_finish(f.arrival, f.service, f.expected, f.kind, f.machine, f.start)


def split_by(threshold: IntArray) -> Policy:
    """Return the policy ``drs`` with the threshold at each arrival, int array [Q]."""
    return lambda instance, f, stop: loops.by_threshold(
        f.arrival, f.service, instance.batch, threshold, f.kind, f.machine, f.start)


def matched(window: int = 2, safeguard: float = 0.02, guards: bool = False) -> Policy:
    """Return the policy ``kairos``."""
    def policy(instance: DispatchInstance, f: Fleet, stop: Stop) -> None:
        qos_ms, coefficient = instance.qos_ticks * instance.tick_ms, np.round(relative_speed(instance), 2)
        done = np.zeros(2, dtype=np.int64)
        while not loops.by_matching(f, instance.tick_ms, qos_ms, coefficient, window * instance.machines,
                                    safeguard * qos_ms, guards, done, EVENTS):
            if stop() is not None:
                break
    return policy


def planned_anew(
    urgency: float = URGENCY, premium: float = PREMIUM, delay: float = DELAY, caution: float = CAUTION
) -> Policy:
    """Return the policy ``replan``."""
    def policy(instance: DispatchInstance, f: Fleet, stop: Stop) -> None:
        safe = f.expected + caution * np.maximum(instance.p99_ms / instance.tick_ms - f.expected, 0.0)
        price = relative_speed(instance)
        price[0] *= 1 + premium
        cost = np.where(f.expected <= instance.qos_ticks, price * f.expected, np.inf)
        rank = f.arrival - urgency * f.expected[np.arange(len(cost)), cost.argmin(axis=1)]
        while not replan_loop(f, instance.qos_ticks, safe, rank, price, delay, instance.query_weight, EVENTS):
            if stop() is not None:
                break
    return policy


def relative_speed(instance: DispatchInstance) -> FloatArray:
    """Return how fast each type is on the largest batches, relative to the base type, float array [K]."""
    largest_ms = np.array([kind.mean_ms[-1] for kind in instance.types])
    speed: FloatArray = largest_ms[0] / largest_ms
    return speed
