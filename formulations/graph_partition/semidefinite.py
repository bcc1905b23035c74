"""The semidefinite methods: the bound with cuts alone, and branch and bound on it."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.graph_partition.branch_and_bound import PairSearch
from ecoopt.formulations.graph_partition.completion import complete, value_of
from ecoopt.formulations.graph_partition.homes_model import feasible_homes
from ecoopt.formulations.graph_partition.one_thread import one_thread
from ecoopt.formulations.graph_partition.pair_problem import PairProblem, pair_problem
from ecoopt.formulations.graph_partition.rounding import Rounding
from ecoopt.formulations.graph_partition.spectral_bound import spectral_bound
from ecoopt.formulations.graph_partition.value_bounds import homes_decide, objective_bound, rounded_down
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule, resources

Count: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]

_MOST_ENTITIES = 600
_TRIES = 4
_PATIENCE = 3


def sdp(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None, rounds: Count = 40,
) -> Outcome:
    """Bound the kept weight by the semidefinite relaxation with cuts. Iterations are rounds of cuts.

    Every round's point is rounded to a schedule. Over 600 entities it is left to ``spectral``.

    Parameters
    ----------
    rounds : int
        Most rounds.
    """
    with one_thread():
        return _solved(instance, run, seed, start, rounds, branch=False)


def branch_bound(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None, rounds: Count = 15,
) -> Outcome:
    """Branch on pairs, together or apart, with the bound of ``sdp``. Iterations are rounds at the root, then nodes.

    Exact where concepts are everywhere, nothing is copied and there is one epoch; else its bound and schedule stand
    for the homes of one epoch.

    Parameters
    ----------
    rounds : int
        Most rounds at the root.
    """
    with one_thread():
        return _solved(instance, run, seed, start, rounds, branch=True)


def spectral(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
) -> Outcome:
    """Bound the kept weight by the Laplacian's eigenvalues. One iteration."""
    if start is not None:
        run.offer(value_of(instance, start), start)
    run.prove(objective_bound(instance, instance.total_weight))
    if run.stop() is not None:
        return run.outcome()
    with one_thread():
        found = spectral_bound(instance)
    run.tick()
    if found is None:
        return run.outcome(reason="the graph is too large for all its eigenvalues; the bound is its whole weight")
    run.prove(objective_bound(instance, rounded_down(instance, found)))
    return run.outcome()


def _solved(
    instance: GraphPartitionInstance, run: Run, seed: int, start: GraphPartitionSchedule | None, rounds: int, *,
    branch: bool,
) -> Outcome:
    """Bound, round and, where it is asked for, branch."""
    if start is not None:
        run.offer(value_of(instance, start), start)
    run.prove(objective_bound(instance, instance.total_weight))
    if run.stop() is not None:
        return run.outcome()
    if instance.devices == 1:
        return _on_one_device(instance, run)
    if instance.entities > _MOST_ENTITIES:
        return run.outcome(reason=f"over {_MOST_ENTITIES} entities are too many for pairs; use spectral")
    problem = pair_problem(instance)
    keeper = _Keeper(instance, run, problem, np.random.default_rng(seed))
    if keeper.see(np.full((len(problem.label),) * 2, 1 / instance.devices)) is None:
        homes = feasible_homes(instance, run, seed)
        if homes is Status.INFEASIBLE:
            run.tick()
            return run.outcome(Termination.PROOF, Status.INFEASIBLE)
        if not isinstance(homes, Status):
            keeper.take(homes)
    search = PairSearch(problem, round_down=partial(rounded_down, instance), go_on=lambda: run.stop() is None,
                        try_point=keeper.see)

    def progress(kept: float) -> bool:
        run.tick()
        run.prove(objective_bound(instance, kept))
        return run.stop() is None and run.gap > CLOSED

    search.relax_root(int(min(run.iterations_left, rounds)), _PATIENCE if branch else rounds, progress)
    if branch and run.stop() is None and run.gap > CLOSED:
        search.search(progress)
        run.prove(objective_bound(instance, search.bound))
        if search.bound == -np.inf:
            return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    elif search.root.bound == -np.inf:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    return run.outcome(cuts=len(search.root.cuts))


def _on_one_device(instance: GraphPartitionInstance, run: Run) -> Outcome:
    """Return the one partition there is, or that it does not fit."""
    limits, home = resources(instance), np.zeros(instance.entities, np.int64)
    run.tick()
    if not limits.allowed.all() or (limits.need.sum(axis=0) > limits.room[0]).any():
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if (schedule := complete(instance, home)) is not None:
        run.offer(value_of(instance, schedule), schedule)
    return run.outcome()


class _Keeper:
    """Rounds points to schedules and keeps the best weight of homes."""

    def __init__(
        self, instance: GraphPartitionInstance, run: Run, problem: PairProblem, rng: np.random.Generator,
    ) -> None:
        self._instance, self._run, self._rng = instance, run, rng
        self._rounding = Rounding(instance)
        self._first = len(problem.label) - instance.entities
        self._best: float | None = None
        self._exact = homes_decide(instance)

    def see(self, point: FloatArray) -> float | None:
        """Round a point over first nodes; return the largest weight of homes so far."""
        together = point[self._first:, self._first:]
        with_device = point[self._first:, :self._first] if self._first else None
        for _ in range(_TRIES):
            home = self._rounding.homes(together, self._rng, with_device)
            if home is not None:
                self.take(home)
        return self._best

    def take(self, home: IntArray) -> None:
        """Mend homes in the limits, and keep them if they are the best."""
        home = self._rounding.mended(home)
        kept = self._rounding.kept(home)
        if self._best is None or kept > self._best:
            self._best = kept
            self._offer(home)

    def _offer(self, home: IntArray) -> None:
        schedule = complete(self._instance, home)
        if schedule is not None:
            self._run.offer(value_of(self._instance, schedule), schedule)
