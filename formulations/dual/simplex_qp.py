"""Simplex QP: minimise a small convex quadratic over the unit simplex by a primal active-set method."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray

_RIDGE = 1e-13
_MOST_CHANGES = 20


def simplex_qp(quadratic: FloatArray, linear: FloatArray, start: FloatArray) -> FloatArray:
    """Return the minimiser of ``x @ quadratic @ x / 2 + linear @ x`` over ``x >= 0, sum(x) = 1``.

    Each change of the support solves one system of its size, so k variables cost about k^4 operations at worst; meant
    for k <= 50. A relative ridge of 1e-13 makes the minimiser unique (Kiwiel 1986, A method for solving certain
    quadratic programming problems arising in nonsmooth optimization, for a method of this kind).

    Parameters
    ----------
    quadratic : array of float, shape (k, k)
        Positive semidefinite.
    linear : array of float, shape (k,)
        Linear term.
    start : array of float, shape (k,)
        A point of the simplex; its support is where the search begins.
    """
    k = linear.size
    size = max(float(np.trace(quadratic)) / k, float(np.abs(linear).max()), 1e-300)
    matrix = quadratic + np.eye(k) * (_RIDGE * size)
    x = start.copy()
    support = x > 0
    scale = max(size, float(np.abs(matrix).max()))
    for _ in range(_MOST_CHANGES * k):
        chosen = np.flatnonzero(support)
        wanted = _on_plane(matrix, linear, chosen)
        if (wanted >= 0).all():
            x[:] = 0.0
            x[chosen] = wanted
            slope = matrix @ x + linear
            best = int(np.argmin(np.where(support, np.inf, slope))) if not support.all() else -1
            if best < 0 or slope[best] >= slope @ x - 1e-12 * scale:
                break
            support[best] = True
        else:
            step = wanted - x[chosen]
            falling = np.flatnonzero(wanted < 0)
            ratios = x[chosen][falling] / -step[falling]
            blocking = int(ratios.argmin())
            x[chosen] += ratios[blocking] * step
            dropped = chosen[falling[blocking]]
            x[dropped] = 0.0
            support[dropped] = False
    x = np.maximum(x, 0.0)
    return np.asarray(x / x.sum())


def _on_plane(matrix: FloatArray, linear: FloatArray, chosen: IntArray) -> FloatArray:
    """Return the minimiser over ``sum(x) = 1`` with the given support, signs ignored."""
    size = chosen.size
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = matrix[np.ix_(chosen, chosen)]
    scale = max(float(np.abs(system).max()), 1e-300)
    system[size, :size] = system[:size, size] = scale
    right = np.concatenate([-linear[chosen], [scale]])
    try:
        return np.asarray(np.linalg.solve(system, right)[:size])
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(system, right, rcond=None)[0][:size])
