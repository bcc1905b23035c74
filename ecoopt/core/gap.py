"""The gap between an objective and a bound, one formula everywhere."""

import math

from ecoopt.core.status import Sense


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
