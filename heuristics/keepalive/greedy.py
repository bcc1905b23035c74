"""Greedy insertion: the gaps that save most per gigabyte-minute first, and the rounding of fractional plans."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.keepalive.chains import Chains, rented_chains
from ecoopt.heuristics.keepalive.packing import Packing
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps
from ecoopt.instances.keepalive.plans import schedule_from_pools


def greedy(instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None) -> Outcome:
    """Insert gaps by falling saving per gigabyte-minute while they fit (density greedy of the temporal knapsack).

    Without relocation: plan one chain of calls after the other, each by a shortest path within the memory left, at
    the best of several uniform rents.
    One iteration is all of it; without one, nothing waits. O(N log N + N L) for N gap pools of length at most L.
    Ignores `seed`; a start is compared with by the caller.
    """
    if not instance.relocation:
        chains = rented_chains(instance) if run.iterations_left else Chains.cold(instance)
        run.tick(int(run.iterations_left > 0))
        run.offer(chains.objective, chains.schedule)
        return run.outcome()
    packing = Packing.empty(pool_gaps(instance))
    if run.iterations_left:
        pack_by_density(packing.pools, packing)
        run.tick()
    run.offer(packing.objective, lambda: schedule_from_pools(packing.pools, packing.kept))
    return run.outcome()


def pack_by_density(pools: GapPools, packing: Packing | None = None) -> Packing:
    """Fill a packing (an empty one by default) by falling saving per gigabyte-minute."""
    packing = packing or Packing.empty(pools)
    pool, generation = np.nonzero(pools.delta < 0)
    size = pools.memory_gb[pool] * (pools.end_min - pools.start_min)[pool]
    order = np.argsort(pools.delta[pool, generation] / size, kind="stable")
    packing.insert(pool[order], generation[order], pools.containers[pool[order]])
    return packing


def pack_fractions(pools: GapPools, fractions: FloatArray, priced: FloatArray, round_up_from: float = 0.4) -> Packing:
    """Round a fractional plan, most valuable pools first, and fill what is left by density.

    Parameters
    ----------
    pools : GapPools
        N pools, G generations.
    fractions : float array [N, G]
        Share of each pool's containers that waits on each generation.
    priced : float array [N, G]
        Reduced cost of one container at the memory prices behind `fractions`.
    round_up_from : float
        Smallest fraction of a container that counts as a whole one.
    """
    packing = Packing.empty(pools)
    target = np.floor(fractions * pools.containers[:, None] + 1 - round_up_from).astype(np.int64)
    pool, generation = np.nonzero(target)
    order = np.argsort((priced[pool, generation] / pools.memory_gb[pool]), kind="stable")
    packing.insert(pool[order], generation[order], target[pool[order], generation[order]])
    return pack_by_density(pools, packing)
