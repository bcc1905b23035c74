"""Levels raised and lowered: greedy, local search, the extended swarm, and what operators do without thought.

States of levels are choices, as in the tables. Neighbours of a choice differ in one priority by one level.
"""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsInstance, PowerCapThresholdsSchedule
from ecoopt.instances.power_cap_thresholds.tables import Tables, tables_of

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]


def greedy(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
) -> Outcome:
    """For each number of servers, begin at the slowest levels and speed up what saves most for as long as it may be.

    An iteration is a number of servers.
    """
    tables = tables_of(instance)
    if not _begun(tables, run, start):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    for n in range(len(tables.added)):
        if run.stop() is not None or not tables.feasible(n):
            break
        level = np.full((len(instance.priorities), instance.states), instance.levels - 1)
        speed_up(tables, n, level)
        run.tick(1, 1)
        _offer(tables, run, n, level)
    return run.outcome()


def local_search(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
) -> Outcome:
    """Descend by one level of one cell, two cells against each other, and one server more or less.

    Begins from the better of the start and the greedy schedule; an iteration is a move made, or a number of servers of
    the greedy.
    """
    outcome = greedy(instance, run, seed=seed, start=start)
    best = run.schedule()
    if run.stop() is not None or not isinstance(best, PowerCapThresholdsSchedule):
        return outcome
    moves = _Moves(tables_of(instance), best)
    found = descend([moves], moves.value, snapshot=moves.snapshot, run=run, decode=lambda pair: _schedule(
        moves.tables, *pair))
    return run.outcome(found.termination)


def pso(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
    swarm_size: Count = 20, patience: Count = 60,
) -> Outcome:
    """Search the number of servers and the level of each cell, with the extended swarm; levels are put in order.

    Where too many scenarios trip, all cells are slowed down together until no more than may do. The first particle
    begins at the fewest servers and full speed.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    tables = tables_of(instance)
    if not _begun(tables, run, start):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    decoder = _Decoder(tables)
    minimise(decoder.values, decoder.space, rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), decode=decoder.schedule,
             start=decoder.space.lower[None], patience=patience)
    return run.outcome()


def no_cap(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
) -> Outcome:
    """Slow nothing down, and add as many servers as is worth it and trips no more scenarios than may."""
    return _uniform(instance, run, start, [0])


def uniform(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
) -> Outcome:
    """Take the same level for all priorities above all thresholds, the best of all levels and numbers of servers."""
    return _uniform(instance, run, start, range(instance.levels))


def speed_up(tables: Tables, n: int, level: IntArray) -> None:
    """Speed cells up by one level, the one that saves most first, until no more may be; levels [P, S] are changed."""
    while True:
        now = tables.value(n, tables.chosen(level))
        best, gain = None, 0.0
        for cell in np.ndindex(*level.shape):
            level[cell] -= 1
            if _allowed(level) and tables.tripped(n, chosen := tables.chosen(level)) <= tables.instance.most_trips:
                saved = now - tables.value(n, chosen)
                if best is None or saved > gain:
                    best, gain = cell, saved
            level[cell] += 1
        if best is None:
            return
        level[best] -= 1


def _uniform(
    instance: PowerCapThresholdsInstance, run: Run, start: PowerCapThresholdsSchedule | None, levels: range | list[int],
) -> Outcome:
    """Try levels that are the same everywhere; one iteration."""
    tables = tables_of(instance)
    if not _begun(tables, run, start):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if run.stop() is not None:
        return run.outcome()
    run.tick(1, len(levels) * len(tables.added))
    for n in range(len(tables.added)):
        for common in levels:
            level = np.full((len(instance.priorities), instance.states), common)
            if tables.tripped(n, tables.chosen(level)) <= instance.most_trips:
                _offer(tables, run, n, level)
                break
    return run.outcome()


def _begun(tables: Tables, run: Run, start: PowerCapThresholdsSchedule | None) -> bool:
    """Offer a run its start; return whether there is any schedule."""
    if not tables.feasible(0):
        return False
    if start is not None:
        _offer(tables, run, int(start.added - tables.added[0]), start.level)
    return True


def _offer(tables: Tables, run: Run, n: int, level: IntArray) -> None:
    run.offer(tables.value(n, tables.chosen(level)), _schedule(tables, n, level))


def _schedule(tables: Tables, n: int, level: IntArray) -> PowerCapThresholdsSchedule:
    return PowerCapThresholdsSchedule(added=int(tables.added[n]), level=level.copy())


def _allowed(level: IntArray) -> bool:
    """Return whether levels exist at the fast end, slow down from state to state, and are fair."""
    return bool((level >= 0).all() and (np.diff(level, axis=1) >= 0).all() and (np.diff(level, axis=0) <= 0).all())


class _Moves:
    """Moves of a schedule, as the engine asks for them: steps of servers, and of one or two cells."""

    def __init__(self, tables: Tables, schedule: PowerCapThresholdsSchedule) -> None:
        self.tables = tables
        self.n, self.level = int(schedule.added - tables.added[0]), schedule.level.copy()
        self.value = tables.value(self.n, tables.chosen(self.level))

    def moves(self) -> Iterator[tuple[int, tuple[tuple[int, int, int], ...]]]:
        """Yield how many more servers, and cells with their steps."""
        cells = [(p, s, step) for p, s in np.ndindex(*self.level.shape) for step in (-1, 1)]
        for cell in cells:
            yield 0, (cell,)
        for one in cells:
            for other in cells:
                if one[:2] != other[:2]:
                    yield 0, (one, other)
        for more in (1, -1):
            yield more, ()
            for cell in cells:
                yield more, (cell,)

    def delta(self, move: tuple[int, tuple[tuple[int, int, int], ...]]) -> float:
        """Return by how much the objective changes, infinite for a move that breaks a rule."""
        n, level = self._moved(move)
        tables = self.tables
        if not 0 <= n < len(tables.added) or not _allowed(level) or (level >= tables.instance.levels).any():
            return np.inf
        chosen = tables.chosen(level)
        if tables.tripped(n, chosen) > tables.instance.most_trips:
            return np.inf
        return tables.value(n, chosen) - tables.value(self.n, tables.chosen(self.level))

    def apply(self, move: tuple[int, tuple[tuple[int, int, int], ...]]) -> None:
        """Make the move."""
        self.n, self.level = self._moved(move)

    def snapshot(self) -> tuple[int, IntArray]:
        """Return a copy of the state."""
        return self.n, self.level.copy()

    def _moved(self, move: tuple[int, tuple[tuple[int, int, int], ...]]) -> tuple[int, IntArray]:
        more, cells = move
        level = self.level.copy()
        for p, s, step in cells:
            level[p, s] += step
        return self.n + more, level


class _Decoder:
    """From positions to schedules: the number of servers, then the level of each cell."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        instance = tables.instance
        self.shape = (len(instance.priorities), instance.states)
        possible = sum(tables.feasible(n) for n in range(len(tables.added)))
        upper = np.append(possible - 1.0, np.full(self.shape[0] * self.shape[1], instance.levels - 1.0))
        self.space = SearchSpace.integers(np.zeros(len(upper)), upper)

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objectives of rows of positions, float array [rows]."""
        pairs = [self._decoded(row) for row in positions]
        return np.array([self.tables.value(n, self.tables.chosen(level)) for n, level in pairs])

    def schedule(self, position: FloatArray) -> PowerCapThresholdsSchedule:
        """Return the schedule of a position."""
        return _schedule(self.tables, *self._decoded(position))

    def _decoded(self, position: FloatArray) -> tuple[int, IntArray]:
        instance, n = self.tables.instance, int(position[0])
        steps = position[1:].astype(np.int64).reshape(self.shape)
        level = np.maximum.accumulate(np.maximum.accumulate(steps[::-1], axis=0), axis=1)[::-1]
        while self.tables.tripped(n, self.tables.chosen(level)) > instance.most_trips:
            level = np.minimum(level + 1, instance.levels - 1)
        return n, level
