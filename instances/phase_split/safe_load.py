"""Safe load: the most work that so many machines take on, by utilisation and by how seldom requests wait."""

import numpy as np
from scipy.special import gammaincc, gammaln

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.phase_split.parts import WaitRule

_HALVINGS = 60


def safe_load(utilisation: float, wait: WaitRule | None, machines: int) -> FloatArray:
    """Return the safe load of 0, 1, ... machines, in machines, float array [machines + 1].

    ``rho n``, or what Erlang's formula allows where that is less: the largest a below n for which
    ``C(n, a) exp(-(n - a) w)`` is at most the rule's probability, by bisection. More machines together take on more
    each: that is what makes the formula's part convex.

    Parameters
    ----------
    utilisation : float
        rho.
    wait : WaitRule, optional
        Probability and w.
    machines : int
        How far the table goes.
    """
    n = np.arange(machines + 1, dtype=np.float64)
    if wait is None:
        return utilisation * n
    low, high = np.zeros(machines + 1), n.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _waits(n, middle, wait.services) <= wait.probability
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return np.minimum(utilisation * n, low * (1 - 1e-12))


def _waits(n: FloatArray, load: FloatArray, services: float) -> FloatArray:
    """Return Erlang's C times the decay; the blocking of M/M/n/n is a Poisson probability over its distribution's."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_poisson = n * np.log(load) - load - gammaln(n + 1)
        blocked = np.exp(log_poisson) / gammaincc(n + 1, load)
        waits = n * blocked / (n - load * (1 - blocked)) * np.exp(-(n - load) * services)
    return np.where((load > 0) & (load < n), waits, np.where(load > 0, 1.0, 0.0))
