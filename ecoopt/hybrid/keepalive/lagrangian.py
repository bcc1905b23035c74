"""Memory prices: a proven bound from the priced gaps, and a schedule rounded from their shares and improved."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.dual.smoothing import SmoothedResult, maximise_smoothed
from ecoopt.formulations.keepalive.persistent_bound import persistent_bound
from ecoopt.formulations.keepalive.priced_pools import PricedPools
from ecoopt.heuristics.keepalive.chains import Chains, improve_chains, rented_chains
from ecoopt.heuristics.keepalive.exchange import improve
from ecoopt.heuristics.keepalive.greedy import pack_by_density, pack_fractions
from ecoopt.heuristics.keepalive.packing import Packing
from ecoopt.heuristics.keepalive.ruin import ruin_and_recreate
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps
from ecoopt.instances.keepalive.plans import kept_from_schedule


def lagrangian(
    instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None, stop_gain: float = 1e-6,
    trials_per_min: int = 60,
) -> Outcome:
    """Price the memory of each minute and generation, round the priced plan, and improve it.

    With `release` semantics the bound is that of the linear relaxation; with `persist` it is that of a relaxation
    which lets every container change generation at every call.

    Parameters
    ----------
    stop_gain : float
        End a stage's successors once a stage improves the bound by less than this share.
    trials_per_min : int
        Trials of ruin and recreate per minute of the horizon; 0 for none.
    """
    search(instance, run, seed=seed, start=start, stop_gain=stop_gain, trials_per_min=trials_per_min)
    return run.outcome()


def search(
    instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None, stop_gain: float = 1e-6,
    trials_per_min: int = 60, price_share: float = 1.0,
) -> None:
    """Give the run a quick schedule, then the bound of near-optimal memory prices, then the best schedule they lead to.

    Without relocation, the prices are those of the instance with relocation, whose schedules include all of its own.
    Pricing takes at most `price_share` of the seconds left, so that there is time to use the prices.
    """
    pools = pool_gaps(instance if instance.relocation else instance.replace(relocation=True))
    if instance.relocation:
        quick = pack_by_density(pools) if start is None else Packing.of(pools, kept_from_schedule(pools, start))
        improve(quick, run)
    else:
        improve_chains(rented_chains(instance), run)
    if run.stop() is not None:
        return
    priced, found = price_memory(pools, run, stop_gain=stop_gain, share=price_share)
    if run.stop() is not None:
        return
    if instance.relocation:
        polish(priced, found, run, seed=seed, trials_per_min=trials_per_min)
    else:
        improve_chains(Chains.cold(instance), run, found.prices.reshape(pools.generations, -1))


def price_memory(
    pools: GapPools, run: Run, *, stop_gain: float = 1e-6, share: float = 1.0
) -> tuple[PricedPools, SmoothedResult]:
    """Return near-optimal memory prices, found in a share of the seconds left; the run is told of their bound."""
    instance, priced = pools.instance, PricedPools(pools)
    exact = instance.containers == "release"
    # The priced gaps of a persistent instance prove nothing by themselves.
    if exact:
        ascent_run = run if share == 1.0 else run.part(seconds=share * run.seconds_left)
    else:
        ascent_run = Run(Budget(
            seconds=None if run.budget.seconds is None else share * run.seconds_left,
            iterations=None if run.budget.iterations is None else int(run.iterations_left)))
    zero = np.zeros(pools.generations * pools.horizon_min)
    found = maximise_smoothed(priced.smoothed, zero, priced.stages(), ascent_run, stop_gain=stop_gain)
    if not exact:
        run.tick(ascent_run.iterations)
        run.prove(persistent_bound(instance, found.prices))
    return priced, found


def polish(priced: PricedPools, found: SmoothedResult, run: Run, *, seed: int, trials_per_min: int) -> None:
    """Round the priced plan and improve it by descent, ruin and recreate, and descent; the run is offered the best."""
    packing = round_prices(priced, found)
    improve(packing, run)
    trials = trials_per_min * priced.pools.horizon_min
    if trials and run.gap > 1e-9 and run.stop() is None:
        ruin_and_recreate(
            packing, priced.reduced_costs(found.last_prices), run, rng=np.random.default_rng(seed), trials=trials)
        improve(packing, run)


def round_prices(priced: PricedPools, found: SmoothedResult) -> Packing:
    """Return the packing rounded from the shares of the last smoothed prices."""
    shares = priced.fractions(found.last_prices, max(found.smoothness, 1e-12))
    return pack_fractions(priced.pools, shares, priced.reduced_costs(found.last_prices))
