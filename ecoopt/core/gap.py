"""The gap between an objective and a bound, one formula everywhere."""

import math

from ecoopt.core.status import Sense

CLOSED = 1e-9
"""Gap up to which a schedule counts as proven optimal."""


def gap(objective: float | None, bound: float | None, sense: Sense = Sense.MIN) -> float:
    """Return ``|objective - bound| / max(|objective|, 1e-9)``.

    Infinite when either is missing; zero when the bound is met or, within rounding, passed.

    Parameters
    ----------
    objective, bound : float or None
        Value of a schedule, and a proven bound on every schedule.
    sense : Sense
        Direction of the objective.
    """
    if objective is None or bound is None or not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    slack = objective - bound if sense is Sense.MIN else bound - objective
    return max(slack, 0.0) / max(abs(objective), 1e-9)


def behind_best(objective: float, best_known: float, sense: Sense = Sense.MIN) -> float:
    """Return how much worse a value is than the best one known, relative to that: the gap to the best-known value.

    ``(objective - best_known) / max(|best_known|, 1e-9)`` for a family that minimises; negative for a new best. It
    says nothing of the optimum: that is what `gap` is for.

    Parameters
    ----------
    objective, best_known : float
        Values of two schedules.
    sense : Sense
        Direction of the objective.
    """
    worse = objective - best_known if sense is Sense.MIN else best_known - objective
    return worse / max(abs(best_known), 1e-9)
