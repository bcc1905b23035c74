"""From amounts to violations: every place that breaks a rule, or the worst hundred and how many more there are."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.score import Violation

MOST_PER_RULE = 100
"""Violations of one rule that are told one by one."""


def broken(what: str, unit: str, by: ArrayLike, where: Callable[[int], str]) -> list[Violation]:
    """Return the violations of one rule, in order of place.

    Parameters
    ----------
    what, unit : str
        The rule, and the unit of its amounts.
    by : float array [n]
        By how much each place breaks it; places with 0 or less keep it.
    where : callable
        Names place i for people.

    Returns
    -------
    list of Violation
        All of them when there are at most `MOST_PER_RULE`; else the worst ones, and a last one that counts the others
        and has the worst amount among them.
    """
    amounts = np.asarray(by, dtype=np.float64)
    places = np.flatnonzero(amounts > 0)
    worst = places[np.argsort(-amounts[places], kind="stable")]
    told = [Violation(what=what, where=where(int(i)), by=float(amounts[i]), unit=unit)
            for i in np.sort(worst[:MOST_PER_RULE])]
    rest = worst[MOST_PER_RULE:]
    if rest.size:
        told.append(Violation(what=what, where=f"{rest.size} more places", by=float(amounts[rest[0]]), unit=unit))
    return told
