"""Limits: how long a run may take as seen from outside, when nobody has said it."""

from ecoopt.core.budget import Budget

FACTOR, GRACE_S = 2.0, 60.0

LOAD_S = 1800.0
"""Wall seconds that an instance may take to be generated or read, and a process to be started."""

WARM_UP_S = 60.0
"""Wall seconds that the first, untimed run of a method may take."""

STOP_S = 30.0
"""Wall seconds that a run has to return its best once it is asked to stop."""


def wall_limit_s(budget: Budget) -> float | None:
    """Return the wall seconds after which a run is stopped from outside; None without a limit on its seconds.

    Twice the seconds it may spend and a minute: a model is built, a schedule judged in that time.
    """
    return None if budget.seconds is None else FACTOR * budget.seconds + GRACE_S
