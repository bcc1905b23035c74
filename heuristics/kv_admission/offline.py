"""Heuristics that know all requests and their lengths: greedy rules, ruin and recreate, and a swarm of keys."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.kv_admission.fairness import fair
from ecoopt.heuristics.kv_admission.policies import Policy, simulate, volume_of
from ecoopt.heuristics.kv_admission.room import REFUSED, decode, empty_room, fill, unbroken
from ecoopt.heuristics.kv_admission.ruin import improve
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.objective import objective_of

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
Heat: TypeAlias = Annotated[float, Field(gt=0, le=1000)]

COOLING_STEPS, LONGER = 100, 2
"""Iterations of the first cooling, and how much longer each one is than the one before."""

FAIR_TRIALS = 20
"""Trials between two looks at fairness, which a trial does not see."""


def greedy(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None,
) -> Outcome:
    """Take the best of eight rules; an iteration is a rule. Nothing is drawn at random.

    Requests placed one by one, each where it is cheapest, in order of volume per weight, length, deadline, or arrival;
    and the policies ``volume``, ``peak-check``, ``fcfs`` and ``vtc`` with true lengths.
    """
    offer_start(instance, run, start)
    built(instance, run)
    return run.outcome()


def local_search(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None, trials: Count = 1000,
    patience: Count = 3, heat: Heat = 0.15, cold: Heat = 0.05,
) -> Outcome:
    """Take out requests that run at about the same time and put them back in another order, again and again.

    Begins from the better of the start and the greedy schedule. Heat falls geometrically within a cooling, the next of
    which begins at the best schedule and is longer. Requests run without breaks.

    Parameters
    ----------
    trials : int
        Trials in an iteration.
    patience : int
        Coolings in a row without gain that end the search.
    heat, cold : float
        Worsening forgiven with probability 1/e at the beginning and the end of a cooling, as a share of what the mean
        request costs when it need not wait.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    built(instance, run)
    search = Search.from_best(instance, run, seed)
    idle, steps = 0, COOLING_STEPS
    while idle < patience and run.stop() is None:
        idle = 0 if search.cool(run, trials, steps, heat, cold) else idle + 1
        steps *= LONGER
    return run.outcome(run.stop() or Termination.STALLED)


def pso(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None, swarm_size: Count = 20,
    patience: Count = 60,
) -> Outcome:
    """Search, with the extended swarm, a key per request: they are placed in order of key, each where it is cheapest.

    The first particle is the order of volume per weight; keys are ranks in it from 0 to 1.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    offer_start(instance, run, start)
    decoder = _Decoder(instance, run)
    space = SearchSpace(np.zeros(instance.requests), np.ones(instance.requests))
    first = np.zeros((1, instance.requests))
    order = np.argsort(volume_of(instance, instance.output_tokens), kind="stable")
    first[0, order] = np.arange(instance.requests) / instance.requests
    minimise(decoder.values, space, rng=np.random.default_rng(seed), run=run, start=first, patience=patience,
             settings=PsoSettings.constricted(swarm_size=swarm_size))
    return run.outcome()


def offer_start(instance: KvAdmissionInstance, run: Run, start: KvAdmissionSchedule | None) -> None:
    """Offer a run the feasible schedule it was given."""
    if start is not None:
        run.offer(objective_of(instance, start), start)


def offer_place(instance: KvAdmissionInstance, run: Run, value: float, place: IntArray) -> bool:
    """Offer places to a run if they are a schedule that keeps all rules; return whether they are."""
    if instance.refusal_price is None and (place[:, 0] == REFUSED).any():
        return False
    made = partial(schedule_of, instance, place.copy())
    if instance.fairness is not None and not fair(instance, made()):
        return False
    run.offer(value, made)
    return True


def schedule_of(instance: KvAdmissionInstance, place: IntArray) -> KvAdmissionSchedule:
    """Return the schedule of requests that run without breaks."""
    return KvAdmissionSchedule.unbroken(place[:, 0], place[:, 1], instance.output_tokens)


def built(instance: KvAdmissionInstance, run: Run) -> None:
    """Offer a run what the greedy's rules build, until it stops; at least one."""
    true = instance.output_tokens
    came, length, volume = instance.arrival_round.astype(np.float64), true.astype(np.float64), volume_of(instance, true)
    due = np.where(instance.first_token_round < 0, np.inf, instance.first_token_round)
    room = empty_room(instance)
    for key in (volume, length, due, came):
        value = decode(room, np.lexsort((volume, key)))
        run.tick(1, 1)
        offer_place(instance, run, value, room.place)
        if run.stop() is not None:
            return
    for policy in (Policy(volume, true, strict=False), Policy(length, true, strict=False), Policy(came, true),
                   Policy(came, true, fair=True)):
        schedule, _ = simulate(instance, policy, run.stop)
        run.tick(1, 1)
        if schedule is not None and fair(instance, schedule):
            run.offer(objective_of(instance, schedule), schedule)
        if run.stop() is not None:
            return


class Search:
    """Ruin and recreate from a schedule without breaks.

    Parameters
    ----------
    place : int array [N, 2], optional
        Start and replica of each request; by default all are placed in order of volume per weight.
    seed : int
        Of all draws.
    """

    def __init__(self, instance: KvAdmissionInstance, place: IntArray | None, seed: int) -> None:
        self.instance, self.room, self.rng = instance, empty_room(instance), np.random.default_rng(seed)
        self.volume = volume_of(instance, instance.output_tokens)
        self.unit = float((instance.weight * self.room.request[:, 4]).mean())
        if place is None:
            self.value = decode(self.room, np.argsort(self.volume, kind="stable"))
        else:
            self.room.place[:] = place
            self.value = fill(self.room)
        self.best, self.above = self.room.place.copy(), 0.0

    @classmethod
    def from_best(cls, instance: KvAdmissionInstance, run: Run, seed: int) -> "Search":
        """Return the search from a run's best schedule, where that has no breaks."""
        best = run.schedule()
        return cls(instance, unbroken(best) if isinstance(best, KvAdmissionSchedule) else None, seed)

    def schedule(self) -> KvAdmissionSchedule | None:
        """Return the best schedule, None where there is none that serves all."""
        if self.instance.refusal_price is None and (self.best[:, 0] == REFUSED).any():
            return None
        return schedule_of(self.instance, self.best)

    def cool(self, run: Run, trials: int, steps: int, heat: float, cold: float) -> bool:
        """Go back to the best schedule, cool from there in steps of so many trials; return whether that gained.

        Where seconds are limited, the last of them is as cold as the last step.
        """
        self.room.place[:] = self.best
        self.value, self.above = fill(self.room), 0.0
        gained, left = False, run.seconds_left
        for step in range(steps):
            if run.stop() is not None:
                break
            done = step / max(steps - 1, 1)
            if run.budget.seconds is not None:
                done = max(done, 1.0 - run.seconds_left / max(left, 1e-9))
            warmth = self.unit * heat * (cold / heat) ** done
            parts = trials // FAIR_TRIALS if self.instance.fairness is not None else 1
            for _ in range(max(parts, 1)):
                gained |= self._trials(run, max(trials // max(parts, 1), 1), warmth)
            run.tick(1, trials)
        return gained

    def _trials(self, run: Run, trials: int, heat: float) -> bool:
        start, before, above = self.room.place[:, 0], self.room.place.copy(), self.above
        near = np.argsort(np.where(start >= 0, start, self.instance.arrival_round), kind="stable")
        found = self.best.copy()
        self.above, fallen = improve(self.room, near, self.volume, self.rng, trials, heat, above, found)
        if self.instance.fairness is not None:  # trials are blind to it: what they end at counts alone
            if not fair(self.instance, schedule_of(self.instance, self.room.place)):
                self.room.place[:] = before
                fill(self.room)
                self.above = above
                return False
            self.above -= fallen
            fallen, found = max(-self.above, 0.0), self.room.place.copy()
            self.above += fallen
        if fallen <= 0.0:
            return False
        self.value, self.best = self.value - fallen, found
        return offer_place(self.instance, run, self.value, found)


class _Decoder:
    """From keys to schedules; those that keep all rules are offered to the run."""

    def __init__(self, instance: KvAdmissionInstance, run: Run) -> None:
        self.instance, self.run, self.room = instance, run, empty_room(instance)

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the price of each row of keys, float array [rows]."""
        return np.array([self._value(row) for row in positions])

    def _value(self, keys: FloatArray) -> float:
        value = decode(self.room, np.argsort(keys, kind="stable"))
        if self.run.better(value, self.run.objective):
            offer_place(self.instance, self.run, value, self.room.place)
        return value
