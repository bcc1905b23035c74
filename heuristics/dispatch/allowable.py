"""Allowable throughput: the highest rate of arrivals at which a policy still answers 99 % of the queries in time.

Found by bisection over rates, with the same queries at each: batch sizes and latencies are the same, and gaps between
arrivals are the same on another time scale.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ecoopt.heuristics.dispatch.fleet import worth
from ecoopt.heuristics.dispatch.online import (
    Policy,
    earliest_finish,
    first_come,
    matched,
    planned_anew,
    simulate,
    split_by,
)
from ecoopt.heuristics.dispatch.threshold import tuned
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.dispatch import DispatchInstance, generate
from ecoopt.instances.dispatch.streams import Arrivals

TARGET = 0.99
TRAINING_SEED = 1_000_003
"""Added to the seed of a sample that a threshold is tuned on."""




def allowable_rate_per_s(
    policy: str, *, model: str = "rm2", counts: Sequence[int] = (2, 0, 9, 0), queries: int = 20_000,
    arrivals: Arrivals = "exponential", target: float = TARGET, tolerance: float = 0.002, seed: int = 0,
) -> float:
    """Return the allowable throughput of a policy on machines of some types, in queries per second.

    Parameters
    ----------
    policy : {"fcfs", "drs", "clockwork", "kairos", "replan"}
        What distributes the queries; ``drs`` with a threshold tuned, for each rate, on a sample with another seed.
    model, counts, queries, arrivals, seed
        As for the generator.
    target : float
        Share of queries that must be answered in time.
    tolerance : float
        Width of the last interval of rates relative to the rate, whose lower end is returned.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    check = Arguments("allowable throughput")
    check.one_of("policy", policy, (*POLICIES, "drs"))
    check.number("target", target, 0, 1, above=True)
    check.number("tolerance", tolerance, 1e-6, 1, above=True)
    check.refuse()

    def stream(rate_per_s: float, own_seed: int) -> DispatchInstance:
        return generate(model=model, counts=counts, queries=queries, arrivals=arrivals, rate_per_s=rate_per_s,
                        seed=own_seed, tick_ms=0.001)

    first = stream(1.0, seed)
    busy_ms = first.service_tick.mean(axis=0) * first.tick_ms
    low, high = 0.0, float(1.5 * (1000 * first.counts / busy_ms).sum())
    while high - low > tolerance * high:
        middle = (low + high) / 2
        if on_time_share(policy, stream(middle, seed), partial(stream, middle, seed + TRAINING_SEED)) >= target:
            low = middle
        else:
            high = middle
    return low


def on_time_share(policy: str, instance: DispatchInstance, training: Callable[[], DispatchInstance]) -> float:
    """Return the share of queries, by weight, that a policy answers in time.

    Parameters
    ----------
    policy : str
        As for `allowable_rate_per_s`.
    instance : DispatchInstance
        The queries.
    training : callable
        Gives the sample that a threshold is tuned on.
    """
    if policy == "drs":
        sample = training()
        chosen = split_by(np.full(instance.queries, tuned(sample, sample.queries)))
    else:
        chosen = POLICIES[policy]
    fleet = simulate(instance, chosen)
    return worth(instance, fleet.machine, fleet.start) / float(instance.query_weight.sum())


POLICIES: dict[str, Policy] = {
    "fcfs": first_come, "clockwork": earliest_finish, "kairos": matched(), "replan": planned_anew()}
