"""Large-neighbourhood search: ruin and recreate, then HiGHS on stretches of rounds and kinds of requests."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.highs import HighsResult
from ecoopt.formulations.kv_admission.kinds import kinds_of
from ecoopt.formulations.kv_admission.relaxation import relaxed, rounded_up
from ecoopt.formulations.kv_admission.unbroken import StartProgram, Starts, start_program, starts_of
from ecoopt.heuristics.kv_admission.offline import Search, built, offer_start
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule

SEARCHED, RELAXED = 0.4, 0.3
"""Shares of the seconds left for ruin and recreate, and then for the relaxation."""

STEPS, TRIALS, HEAT, COLD = 1000, 1000, 0.15, 0.05
MOST_COLUMNS = 40_000
SETTINGS = LnsSettings(columns=300, fewest=60, most=3000, nodes=300, patience=80)
FORGET, HALVINGS = 0.9, 5


def lns(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
) -> Outcome:
    """Search by ruin and recreate, then free starts around the best schedule and let HiGHS choose them anew.

    A neighbourhood is all starts in a stretch of rounds, in two stretches, or those of some kinds of requests. Starts
    of a reduced cost above a share, drawn each time, of what the schedule is above the relaxation are not freed. What
    gained lately is drawn more often. Requests run without breaks. Iterations are the greedy's
    rules, a thousand trials, or a neighbourhood.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    built(instance, run)
    search = Search.from_best(instance, run, seed)
    if run.stop() is None:
        part = run.part(seconds=None if run.budget.seconds is None else SEARCHED * run.seconds_left,
                        iterations=int(min(SEARCHED * run.iterations_left, STEPS)))
        search.cool(part, TRIALS, STEPS, HEAT, COLD)
        run.tick(part.iterations, part.evaluations)
    best = search.schedule()
    if best is None or run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    every = starts_of(kinds_of(instance))
    near = near_starts(every, best)
    program = start_program(near)
    x = program.solution(best)
    assert x is not None
    part = Run(Budget(seconds=None if run.budget.seconds is None else RELAXED * run.seconds_left))
    found = relaxed(instance, program.linear, part, seed=seed, threads=1)
    if found.bound is not None and len(near.kind) == len(every.kind):
        run.prove(rounded_up(instance, found.bound))
    search_neighbourhoods(program.linear, x, Neighbourhoods(program, run, x, found), program.schedule, run, seed=seed,
                          settings=SETTINGS)
    return run.outcome(run.stop() or Termination.STALLED)


def near_starts(starts: Starts, schedule: KvAdmissionSchedule) -> Starts:
    """Return the starts of each kind nearest in time to those of a schedule, `MOST_COLUMNS` of them or few more."""
    if len(starts.kind) <= MOST_COLUMNS:
        return starts
    kinds, begin = starts.kinds, np.full(starts.kinds.instance.requests, -1)
    begin[np.diff(schedule.offset) > 0] = schedule.start_round
    served = begin[kinds.member] >= 0
    kind = kinds.of[kinds.member][served]
    step = np.int64(2 * kinds.instance.rounds + 1)
    known = np.sort(kind * step + begin[kinds.member][served])
    key = starts.kind * step + starts.round
    place = np.searchsorted(known, key)
    away = np.minimum(np.abs(known[np.maximum(place - 1, 0)] - key),
                      np.abs(known[np.minimum(place, len(known) - 1)] - key))
    return starts.kept(away <= np.partition(away, MOST_COLUMNS)[MOST_COLUMNS])


class Neighbourhoods:
    """Chooses the columns to free, by kinds of neighbourhoods of which each has a weight.

    Parameters
    ----------
    program : StartProgram
        Whose columns.
    run : Run
        Has the incumbent.
    x : float array [columns]
        The schedule to begin with.
    found : HighsResult
        The relaxation.
    """

    def __init__(self, program: StartProgram, run: Run, x: FloatArray, found: HighsResult) -> None:
        self.program, self.run, self.x, columns = program, run, x, program.linear.columns
        starts = program.starts
        self.starts, self.kinds = len(starts.kind), starts.kinds.count
        self.kind, self.round = starts.kind, starts.round
        instance, one = starts.kinds.instance, starts.kinds.one
        self.volume = (instance.output_tokens * (instance.prompt_tokens + instance.output_tokens / 2))[one]
        self.reduced = np.zeros(columns) if found.reduced_cost is None else np.maximum(found.reduced_cost, 0.0)
        self.bound = 0.0 if found.bound is None else found.bound
        self.choices = (self._stretch, self._two, self._some, self._large)
        self.weight, self.drawn, self.known = np.ones(len(self.choices)), -1, np.inf

    def __call__(self, rng: np.random.Generator, size: int) -> NDArray[np.bool_]:
        """Return the mask of columns to free, about `size` of them and all that are no starts."""
        assert self.run.objective is not None
        if self.drawn >= 0:
            gained = float(self.run.objective < self.known)
            self.weight[self.drawn] = FORGET * self.weight[self.drawn] + (1.0 - FORGET) * (0.1 + 4.0 * gained)
        if self.run.objective < self.known:
            self.known, schedule = self.run.objective, self.run.schedule()
            x = self.program.solution(schedule) if isinstance(schedule, KvAdmissionSchedule) else None
            self.x = self.x if x is None else x
        above = max(self.known - self.bound, 1e-6 * abs(self.known))
        within = (self.reduced <= above * 0.5 ** rng.integers(HALVINGS)) | (self.x > 0.0)
        self.drawn = int(rng.choice(len(self.choices), p=self.weight / self.weight.sum()))
        free = np.ones(len(within), dtype=np.bool_)
        free[:self.starts] = within[:self.starts] & self.choices[self.drawn](rng, within, size)
        return free

    def _stretch(self, rng: np.random.Generator, within: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
        """Return the starts nearest to the round of one of the schedule's."""
        used = np.flatnonzero(self.x[:self.starts] > 0.0)
        away = np.abs(self.round - self.round[rng.choice(used)])
        nearest = np.sort(away[within[:self.starts]])
        reach = nearest[min(size, len(nearest)) - 1]
        near: NDArray[np.bool_] = away <= reach
        return near

    def _two(self, rng: np.random.Generator, within: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
        """Return those of two stretches."""
        return self._stretch(rng, within, size // 2) | self._stretch(rng, within, size // 2)

    def _large(self, rng: np.random.Generator, within: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
        """Return those of some kinds, more likely of those that hold much for long."""
        return self._of(np.argsort(rng.exponential(size=self.kinds) / self.volume, kind="stable"), within, size)

    def _some(self, rng: np.random.Generator, within: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
        """Return those of some kinds of requests."""
        return self._of(rng.permutation(self.kinds), within, size)

    def _of(self, order: IntArray, within: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
        """Return those of the first kinds of an order."""
        count = np.bincount(self.kind[within[:self.starts]], minlength=self.kinds)
        many = int(np.searchsorted(np.cumsum(count[order]), size)) + 1
        chosen = np.zeros(self.kinds, dtype=np.bool_)
        chosen[order[:many]] = True
        mask: NDArray[np.bool_] = chosen[self.kind]
        return mask
