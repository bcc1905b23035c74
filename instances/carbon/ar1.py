"""AR(1): first-order autoregressive paths, by a doubling scan instead of a loop over time."""

import numpy as np

from ecoopt.core.arrays import FloatArray

_NEGLIGIBLE = 1e-30


def ar1_path(shocks: FloatArray, phi: float, before: float = 0.0) -> FloatArray:
    """Return x with x[k] = phi x[k - 1] + shocks[k] and x[-1] = `before`.

    After the pass of width w each entry holds its last 2 w shocks, so log2(n) whole-array passes suffice; entries do
    not depend on how many follow, and a longer path begins with the bytes of the shorter one.

    Parameters
    ----------
    shocks : float array [n]
        Innovations.
    phi : float
        Coefficient, 0 <= phi < 1.
    before : float
        Value before the first entry.
    """
    path = shocks.copy()
    if path.size:
        path[0] += phi * before
    width, weight = 1, phi
    while width < path.size and weight > _NEGLIGIBLE:
        path[width:] = path[width:] + weight * path[:-width]
        width, weight = 2 * width, weight * weight
    return path


def stationary_ar1(count: int, phi: float, rng: np.random.Generator) -> FloatArray:
    """Return a stationary AR(1) path of unit variance, [count]."""
    shocks = rng.standard_normal(count)
    shocks[1:] *= np.sqrt(1.0 - phi * phi)
    return ar1_path(shocks, phi)
