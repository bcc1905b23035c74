"""Pools solved: a greedy start, columns of machines with a price for every start, HiGHS for what they leave open."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import HighsResult
from ecoopt.formulations.pool.columns import Columns, maximise
from ecoopt.formulations.pool.count_model import CountModel
from ecoopt.formulations.pool.cutting import frontiers_of
from ecoopt.formulations.pool.exact import by_rounds, prove_relaxed
from ecoopt.formulations.pool.frontier import Frontier
from ecoopt.formulations.pool.trial_choice import best_trial
from ecoopt.heuristics.pool.greedy import greedy
from ecoopt.heuristics.pool.local_search import local_search
from ecoopt.instances.pool import PoolInstance, PoolSchedule
from ecoopt.instances.pool.terms import Terms, terms_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]

SMALL = 200
"""Whole columns up to which HiGHS is given the program at once."""

START_SHARE, CHOICE_SHARE = 0.1, 0.3
_NEAR, _TOLERANCE, _SWEEPS = 2, 1e-8, 200


def milp(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None, threads: Threads = 1,
    decompose: bool = True,
) -> Outcome:
    """Solve the integer program of the instance.

    The greedy schedule, then the linear relaxation on counts. Larger programs are taken apart: each model in each
    period by itself, held together by prices for the start of every single machine and for what all share. Their
    solutions are mixed by a linear program, which has a bound that the relaxation of the whole is far from, and the
    cheapest path through them is a schedule. HiGHS gets the program on counts for what is left open.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    decompose : bool
        Whether to take larger programs apart first.
    """
    if instance.trials is not None:
        return best_trial(instance, run, start)
    terms = terms_of(instance)
    terms.offer_schedule(run, start)
    fast = run.part(seconds=START_SHARE * run.seconds_left)
    greedy(instance, fast, seed=seed, start=None)
    if run.stop() is not None:
        return run.outcome()
    frontiers = frontiers_of(terms)
    model, found = prove_relaxed(terms, frontiers, run, seed)
    if found.status is Status.INFEASIBLE or terms.hopeless:
        return run.outcome(None, Status.INFEASIBLE)
    if run.stop() is not None or found.x is None:
        return run.outcome()
    if decompose and terms.demand.size > 1 and model.count.size > SMALL:
        _Decomposition(terms, frontiers, model, found, run, seed).search()
        terms.settle(run)
        if run.stop() is not None or run.gap <= 1e-9:
            return run.outcome()
    return by_rounds(terms, frontiers, run, _machines(terms, run), seed, threads)


def _machines(terms: Terms, run: Run) -> IntArray | None:
    """Return the machines of the run's best schedule."""
    schedule = run.schedule()
    if not isinstance(schedule, PoolSchedule):
        return None
    periods, models = terms.demand.shape
    return schedule.machines(periods, models, len(terms.instance.types))


class _Decomposition:
    """Groups of models that nothing but money and machines could hold together, searched by columns."""

    def __init__(
        self, terms: Terms, frontiers: list[Frontier], model: CountModel, found: HighsResult, run: Run, seed: int
    ) -> None:
        self.terms, self.frontiers, self.run, self.seed = terms, frontiers, run, seed
        assert found.x is not None
        assert found.row_dual is not None
        self.rounded = np.minimum(np.ceil(found.x[model.count] - 1e-9).astype(np.int64), terms.instance.max_count)
        self.down = np.floor(found.x[model.count] + 1e-9).astype(np.int64)
        self.prices: FloatArray = np.zeros(model.count.shape)
        if model.start.size:  # the start rows come first
            rows = np.arange(model.start.size).reshape(model.start.shape)
            self.prices = np.clip(-found.row_dual[rows], 0.0, terms.starting[:, None])
        # What each model has of the relaxation's value, as long as nothing better is known.
        cost = -model.linear.cost * found.x
        self.bounds = np.array([
            cost[model.count[:, m]].sum() + (cost[model.start[:, m]].sum() if model.start.size else 0.0)
            + cost[model.amount[:, m]][model.amount[:, m] >= 0].sum() for m in range(model.count.shape[1])])

    def search(self) -> None:
        """Search each model by itself, then all together where they want the same machines or money."""
        terms, run = self.terms, self.run
        models = list(range(len(terms.works)))
        known = _machines(terms, run)
        if terms.instance.budget_per_h is None:
            if self._apart(models, known) or run.stop() is not None or len(models) == 1:
                return
            known = _machines(terms, run)
        group = self._group(models, known)
        bound, _ = maximise(group, run, seed=self.seed, tolerance=self._tolerance(1))
        run.prove(-bound - terms.constant)
        group.share(1)
        chosen = group.whole(min(CHOICE_SHARE * run.seconds_left, 1e7), self.seed)
        if chosen is not None:
            terms.offer(run, chosen)
        if run.stop() is None and run.gap > 1e-9:
            part, best = run.part(seconds=CHOICE_SHARE * run.seconds_left, iterations=_SWEEPS), run.schedule()
            local_search(terms.instance, part, seed=self.seed,
                         start=best if isinstance(best, PoolSchedule) else None)

    def _apart(self, models: list[int], known: IntArray | None) -> bool:
        """Search each model by itself; return whether their best machines are there for all at once."""
        terms, run = self.terms, self.run
        count = np.zeros((len(terms.demand), len(models), len(terms.instance.types)), dtype=np.int64)
        if known is not None:
            count[:] = known
        fits = True
        for m in models:
            group = self._group([m], known)
            part = run.part(seconds=run.seconds_left / (len(models) - m))
            bound, _ = maximise(group, part, seed=self.seed, tolerance=self._tolerance(len(models)))
            run.tick(part.iterations, part.evaluations)
            self.bounds[m] = max(self.bounds[m], bound)
            run.prove(-float(self.bounds.sum()) - terms.constant)
            group.share(_NEAR)
            count[:, m], _ = group.path(m)
            fits = terms.offer(run, count.copy()) or terms.fits(count)
        return fits

    def _group(self, models: list[int], known: IntArray | None) -> Columns:
        """Return a group with columns that are known: rounded relaxation, best schedule, and nothing where allowed."""
        terms = self.terms
        group = Columns(terms, self.frontiers, models, self.prices)
        for t, m in np.ndindex(*terms.demand.shape):
            if m not in models:
                continue
            near = range(max(t - _NEAR, 0), min(t + _NEAR + 1, len(terms.demand)))
            for other in near:
                group.add(t, m, self.rounded[other, m])
                group.add(t, m, self.down[other, m])
                if known is not None:
                    group.add(t, m, known[other, m])
            group.add(t, m, np.zeros(len(terms.instance.types), dtype=np.int64))
        group.complete()
        return group

    def _tolerance(self, groups: int) -> float:
        """Return the distance of a group's value and bound at which it is good enough."""
        wanted = self.run.budget.gap or 0.0
        size = abs(float(self.bounds.sum()) + self.terms.constant)
        return max(_TOLERANCE, wanted / 4) * max(size, 1e-9) / groups
