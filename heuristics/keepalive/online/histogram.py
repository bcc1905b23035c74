"""Azure's hybrid histogram policy: keep each function warm as long as its own idle times say."""

import numpy as np
from numba import njit

from ecoopt.heuristics.keepalive.online.expected import ExpectedCost
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Decision, PastView


class HybridHistogram(ExpectedCost):
    """The hybrid histogram policy of Shahrad et al. (Serverless in the Wild, USENIX ATC'20), without pre-warming.

    Idle times are counted in bins of one minute up to the longest keep-alive. Where a function's histogram is
    representative (the coefficient of variation of its bin counts is at least `cv`) and most idle times lie within it,
    its containers wait until the tail percentile plus a margin; otherwise for the standard time. The published policy
    also unloads a container until the head percentile; a wait cannot begin late in this problem, so only a head beyond
    the longest keep-alive makes a difference (then nothing is kept), and its ARIMA forecasts for rare functions, which
    serve pre-warming, become the standard time. Where to wait is the published policy's blind spot: it is the
    generation of least expected cost for that time. Memory is short: the lot with the least to save goes first.

    Parameters
    ----------
    tariff : Tariff
        The instance's static part.
    head, tail : float
        Percentiles of the idle times, in 0..100.
    cv : float
        Least coefficient of variation of a representative histogram.
    out_of_bounds : float
        Largest share of idle times beyond the histogram.
    margin : float
        Added share of the tail.
    standard_min : int
        Standard keep-alive.
    """

    def __init__(
        self, tariff: Tariff, head: float = 5.0, tail: float = 99.0, cv: float = 2.0, out_of_bounds: float = 0.5,
        margin: float = 0.1, standard_min: int = 10,
    ) -> None:
        super().__init__(tariff)
        self._rule = np.array([head / 100, tail / 100, cv, out_of_bounds, margin])
        self._standard_min = min(standard_min, tariff.max_keep_min)

    def decide(self, now: PastView) -> Decision:
        """Return the histogram's time and its cheapest generation. O(n (K + G))."""
        record, quote, n = self.record, now.quote, len(now.functions)
        record.note(now.minute, now.functions, now.counts)
        keep_min, expected_wait, hit = np.zeros(n, np.int64), np.zeros(n), np.zeros(n)
        _read(now.functions, record.seen, record.gaps, self._rule, self._standard_min, keep_min, expected_wait, hit)
        profile = self.tariff.profile[now.functions]
        cost = expected_wait[:, None] * quote.keep[profile] + hit[:, None] * quote.warm[profile]
        self.evaluations += cost.size
        return Decision(
            np.argmin(cost, axis=1), np.repeat(keep_min[:, None], self.tariff.generations, axis=1), now.counts)


@njit(cache=True)
def _read(functions, seen, gaps, rule, standard_min, keep_min, expected_wait, hit):  # type: ignore[no-untyped-def]
    """Fill the time to wait, the minutes expected of it and the probability of a warm start."""
    head_share, tail_share, least_cv, out_of_bounds, margin = rule
    longest = gaps.shape[1] - 2
    for i in range(len(functions)):
        own = gaps[functions[i]]
        total = seen[functions[i]] - 1
        inside = total - own[longest + 1]
        keep_min[i], expected_wait[i], hit[i] = standard_min, standard_min, 0.5
        if total == 0:
            continue
        if inside > 0 and own[longest + 1] <= out_of_bounds * total:
            mean = inside / longest
            spread = 0.0
            for g in range(1, longest + 1):
                spread += (own[g] - mean) ** 2
            if np.sqrt(spread / longest) >= least_cv * mean:
                head = tail = 0
                reached = 0
                for g in range(1, longest + 2):
                    reached += own[g]
                    if head == 0 and reached >= head_share * total:
                        head = g
                    if tail == 0 and reached >= tail_share * total:
                        tail = g
                keep_min[i] = 0 if head > longest else min(np.int64(np.ceil(tail * (1 + margin))), longest)
        hit[i], expected_wait[i] = 0.0, 0.0
        for g in range(1, longest + 2):
            if g <= keep_min[i]:
                hit[i] += own[g] / total
            expected_wait[i] += own[g] / total * min(g, keep_min[i])
