"""The compiled loops of a particle swarm: move, scatter and remember, each in place and without allocation.

Moves draw from one xorshift64 generator per dimension (Marsaglia, Journal of Statistical Software 8(14), 2003), so that
the loop over the dimensions vectorises; the upper and lower half of a word are its two uniform numbers. All else draws
from one SplitMix64 stream (Steele, Lea and Flood, OOPSLA 2014).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray

WordArray = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_HALF_WORD = np.uint64(0xFFFFFFFF)
_TO_UNIT_32 = 2.0**-32
_TO_UNIT_53 = 2.0**-53


@njit(cache=True)
def _unit(stream: WordArray) -> float:  # pragma: no cover
    """Return the next uniform number in [0, 1) of SplitMix64 and advance the stream."""
    stream[0] += _STEP
    word = stream[0]
    word = (word ^ (word >> np.uint64(30))) * _FIRST
    word = (word ^ (word >> np.uint64(27))) * _SECOND
    word = word ^ (word >> np.uint64(31))
    return np.float64(word >> np.uint64(11)) * _TO_UNIT_53


@njit(cache=True)
def _draw(kicks: FloatArray, lanes: WordArray, own_pull: float, swarm_pull: float) -> None:  # pragma: no cover
    """Fill ``kicks[0]`` with c1 u1 and ``kicks[1]`` with c2 u2, each lane giving both for its dimension."""
    own, swarm = own_pull * _TO_UNIT_32, swarm_pull * _TO_UNIT_32
    for j in range(len(lanes)):
        word = lanes[j]
        word ^= word << np.uint64(13)
        word ^= word >> np.uint64(7)
        word ^= word << np.uint64(17)
        lanes[j] = word
        kicks[0, j] = own * np.float64(np.int64(word >> np.uint64(32)))
        kicks[1, j] = swarm * np.float64(np.int64(word & _HALF_WORD))


@njit(cache=True, error_model="numpy")
def move(
    positions: FloatArray, velocities: FloatArray, memory: FloatArray, best: FloatArray,
    lower: FloatArray, upper: FloatArray, integer: NDArray[np.bool_], speed_limit: FloatArray, shift: float,
    inertia: float, own_pull: float, swarm_pull: float, per_particle: bool,
    kicks: FloatArray, lanes: WordArray, stream: WordArray,
) -> None:  # pragma: no cover
    """Move every particle once; O(P D).

    ``v <- w v + c1 u1 (p_best - x) + c2 u2 (g_best - x)``, clamped; ``x <- x + v``, in integer dimensions brought to
    ``floor(x + shift)``, then kept within the bounds. A component that a bound stops loses its velocity.

    Parameters
    ----------
    positions, velocities, memory : float array [P, D]
        State, changed in place, and each particle's best position.
    best : float array [D]
        Best position of the swarm.
    lower, upper, integer, speed_limit : array [D]
        Bounds, mask of integer dimensions, largest absolute velocity.
    shift : float
        0.5 rounds to the nearest whole number, 0 truncates towards the lower bound.
    inertia, own_pull, swarm_pull : float
        w, c1 and c2.
    per_particle : bool
        Whether u1 and u2 are drawn once per particle rather than once per dimension.
    kicks : float array [2, D]
        Room for the random factors.
    lanes : uint64 array [D]
        Nonzero states of the generators of the dimensions, advanced.
    stream : uint64 array [1]
        State of the stream from which the factors per particle are drawn, advanced.
    """
    for i in range(len(positions)):
        at, velocity, own_best = positions[i], velocities[i], memory[i]
        if per_particle:
            kicks[0, :] = own_pull * _unit(stream)
            kicks[1, :] = swarm_pull * _unit(stream)
        else:
            _draw(kicks, lanes, own_pull, swarm_pull)
        own, swarm = kicks[0], kicks[1]
        # two short loops rather than one long one: with fewer arrays in each, both are compiled to vector instructions
        for j in range(len(at)):
            wanted = inertia * velocity[j] + own[j] * (own_best[j] - at[j]) + swarm[j] * (best[j] - at[j])
            velocity[j] = min(max(wanted, -speed_limit[j]), speed_limit[j])
        for j in range(len(at)):
            to = at[j] + velocity[j]
            whole = np.floor(to + shift)
            to = whole if integer[j] else to
            inside = min(max(to, lower[j]), upper[j])
            velocity[j] = velocity[j] if inside == to else 0.0
            at[j] = inside


@njit(cache=True, error_model="numpy")
def scatter(
    positions: FloatArray, count: int, order: NDArray[np.int64], shuffled: bool,
    lower: FloatArray, upper: FloatArray, integer: NDArray[np.bool_], stream: WordArray,
) -> None:  # pragma: no cover
    """Put `count` particles at uniform positions; O(count D).

    Parameters
    ----------
    positions : float array [P, D]
        Changed in place.
    count : int
        Number of particles to move.
    order : int array [P]
        A permutation of the particles; the first `count` of it are moved.
    shuffled : bool
        Whether a random choice is brought to the front of `order` first (partial Fisher-Yates shuffle).
    lower, upper, integer : array [D]
        The search space.
    stream : uint64 array [1]
        State of the random stream, advanced.
    """
    particles, dimensions = positions.shape
    for k in range(count):
        if shuffled:
            other = k + int(_unit(stream) * (particles - k))
            order[k], order[other] = order[other], order[k]
        i = order[k]
        for j in range(dimensions):
            span = upper[j] - lower[j]
            if integer[j]:
                positions[i, j] = min(lower[j] + np.floor(_unit(stream) * (span + 1.0)), upper[j])
            else:
                positions[i, j] = min(lower[j] + _unit(stream) * span, upper[j])


@njit(cache=True)
def redraw(velocities: FloatArray, stream: WordArray) -> None:  # pragma: no cover
    """Draw every velocity uniformly from [0, 1); O(P D)."""
    for i in range(velocities.shape[0]):
        for j in range(velocities.shape[1]):
            velocities[i, j] = _unit(stream)


@njit(cache=True)
def remember(
    values: FloatArray, positions: FloatArray, memory: FloatArray, memory_values: FloatArray,
    best: FloatArray, best_value: FloatArray,
) -> bool:  # pragma: no cover
    """Update the particles' bests and the swarm's best, by copy; O(P D) at worst.

    Parameters
    ----------
    values : float array [K]
        Values of the first K positions.
    positions, memory : float array [P, D]
        Where the particles are, and their best positions, changed in place.
    memory_values : float array [P]
        Values of `memory`, changed in place.
    best, best_value : float array [D], float array [1]
        The swarm's best, changed in place.

    Returns
    -------
    bool
        Whether the swarm's best improved.
    """
    improved = False
    for i in range(len(values)):
        value = values[i]
        if value < memory_values[i]:
            memory_values[i] = value
            memory[i] = positions[i]
        if value < best_value[0]:
            best_value[0] = value
            best[:] = positions[i]
            improved = True
    return improved


@njit(cache=True)
def first_nan(values: FloatArray) -> int:  # pragma: no cover
    """Return the index of the first entry that is not a number, -1 without one; O(K)."""
    for i in range(len(values)):
        if values[i] != values[i]:
            return i
    return -1
