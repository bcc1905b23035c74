"""Swarm: a particle swarm asked for positions and told their values, that lives on while its objective changes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.heuristics.engines import swarm_kernels as kernels
from ecoopt.heuristics.engines.perception import Perception
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.engines.search_space import SearchSpace


class Swarm:
    """P particles in D dimensions that minimise (extended PSO of EcoLife, Jiang et al., SC'24).

    The first `ask` gives the initial positions, each later one moves the swarm once. The update is synchronous: all
    particles move towards the bests known before the move. After `perceive`, the next `ask` also returns the
    remembered bests, so that old and new positions are compared under the same objective.

    Time O(P D) per iteration, memory O(P D), nothing allocated per iteration.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    rng : numpy.random.Generator
        Source of the swarm's own stream; drawn from at construction only.
    settings : PsoSettings, optional
        How it moves.
    start : array_like [K, D] or [D], optional
        Initial positions of the first K <= P particles; the others are uniform.

    Raises
    ------
    InputError
        For start positions that are too many, of the wrong shape, or outside the space.
    """

    def __init__(
        self, space: SearchSpace, rng: np.random.Generator, settings: PsoSettings | None = None,
        start: ArrayLike | None = None,
    ) -> None:
        self.space = space
        self.settings = settings or PsoSettings()
        self.iterations = 0
        particles = self.settings.swarm_size
        self._stream = rng.integers(0, 2**64, size=1, dtype=np.uint64)
        self._lanes = rng.integers(1, 2**64, size=space.dimensions, dtype=np.uint64)
        self._kicks = np.empty((2, space.dimensions))
        self._buffer = np.empty((2 * particles, space.dimensions))
        self._positions, self._memory = self._buffer[:particles], self._buffer[particles:]
        self._positions[:] = space.sample(rng, particles)
        if start is not None:
            given = _checked_start(start, space, particles)
            self._positions[:len(given)] = given
        self._memory[:] = self._positions
        self._velocities = (space.sample(rng, particles) - self._positions) / 2.0
        if self.settings.velocities == "redrawn":
            kernels.redraw(self._velocities, self._stream)
        self._memory_values = np.full(particles, np.inf)
        self._best: FloatArray = self._positions[0].copy()
        self._best_value = np.full(1, np.inf)
        self._order = np.arange(particles)
        limit = self.settings.velocity_limit
        self._speed_limit = np.full(space.dimensions, np.inf) if limit is None else space.span * limit
        self._shift = 0.5 if self.settings.rounding == "nearest" else 0.0
        self._perception = Perception(self.settings.change_floor)
        self._adapt(0.0)
        self._stale = False
        self._asked: int | None = None
        self._shown = self._buffer.view()
        self._shown.setflags(write=False)

    @property
    def best_position(self) -> FloatArray:
        """Best position known, a copy, float array [D]; the first initial position before the first `tell`."""
        return self._best.copy()

    @property
    def best_value(self) -> float:
        """Value of the best position under the objective last told; infinite before the first `tell`."""
        return float(self._best_value[0])

    @property
    def positions(self) -> FloatArray:
        """Where the particles are now, a copy, float array [P, D]."""
        return self._positions.copy()

    @property
    def velocities(self) -> FloatArray:
        """Velocities of now, a copy, float array [P, D]."""
        return self._velocities.copy()

    @property
    def memory(self) -> FloatArray:
        """Best position of each particle, a copy, float array [P, D]."""
        return self._memory.copy()

    def perceive(self, changes: Sequence[float]) -> float:
        """Take note that the problem may have changed, adapt to how much, and return the perceived change r.

        Sets inertia and pulls for the moves that follow. When r > 0, scatters a share of the swarm. The remembered
        bests are evaluated again at the next `ask` whatever r is, unless the settings say otherwise.

        Parameters
        ----------
        changes : sequence of float
            Difference of each signal since the call before; see `Perception.perceive`.

        Returns
        -------
        float
            r >= 0.

        Raises
        ------
        RuntimeError
            When the values of the positions asked for were not told yet.
        """
        if self._asked is not None:
            raise RuntimeError("tell the values of the last positions before perceiving a change")
        r = self._perception.perceive(changes)
        self._adapt(r)
        if self.iterations:
            self._stale |= self.settings.reevaluate
            if r > 0:
                self.scatter()
        if self.settings.velocities == "redrawn":
            kernels.redraw(self._velocities, self._stream)
        return r

    def scatter(self) -> None:
        """Put the share of the swarm given by the settings at uniform positions, personal bests kept."""
        count = int(self.settings.scattered_share * len(self._positions))
        kernels.scatter(self._positions, count, self._order, self.settings.scattered == "random",
                        self.space.lower, self.space.upper, self.space.integer, self._stream)

    def ask(self, rows: int | None = None) -> FloatArray:
        """Move the swarm and return the positions to evaluate.

        Parameters
        ----------
        rows : int, optional
            Evaluate only the first so many particles this time, for a budget that ends within the swarm; refused
            while the remembered bests are to be evaluated again.

        Returns
        -------
        float array [P, D] or [2 P, D] or [rows, D]
            The particles; after `perceive`, followed by their remembered bests. A read-only view that is valid until
            the next `perceive` or `ask`.

        Raises
        ------
        RuntimeError
            When the values of the positions asked for before were never told, or `rows` cannot be had.
        """
        if self._asked is not None:
            raise RuntimeError("tell the values of the last positions before asking for new ones")
        particles = len(self._positions)
        if rows is not None and (self._stale or not 1 <= rows <= particles):
            raise RuntimeError(f"cannot ask for {rows} of {particles} particles now")
        if self.iterations:
            kernels.move(
                self._positions, self._velocities, self._memory, self._best, self.space.lower, self.space.upper,
                self.space.integer, self._speed_limit, self._shift, self.inertia, self.pull, self.pull,
                self.settings.draws == "particle", self._kicks, self._lanes, self._stream)
        self._asked = rows or (2 * particles if self._stale else particles)
        return self._shown[:self._asked]

    def tell(self, values: ArrayLike) -> bool:
        """Take the values of the positions asked for and return whether the best improved.

        Parameters
        ----------
        values : array_like [rows asked for]
            Smaller is better; infinite where a position cannot be used.

        Returns
        -------
        bool
            Whether the best is better than the best before, both under the objective of now.

        Raises
        ------
        InputError
            For the wrong number of values, or one that is not a number.
        RuntimeError
            When nothing was asked.
        """
        if self._asked is None:
            raise RuntimeError("ask for positions before telling their values")
        told = np.ascontiguousarray(values, dtype=np.float64)
        if told.shape != (self._asked,):
            raise InputError.one("objective", "values", f"shape {told.shape}, expected ({self._asked},)",
                                 "return one value per position")
        if (row := kernels.first_nan(told)) >= 0:
            raise InputError.one("objective", f"values[{row}]", "is not a number",
                                 "return inf for a position that cannot be used")
        if self._stale:
            particles = len(self._positions)
            self._revalue(told[particles:])
            told = told[:particles]
        improved = kernels.remember(
            told, self._positions, self._memory, self._memory_values, self._best, self._best_value)
        self._stale, self._asked = False, None
        self.iterations += 1
        return bool(improved)

    def _adapt(self, r: float) -> None:
        """Set inertia and pulls for the perceived change r."""
        s = self.settings
        self.inertia = min(max(s.inertia_max * r, s.inertia_min), s.inertia_max)
        self.pull = min(max(s.pull_max * (1.0 - r), s.pull_min), s.pull_max)

    def _revalue(self, values: FloatArray) -> None:
        """Replace the values of the remembered bests; the swarm's best is always among them, so it is found anew."""
        self._memory_values[:] = values
        holder = int(values.argmin())
        self._best[:] = self._memory[holder]
        self._best_value[0] = values[holder]


def _checked_start(start: ArrayLike, space: SearchSpace, particles: int) -> FloatArray:
    """Return the start positions as a matrix, or raise with every problem."""
    given = np.atleast_2d(np.asarray(start, dtype=np.float64))
    if given.ndim != 2 or given.shape[1] != space.dimensions:
        raise InputError.one("start", "", f"has shape {np.shape(start)}", f"give rows of {space.dimensions} numbers")
    problems = [
        Problem(f"[{row}]", "lies outside the search space", "keep the bounds and the whole numbers")
        for row in np.flatnonzero(~space.contains(given))]
    if len(given) > particles:
        problems.append(Problem("", f"{len(given)} positions for {particles} particles", "raise swarm_size"))
    if problems:
        raise InputError("start", problems)
    return given
