"""EcoLife's dynamic particle swarms: one small swarm per function, thousands of them moved by one compiled loop."""

import numpy as np
from numba import njit

from ecoopt.core.errors import InputError
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.keepalive.online.fitness import RecencyPolicy, fitness, warm_probability
from ecoopt.heuristics.keepalive.online.recent import count_gaps, note_call
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Decision, PastView

GENERATION, TIME = 0, 1


class Swarms(RecencyPolicy):
    """A dynamic swarm per function, created at its first call and moved once at every call.

    A particle is a generation and an index into the menu, both whole numbers. The published order of events: perceive
    the change of intensity and of the number of gaps in the window, respond, move every particle once, keep the better
    of old and new bests under the *present* fitness, use the swarm's best. Differences from the artifact: the swarm's
    best is a copy (there it is a view that moves with a particle), and every swarm draws from a stream of its own
    (splitmix64), so the outcome does not depend on the order of functions.

    Parameters
    ----------
    tariff : Tariff
        The instance's static part.
    settings : PsoSettings
        Size and dynamics; `PsoSettings.published` follows the artifact.
    window_min : int
        Look-back window.
    seed : int
        Of all streams.

    Raises
    ------
    InputError
        For settings without re-evaluation: the fitness changes at every call.
    """

    def __init__(self, tariff: Tariff, settings: PsoSettings, window_min: int = 20, seed: int = 0) -> None:
        super().__init__(tariff, window_min)
        if not settings.reevaluate:
            raise InputError.one("swarm settings", "reevaluate", "false, but the fitness changes at every call",
                                 "leave it true")
        swarms = tariff.functions
        shape = (swarms, settings.swarm_size, 2)
        self._limits = np.array([tariff.generations - 1, len(tariff.menu_min) - 1], np.int64)
        self._position = np.zeros(shape, np.int32)
        self._velocity = np.zeros(shape)
        self._own_best = np.zeros(shape, np.int32)
        self._best = np.zeros((swarms, 2), np.int32)
        self._born = np.zeros(swarms, np.bool_)
        self._stream = np.random.default_rng(seed).integers(0, 2**64, swarms, dtype=np.uint64, endpoint=False)
        # Per swarm: intensity and gaps at its last call, and the largest changes of both so far.
        self._sense = np.full((swarms, 4), settings.change_floor)
        self._tuning = np.array([
            settings.inertia_min, settings.inertia_max, settings.pull_min, settings.pull_max,
            np.inf if settings.velocity_limit is None else settings.velocity_limit])
        self._scattered = int(settings.scattered_share * settings.swarm_size)
        self._habits = np.array([
            settings.scattered == "random", settings.rounding == "nearest", settings.velocities == "redrawn",
            settings.draws == "dimension"])

    def decide(self, now: PastView) -> Decision:
        """Move the swarm of each function called and return its best. O(n (window + particles))."""
        n, quote = len(now.functions), now.quote
        generation, keep_min = np.empty(n, np.int64), np.zeros((n, self.tariff.generations), np.int64)
        self.evaluations += _move_swarms(
            now.minute, now.intensity_g_per_kwh, now.functions, self.recent.last, self.recent.mask,
            self.recent.window_min, self.tariff.profile, quote.warm, quote.cold, quote.keep, self.tariff.menu_min,
            self._limits, self._tuning, self._scattered, self._habits, self._position, self._velocity, self._own_best,
            self._best, self._born, self._stream, self._sense, generation, keep_min)
        return Decision(generation, keep_min, now.counts)


@njit(cache=True)
def _uniform(stream, f):  # type: ignore[no-untyped-def]
    """Return the next number in [0, 1) of a splitmix64 stream."""
    stream[f] += np.uint64(0x9E3779B97F4A7C15)
    z = stream[f]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.float64(z >> np.uint64(11)) * 1.1102230246251565e-16


@njit(cache=True, inline="always")
def _clip(value, low, high):  # type: ignore[no-untyped-def]
    return min(max(value, low), high)


@njit(cache=True)
def _value(place, p, within, total, window, warm, cold, keep, menu):  # type: ignore[no-untyped-def]
    s, k = place[GENERATION], menu[place[TIME]]
    return fitness(k, warm_probability(k, within, total, window), warm[p, s], cold[p, s], keep[p, s])


@njit(cache=True)
def _scatter(place, limits, stream, f):  # type: ignore[no-untyped-def]
    for axis in range(2):
        place[axis] = np.int32(_uniform(stream, f) * (limits[axis] + 1))


@njit(cache=True)
def _throw(v, stream, f):  # type: ignore[no-untyped-def]
    for a in range(v.shape[0]):
        v[a, 0], v[a, 1] = _uniform(stream, f), _uniform(stream, f)


@njit(cache=True)
def _respond(x, number, random, order, limits, stream, f):  # type: ignore[no-untyped-def]
    """Put `number` particles at uniform places, random ones or the first; their own bests stay."""
    for a in range(number):
        if random:
            b = a + np.int64(_uniform(stream, f) * (len(order) - a))
            order[a], order[b] = order[b], order[a]
        _scatter(x[order[a] if random else a], limits, stream, f)


@njit(cache=True)
def _advance(  # type: ignore[no-untyped-def]
    x, v, own, top, inertia, pull, velocity_limit, limits, nearest, per_dimension, stream, f,
):
    """Move one particle."""
    to_own, to_top = pull * _uniform(stream, f), pull * _uniform(stream, f)
    for axis in range(2):
        if per_dimension and axis > 0:
            to_own, to_top = pull * _uniform(stream, f), pull * _uniform(stream, f)
        speed = inertia * v[axis] + to_own * (own[axis] - x[axis]) + to_top * (top[axis] - x[axis])
        fastest = velocity_limit * limits[axis] if limits[axis] > 0 else np.inf
        v[axis] = _clip(speed, -fastest, fastest)
        place = x[axis] + v[axis]
        x[axis] = np.int32(_clip(np.floor(place + 0.5) if nearest else np.trunc(place), 0.0, float(limits[axis])))


@njit(cache=True)
def _move_swarms(  # type: ignore[no-untyped-def]
    minute, intensity, functions, last, mask, window, profile, warm, cold, keep, menu, limits, tuning,
    scattered, habits, position, velocity, own_best, best, born, stream, sense, generation, keep_min,
):
    particles = position.shape[1]
    inertia_min, inertia_max, pull_min, pull_max, velocity_limit = tuning
    random, nearest, redrawn, per_dimension = habits
    within, order = np.empty(window + 1, np.int64), np.arange(particles)
    evaluations = 0
    for i in range(len(functions)):
        f = functions[i]
        p = profile[f]
        total = count_gaps(mask[f], minute - last[f], window, within)
        x, v, own, top = position[f], velocity[f], own_best[f], best[f]
        if not born[f]:
            born[f] = True
            sense[f, 0], sense[f, 1] = intensity, total
            lowest = np.inf
            for a in range(particles):
                _scatter(x[a], limits, stream, f)
                own[a] = x[a]
                value = _value(x[a], p, within, total, window, warm, cold, keep, menu)
                if value < lowest:
                    lowest = value
                    top[:] = x[a]
            _throw(v, stream, f)
            evaluations += particles

        moved_intensity, moved_gaps = abs(intensity - sense[f, 0]), abs(total - sense[f, 1])
        change = moved_intensity / sense[f, 2] + moved_gaps / sense[f, 3]
        inertia = _clip(inertia_max * change, inertia_min, inertia_max)
        pull = _clip(pull_max * (1.0 - change), pull_min, pull_max)
        if change > 0:
            _respond(x, scattered, random, order, limits, stream, f)
        if redrawn:
            _throw(v, stream, f)
        top_value = _value(top, p, within, total, window, warm, cold, keep, menu)
        for a in range(particles):
            own_value = _value(own[a], p, within, total, window, warm, cold, keep, menu)
            _advance(x[a], v[a], own[a], top, inertia, pull, velocity_limit, limits, nearest, per_dimension, stream, f)
            value = _value(x[a], p, within, total, window, warm, cold, keep, menu)
            if value < own_value:
                own[a] = x[a]
            if value < top_value:
                top_value = value
                top[:] = x[a]
        evaluations += 1 + 2 * particles
        sense[f, 0], sense[f, 1] = intensity, total
        sense[f, 2], sense[f, 3] = max(sense[f, 2], moved_intensity), max(sense[f, 3], moved_gaps)
        generation[i] = top[GENERATION]
        keep_min[i, :] = menu[top[TIME]]
        note_call(f, minute, last, mask, window)
    return evaluations
