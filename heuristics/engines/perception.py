"""Perception: one number for how much a problem has changed, each signal measured against the largest seen before."""

from collections.abc import Sequence
from math import isfinite

from ecoopt.core.errors import InputError, Problem


class Perception:
    """The running maxima of the change signals (EcoLife, Jiang et al., SC'24).

    Parameters
    ----------
    floor : float
        First maximum of every signal, > 0.
    """

    def __init__(self, floor: float = 0.1) -> None:
        self.floor = floor
        self.largest: list[float] = []

    def perceive(self, changes: Sequence[float]) -> float:
        """Return ``r = sum |change| / largest``, in which a change counts against the maximum before it.

        Parameters
        ----------
        changes : sequence of float
            One difference per signal, in the same order at each call (e.g. of carbon intensity, of gap count).

        Raises
        ------
        InputError
            For a change that is not finite, or when the number of signals is not that of the first call.
        """
        sizes = [abs(float(change)) for change in changes]
        problems = [Problem(f"changes[{k}]", f"{size} is not finite", "give a number")
                    for k, size in enumerate(sizes) if not isfinite(size)]
        if self.largest and len(sizes) != len(self.largest):
            problems.append(Problem("changes", f"{len(sizes)} signals, {len(self.largest)} before", "give as many"))
        if problems:
            raise InputError("perception", problems)
        before = self.largest or [self.floor] * len(sizes)
        self.largest = [max(size, largest) for size, largest in zip(sizes, before, strict=True)]
        return sum(size / largest for size, largest in zip(sizes, before, strict=True))
