"""How often a request waits in a queue of several servers: Erlang's C formula."""

import numpy as np

from ecoopt.core.arrays import FloatArray


def waits_longer(servers: FloatArray, load: FloatArray, services: float) -> FloatArray:
    """Return the probability of waiting longer than some mean times of service, as `servers`.

    ``C(n, a) exp(-(n - a) w)`` of a queue M/M/n with offered load a (Erlang, 1917); 1 where the load is not below the
    servers. O(size x largest n).

    Parameters
    ----------
    servers, load : float arrays
        Servers, whole numbers, and offered load in servers.
    services : float
        w, the wait in mean times of service.
    """
    blocked = np.ones(servers.shape)
    for n in range(1, int(servers.max(initial=0)) + 1):
        blocked = np.where(n <= servers, load * blocked / (n + load * blocked), blocked)
    spare = servers - load
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        waits = servers * blocked / (servers - load * (1 - blocked)) * np.exp(-spare * services)
    return np.where(spare > 0, waits, 1.0)
