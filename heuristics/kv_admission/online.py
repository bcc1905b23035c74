"""Online methods: simulations of policies that know the requests that have come, and what is foretold of their length.

An iteration is one simulation.
"""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.kv_admission.fairness import fair
from ecoopt.heuristics.kv_admission.policies import Lengths, Policy, simulate, told_lengths, volume_of
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.objective import objective_of

Factor: TypeAlias = Annotated[float, Field(gt=0, le=1000)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Base: TypeAlias = Annotated[float, Field(gt=1, le=1000)]


def fcfs(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0,
) -> Outcome:
    """Admit in order of arrival, each when memory will hold to the end of what is foretold; none overtakes.

    Parameters
    ----------
    lengths : {"true", "predicted"}, optional
        What is foretold of an answer; by default the prediction where requests may be stopped, else the truth.
    inflation : float
        Factor of predictions.
    """
    told = told_lengths(instance, lengths, inflation)
    return simulated(instance, run, start, Policy(_arrival(instance), told))


def sjf(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0,
) -> Outcome:
    """Admit the shortest answers first, each when memory will hold; none overtakes a shorter one.

    Parameters
    ----------
    lengths, inflation
        As for `fcfs`.
    """
    told = told_lengths(instance, lengths, inflation)
    return simulated(instance, run, start, Policy(told.astype(np.float64), told))


def peak_check(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0,
) -> Outcome:
    """Admit, shortest answers first, every request with which memory will hold at each end to come.

    Parameters
    ----------
    lengths, inflation
        As for `fcfs`.
    """
    told = told_lengths(instance, lengths, inflation)
    return simulated(instance, run, start, Policy(told.astype(np.float64), told, strict=False))


def volume(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0,
) -> Outcome:
    """Admit, least tokens times rounds per weight first, every request with which memory will hold.

    Parameters
    ----------
    lengths, inflation
        As for `fcfs`.
    """
    told = told_lengths(instance, lengths, inflation)
    return simulated(instance, run, start, Policy(volume_of(instance, told), told, strict=False))


def price_threshold(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0, cheap_share: Share = 0.8,
) -> Outcome:
    """Admit the requests whose weight per token and round is at least the price of memory as full as it is.

    The price rises exponentially from the least weight per token and round seen so far to the greatest.

    Parameters
    ----------
    lengths, inflation
        As for `fcfs`.
    cheap_share : float
        Share of the memory that has the least price.
    """
    told = told_lengths(instance, lengths, inflation)
    policy = Policy(volume_of(instance, told), told, strict=False, priced=True, cheap=cheap_share)
    return simulated(instance, run, start, policy)


def orca(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, base: Base = 2.0,
) -> Outcome:
    """Admit in order of arrival and reserve memory for the whole answer, its length rounded up to a power.

    Parameters
    ----------
    lengths
        As for `fcfs`.
    base : float
        What lengths are rounded up to a power of.
    """
    told = told_lengths(instance, lengths)
    power = np.ceil(np.log(told) / np.log(base) - 1e-9)
    reserved = np.maximum(np.minimum(np.ceil(base**power - 1e-9), 2.0**40).astype(np.int64), told)
    return simulated(instance, run, start, Policy(_arrival(instance), reserved, flat=True))


def vllm(instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None) -> Outcome:
    """Admit in order of arrival while memory holds now; on overflow stop the youngest, which is read again later.

    Needs an instance in which requests may be stopped, unless memory never overflows.
    """
    told = np.ones(instance.requests, dtype=np.int64)
    return simulated(instance, run, start, Policy(_arrival(instance), told, growth=0.0))


def static(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, buckets: bool = False, base: Base = 2.0,
) -> Outcome:
    """Fill a replica with requests in order of arrival when it is empty, and let the batch run to its end.

    Parameters
    ----------
    lengths
        As for `fcfs`.
    buckets : bool
        Whether a batch takes answers of about the same length alone.
    base : float
        Longest over shortest answer of a bucket.
    """
    told = told_lengths(instance, lengths)
    bucket = np.floor(np.log(told) / np.log(base) + 1e-9).astype(np.int64) if buckets else None
    return simulated(instance, run, start, Policy(_arrival(instance), told, strict=not buckets, static=True,
                                                  bucket=bucket))


def vtc(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0,
) -> Outcome:
    """Admit the first request of the client that was served least, when memory will hold (virtual token counters).

    Parameters
    ----------
    lengths, inflation
        As for `fcfs`.
    """
    told = told_lengths(instance, lengths, inflation)
    return simulated(instance, run, start, Policy(_arrival(instance), told, fair=True))


def assigned(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0,
) -> Outcome:
    """Bind each request, at its arrival, to the replica with least to do; there, least volume per weight first.

    What a replica has to do are the tokens that its unfinished requests hold at their end, over its memory.

    Parameters
    ----------
    lengths, inflation
        As for `fcfs`.
    """
    told = told_lengths(instance, lengths, inflation)
    return simulated(instance, run, start, Policy(volume_of(instance, told), told, strict=False, bound=True))


def rebalance(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None, inflation: Factor = 1.0,
) -> Outcome:
    """Bind requests as ``assigned`` does, but move the smallest cache that makes room for the first that must wait.

    A request that runs goes on elsewhere without a break, within the tokens that may move in a round.

    Parameters
    ----------
    lengths, inflation
        As for `fcfs`.
    """
    told = told_lengths(instance, lengths, inflation)
    policy = Policy(volume_of(instance, told), told, strict=False, bound=True, moves=True)
    return simulated(instance, run, start, policy)


def random(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
    lengths: Lengths | None = None,
) -> Outcome:
    """Admit in any order, drawn at each arrival, every request with which memory will hold.

    Parameters
    ----------
    lengths
        As for `fcfs`.
    """
    key = np.random.default_rng(seed).random(instance.requests)
    return simulated(instance, run, start, Policy(key, told_lengths(instance, lengths), strict=False))


def simulated(
    instance: KvAdmissionInstance, run: Run, start: KvAdmissionSchedule | None, policy: Policy,
) -> Outcome:
    """Offer a run its start, and what a policy makes of the instance."""
    if start is not None:
        run.offer(objective_of(instance, start), start)
    schedule, why = simulate(instance, policy, run.stop)
    run.tick(1, 1)
    if schedule is not None and not fair(instance, schedule):
        schedule, why = None, "a client gets further ahead of one that waits than the fairness rule allows"
    if schedule is None:
        return run.outcome(reason=why)
    run.offer(objective_of(instance, schedule), schedule)
    return run.outcome()


def _arrival(instance: KvAdmissionInstance) -> np.ndarray:
    return instance.arrival_round.astype(np.float64)
