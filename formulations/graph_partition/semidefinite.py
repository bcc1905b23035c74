"""The semidefinite methods: the bound with cuts alone, and branch and bound on it."""

from functools import partial

import numpy as np

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
from ecoopt.formulations.graph_partition.value_bounds import homes_decide, objective_bound, rounded_down
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule, resources

_MOST_ENTITIES = 600
_TRIES = 4
_PATIENCE = 3


def solve_pairs(instance: GraphPartitionInstance, run: Run, seed: int, rounds: int, *, branch: bool) -> Outcome:
    """Bound, round and, where it is asked for, branch, from the run's best schedule if it has one.

    Parameters
    ----------
    rounds : int
        Most rounds at the root.
    branch : bool
        Whether to go on by branching.
    """
    with one_thread():
        return _solved(instance, run, seed, rounds, branch=branch)


def _solved(instance: GraphPartitionInstance, run: Run, seed: int, rounds: int, *, branch: bool) -> Outcome:
    if instance.devices == 1:
        return _on_one_device(instance, run)
    if instance.entities > _MOST_ENTITIES:
        return run.outcome(reason=f"over {_MOST_ENTITIES} entities are too many for pairs; use spectral")
    problem = pair_problem(instance)
    keeper = _Keeper(instance, run, problem, np.random.default_rng(seed))
    known = run.schedule()
    if isinstance(known, GraphPartitionSchedule):
        for home in np.unique(known.home.astype(np.int64), axis=0):
            keeper.take(home)
    elif keeper.see(np.full((len(problem.label),) * 2, 1 / instance.devices)) is None:
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
        for trial in range(_TRIES):
            if trial and self._run.stop() is not None:
                break
            home = self._rounding.homes(together, self._rng, with_device)
            if home is not None:
                self.take(home)
        return self._best

    def take(self, home: IntArray) -> None:
        """Mend homes in the limits, and keep them if they are the best."""
        home = self._rounding.mended(home, lambda: self._run.stop() is None)
        kept = self._rounding.kept(home)
        if self._best is None or kept > self._best:
            self._best = kept
            self._offer(home)

    def _offer(self, home: IntArray) -> None:
        schedule = complete(self._instance, home)
        if schedule is not None:
            self._run.offer(value_of(self._instance, schedule), schedule)
