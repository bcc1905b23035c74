"""EcoLife's fitness of keeping a container on a generation for a time, and its exact minimum over all choices."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.keepalive.online.recent import RecentCalls, count_gaps, note_call
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Decision, Lots, PastView, Policy


@njit(cache=True, inline="always")
def warm_probability(keep_min: int, within: IntArray, total: int, window: int) -> float:
    """Return the share of the gaps seen that a wait of `keep_min` covers; a half when none was seen."""
    return 0.5 if total == 0 else within[min(keep_min, window)] / total


@njit(cache=True, inline="always")
def fitness(keep_min: int, share: float, warm: float, cold: float, keep: float) -> float:
    """Return EcoLife's fitness (SC'24, artifact ``pso.py``): expected cost of the next call plus the whole wait.

    `share` is the probability of a warm start, `warm` and `cold` cost a call on the generation of the wait, `keep`
    costs a minute; all three are in the objective's unit, as time and carbon are weighted by the same divisors.
    """
    return share * warm + (1.0 - share) * cold + keep_min * keep


class RecencyPolicy(Policy):
    """What EcoLife's swarm and its exact rival share: the look-back window, and lots ranked by value density."""

    def __init__(self, tariff: Tariff, window_min: int) -> None:
        self.tariff = tariff
        self.recent = RecentCalls(tariff.functions, window_min)

    def learn(self, minute: int, functions: IntArray, counts: IntArray) -> None:
        """Remember calls before the horizon."""
        self.recent.note(minute, functions)

    def priority(self, now: PastView, lots: Lots) -> FloatArray:
        """Return the saving of a warm start times its probability, per GB (``adjust_pool`` of the artifact)."""
        saving = now.quote.saving_share[self.tariff.profile[lots.functions], lots.generation]
        worth: FloatArray = self.recent.warm_share(now.minute, lots) * saving / self.tariff.memory_gb[lots.functions]
        return worth


class ExactFitness(RecencyPolicy):
    """EcoLife with every choice of generation and time enumerated instead of a swarm.

    Only no wait and waits as long as a gap in the window can be best: between them the fitness only grows. Of equal
    values the lowest generation, then the shortest wait wins. O(n (window + G gaps)) per minute.
    """

    def __init__(self, tariff: Tariff, window_min: int = 20) -> None:
        super().__init__(tariff, window_min)
        # Shortest time on the menu that covers each gap, -1 where none does.
        at = np.searchsorted(tariff.menu_min, np.arange(window_min + 1))
        longest = len(tariff.menu_min) - 1
        self._covering = np.where(at <= longest, tariff.menu_min[np.minimum(at, longest)], -1)

    def decide(self, now: PastView) -> Decision:
        """Return the minimiser of the fitness for each function called."""
        n, quote = len(now.functions), now.quote
        generation, keep_min = np.empty(n, np.int64), np.zeros((n, self.tariff.generations), np.int64)
        self.evaluations += _minimise(
            now.minute, now.functions, self.recent.last, self.recent.mask, self.recent.window_min, self._covering,
            self.tariff.profile, quote.warm, quote.cold, quote.keep, generation, keep_min)
        return Decision(generation, keep_min, now.counts)


@njit(cache=True)
def _minimise(  # type: ignore[no-untyped-def]
    minute, functions, last, mask, window, covering, profile, warm, cold, keep, generation, keep_min,
):
    within = np.empty(window + 1, np.int64)
    evaluations = 0
    for i in range(len(functions)):
        f = functions[i]
        p = profile[f]
        total = count_gaps(mask[f], minute - last[f], window, within)
        best = np.inf
        for s in range(warm.shape[1]):
            own = fitness(0, warm_probability(0, within, total, window), warm[p, s], cold[p, s], keep[p, s])
            evaluations += 1
            for g in range(1, window + 1):
                if within[g] == within[g - 1] or covering[g] < 0:
                    continue
                k = covering[g]
                value = fitness(k, warm_probability(k, within, total, window), warm[p, s], cold[p, s], keep[p, s])
                evaluations += 1
                if value < own:
                    own = value
                    keep_min[i, s] = k
            if own < best:
                best = own
                generation[i] = s
        note_call(f, minute, last, mask, window)
    return evaluations
