"""The platforms' default: keep every container for the same time on the same generation."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Decision, Lots, PastView, Policy


class FixedTime(Policy):
    """Keep for `minutes` on one generation; when memory runs short, what was called longest ago goes first.

    Parameters
    ----------
    tariff : Tariff
        The instance's static part.
    minutes : int
        Keep-alive time, on the menu or not, 0 for none.
    generation : int
        Where.
    """

    def __init__(self, tariff: Tariff, minutes: int, generation: int) -> None:
        self._generations, self._minutes, self._generation = tariff.generations, minutes, generation

    def decide(self, now: PastView) -> Decision:
        """Return the same for all."""
        n = len(now.functions)
        minutes = np.full((n, self._generations), self._minutes, np.int64)
        return Decision(np.full(n, self._generation, np.int64), minutes, now.counts)

    def priority(self, now: PastView, lots: Lots) -> FloatArray:
        """Return minus the age: the least recently used container is evicted first."""
        return -lots.age_min.astype(float)
