"""Keep-alive by expected cost: every generation and time enumerated against the gaps seen so far."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.keepalive.online.record import CallRecord, expected_served, gap_probability
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Decision, Lots, PastView, Policy


class ExpectedCost(Policy):
    """Minimise the expected cost of the wait and of the next call, over generations and times on the menu.

    With q the distribution of the function's gaps, waiting up to k minutes on generation s costs, per container,
    ``sum_{g <= k} q_g (warm_s + g keep_s) + (1 - Q(k)) (cold + k keep_s)``, where ``cold`` is the cheapest cold start.
    Unlike EcoLife's fitness this pays for the expected wait only, knows rare functions from all their past and lets a
    cold start run where it is best.

    Optionally it decides how many containers to keep: the y-th is worth the same times the share of the latest calls
    that had at least y, so the best number is a quantile of the calls' sizes (newsvendor).

    Parameters
    ----------
    tariff : Tariff
        The instance's static part.
    prior : float
        Weight, in gaps, of everybody's gaps for a function with few of its own.
    choose_containers : bool
        Whether to decide the number; otherwise all that executed are kept.
    """

    offers_to_full_pools = True

    def __init__(self, tariff: Tariff, prior: float = 1.0, choose_containers: bool = False) -> None:
        self.tariff = tariff
        self.prior = prior
        self.choose_containers = choose_containers
        self.record = CallRecord(tariff)
        self.price: FloatArray = np.zeros(tariff.generations)

    def learn(self, minute: int, functions: IntArray, counts: IntArray) -> None:
        """Remember calls before the horizon."""
        self.record.note(minute, functions, counts)

    def decide(self, now: PastView) -> Decision:
        """Return the choice of least expected cost, memory paid for at `price`. O(n G K)."""
        record, quote, n = self.record, now.quote, len(now.functions)
        record.note(now.minute, now.functions, now.counts)
        generation, keep_min = np.zeros(n, np.int64), np.zeros((n, self.tariff.generations), np.int64)
        containers = np.zeros(n, np.int64)
        self.evaluations += _minimise(
            now.functions, now.counts, now.supply, record.seen, record.gaps, record.all_gaps, record.counts, self.prior,
            self.tariff.profile, self.tariff.memory_gb, self.tariff.menu_min, quote.warm, quote.cold, quote.cold_at,
            quote.keep, self.price, self.choose_containers, generation, keep_min, containers)
        return Decision(generation, keep_min, containers)

    def priority(self, now: PastView, lots: Lots) -> FloatArray:
        """Return what going on waiting is expected to save per GB and minute, given the wait so far."""
        record, quote = self.record, now.quote
        worth: FloatArray = _worth(
            lots.functions, lots.containers, lots.age_min, lots.remaining_min, lots.generation, record.seen,
            record.gaps, record.all_gaps, record.counts, self.prior, self.tariff.profile,
            self.tariff.memory_gb, quote.warm, quote.cold, quote.cold_at, quote.keep, self.choose_containers)
        return worth


@njit(cache=True)
def _minimise(  # type: ignore[no-untyped-def]
    functions, counts, supply, seen, gaps, all_gaps, latest, prior, profile, memory_gb, menu, warm, cold,
    cold_at, keep, price, choose_containers, generation, keep_min, containers,
):
    everyone, evaluations = all_gaps.sum(), 0
    for i in range(len(functions)):
        f = functions[i]
        p, observed = profile[f], seen[f] - 1
        if observed == 0 and (everyone == 0 or prior == 0):
            continue
        valid = min(seen[f], latest.shape[1])
        cheapest_cold, best = cold[p, cold_at[p]], 0.0
        for s in range(warm.shape[1]):
            minute_cost, saving = keep[p, s] + price[s] * memory_gb[f], cheapest_cold - warm[p, s]
            own, covered, hit, wait = 0.0, 0, 0.0, 0.0
            for m in range(1, len(menu)):
                while covered < menu[m]:
                    covered += 1
                    q = gap_probability(f, covered, gaps, all_gaps, observed, everyone, prior)
                    hit += q
                    wait += q * covered
                evaluations += 1
                cost, gain = (wait + (1.0 - hit) * menu[m]) * minute_cost, hit * saving
                if cost >= gain:
                    continue
                number = supply[i, s] if choose_containers else counts[i]
                value = number * (cost - gain)
                if choose_containers:
                    # The y-th container pays while more than cost / gain of the latest calls had at least y.
                    beaten = min(int(valid * (cost / gain)), valid - 1)
                    number = min(number, latest[f, valid - 1 - beaten])
                    value = number * cost - gain * expected_served(f, number, latest, valid)
                if value < own:
                    own = value
                    keep_min[i, s] = menu[m]
                    if value < best:
                        best = value
                        generation[i] = s
                        containers[i] = number
    return evaluations


@njit(cache=True)
def _worth(  # type: ignore[no-untyped-def]
    functions, containers, age, remaining, s, seen, gaps, all_gaps, latest, prior, profile, memory_gb, warm,
    cold, cold_at, keep, choose_containers,
):
    everyone, beyond = all_gaps.sum(), gaps.shape[1] - 1
    worth = np.zeros(len(functions))
    for i in range(len(functions)):
        f = functions[i]
        p, observed = profile[f], seen[f] - 1
        if observed == 0 and (everyone == 0 or prior == 0):
            continue
        alive, hit, wait = 0.0, 0.0, 0.0
        for gap in range(age[i] + 1, beyond + 1):
            q = gap_probability(f, gap, gaps, all_gaps, observed, everyone, prior)
            alive += q
            if gap <= age[i] + remaining[i] and gap < beyond:
                hit += q
            wait += q * min(gap - age[i], remaining[i])
        if alive <= 0.0 or wait <= 0.0:
            continue
        saving = cold[p, cold_at[p]] - warm[p, s]
        if choose_containers:
            saving *= expected_served(f, containers[i], latest, min(seen[f], latest.shape[1])) / containers[i]
        worth[i] = (hit * saving / wait - keep[p, s]) / memory_gb[f]
    return worth
