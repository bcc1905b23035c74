"""Searches from the greedy schedule: marginal swaps, local search, annealing on replicas, a swarm on prices of GPUs."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.annealing import AnnealingSettings, anneal
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.llm_config.greedy import constructed
from ecoopt.heuristics.llm_config.plan import Ground
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule

SPREAD = 1.0
"""Largest logarithm to base ten of a factor on a price."""

RUINED, TASTE = 0.0, 0.6
LEVEL, CHEAP_POWER = 60, 3.0
"""Proposals in a level of annealing for each period; the greater the power, the oftener cheap items are proposed."""


def marginal_swap(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Exchange replicas for others of the same model at the same site, in shards, batch or cap, while that gains.

    From the greedy schedule or the start. One iteration is a period swept until nothing gains; sweeps over all periods
    end when one changes nothing.
    """
    ground, counts = _begun(instance, run, start)
    if counts is None:
        return run.outcome()
    models = len(instance.models)
    swap = ground.site * models + ground.terms.model[ground.terms.items[1]]
    done = _sweep(ground, counts, swap)
    return run.outcome(Termination.STALLED if done and run.stop() is None else None)


def local_search(
    instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None,
    patience: Annotated[int, Field(ge=0, le=100_000)] = 25,
) -> Outcome:
    """Descend in every period by all moves, take the cheapest sequence, partly rebuild periods at other prices, again.

    From the greedy schedule or the start. One iteration is a period searched.

    Parameters
    ----------
    patience : int
        Rounds of rebuilding in a row without gain that end the search.
    """
    ground, counts = _begun(instance, run, start)
    if counts is None:
        return run.outcome()
    rng = np.random.default_rng(seed)
    _sweep(ground, counts, None)
    seen: list[dict[bytes, IntArray]] = [{} for _ in counts]
    value, idle = ground.offer(counts), 0
    while idle < patience and run.stop() is None:
        for t in rng.permutation(ground.periods).tolist():
            if run.stop() is not None:
                break
            for fleet in _rebuild(ground, counts, t, rng):
                seen[t][fleet.tobytes()] = fleet
            run.tick(1, 1)
        tried = ground.through(counts, seen)
        if ground.total(tried) < ground.total(counts):
            counts = tried
        now = ground.offer(counts)
        idle = 0 if now < value * (1 - 1e-9) else idle + 1
        value = min(now, value)
    return run.outcome(Termination.STALLED if run.stop() is None else None)


def annealing(
    instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None,
    reheats: Annotated[int, Field(ge=0, le=1000)] = 1,
) -> Outcome:
    """Anneal the vector of replicas, the cheapest routing of each vector in closed form.

    A move takes a replica of a period away, adds one, or exchanges one for another. From the greedy schedule or the
    start. One iteration is a proposal.

    Parameters
    ----------
    reheats : int
        How often a frozen search is reheated before it ends.
    """
    ground, counts = _begun(instance, run, start)
    if counts is None or run.stop() is not None or not ground.items:
        return run.outcome()
    state = _Replicas(ground, counts)
    anneal(state, ground.total(counts), snapshot=state.snapshot, restore=state.restore, rng=np.random.default_rng(seed),
           settings=AnnealingSettings(reheats=reheats, start_acceptance=0.1, level_moves=LEVEL * ground.periods),
           run=run, decode=state.schedule)
    return run.outcome()


def pso(
    instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 12, patience: Annotated[int, Field(ge=1)] = 15,
) -> Outcome:
    """Search prices with the extended swarm: factors on what each placement at each site seems to cost.

    A position is the logarithm of a factor for each site and placement; `greedy` at these prices and a descent in
    every period make a schedule of it. The greedy schedule is offered first, and is the first particle. One evaluation
    is a schedule.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    ground = Ground.of(instance, run)
    ground.offer_start(start)
    if run.stop() is not None:
        return run.outcome()
    first = constructed(ground, tick=False)
    if first is not None:
        ground.offer(ground.through(first))
    if not ground.items:
        return run.outcome()
    places, place = np.unique(ground.place, return_inverse=True)

    def decoded(position: FloatArray) -> IntArray | None:
        factor = np.power(10.0, position)[place]
        counts = constructed(ground, ground.terms.replica_g * factor, ground.terms.token_g * factor, tick=False)
        if counts is None:
            return None
        for t in range(ground.periods):
            if run.stop() is not None:
                break
            ground.descend(t, counts, before=ground.around(t, counts)[0])
        return ground.through(counts)

    def values(positions: FloatArray) -> FloatArray:
        found = np.full(len(positions), np.inf)
        for row, position in enumerate(positions):
            counts = decoded(position) if run.stop() is None else None
            if counts is not None:
                found[row] = ground.offer(counts)
        return found

    limit = np.full(len(places), SPREAD)
    minimise(values, SearchSpace(-limit, limit), rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), start=np.zeros((1, len(limit))),
             patience=patience)
    return run.outcome()


def _begun(
    instance: LlmConfigInstance, run: Run, start: LlmConfigSchedule | None
) -> tuple[Ground, IntArray | None]:
    """Return the ground and replicas to begin with: the start's where they will do, else the greedy ones."""
    ground = Ground.of(instance, run)
    counts = ground.offer_start(start)
    if counts is None and run.stop() is None:
        counts = constructed(ground, tick=False)
        counts = None if counts is None else ground.through(counts)
    if counts is not None:
        ground.offer(counts)
    return ground, counts if ground.items else None


def _sweep(ground: Ground, counts: IntArray, swap: IntArray | None) -> bool:
    """Descend in every period until a sweep changes nothing; return whether it came to that."""
    changed = True
    while changed:
        changed = False
        for t in range(ground.periods):
            if ground.run.stop() is not None:
                ground.offer(counts)
                return False
            kept = counts[t].copy()
            before, after = ground.around(t, counts)
            ground.descend(t, counts, before=before, after=after, swap=swap)
            changed |= ground.terms.starts_cost and bool((counts[t] != kept).any())
            ground.run.tick(1, 1)
        counts[:] = ground.through(counts)
        ground.offer(counts)
    return True


def _rebuild(ground: Ground, counts: IntArray, t: int, rng: np.random.Generator) -> list[IntArray]:
    """Take some replicas of a period away, add others at prices changed at random, descend, and keep what gains.

    Return the fleets that came up: with starts from one side, from both, and from none paid.
    """
    before, after = ground.around(t, counts)
    least = ground.descend(t, counts, before=before, after=after)
    best = counts[t].copy()
    begun = rng.binomial(counts[t], rng.uniform(RUINED, 1.0))
    taste = np.exp(rng.normal(0.0, rng.uniform(0.0, TASTE), ground.items))
    found = ground.built(t, ground.terms.replica_g[t] * taste, ground.terms.token_g[t] * taste, begun=begun)
    if found is None:
        return [best]
    counts[t] = found
    value = ground.descend(t, counts, before=before, after=after)
    fleets = [best, counts[t].copy()]
    if not value < least:
        counts[t] = best
    if ground.terms.starts_cost:
        kept = counts[t].copy()
        for sides in ((None, None), (before, None), (None, after)):
            counts[t] = found
            ground.descend(t, counts, before=sides[0], after=sides[1])
            fleets.append(counts[t].copy())
        counts[t] = kept
    return fleets


class _Replicas:
    """The neighbourhood of replicas: one less, one more, or one exchanged, in one period."""

    def __init__(self, ground: Ground, counts: IntArray) -> None:
        self.ground = ground
        token_g = ground.terms.token_g + ground.terms.replica_g / ground.rate
        self.cheapest = np.argsort(token_g, axis=1, kind="stable")
        self.seen: tuple[tuple[int, int, int], IntArray, float] | None = None
        self.restore(counts)

    def propose(self, rng: np.random.Generator) -> tuple[int, int, int] | None:
        """Return a period, an item to lose a replica and one to gain one, -1 for none; None for what has no room."""
        t = int(rng.integers(self.ground.periods))
        on = np.flatnonzero(self.counts[t])
        out = int(on[rng.integers(len(on))]) if len(on) and rng.random() < 0.8 else -1
        into = -1
        if out < 0 or rng.random() < 0.75:
            into = int(self.cheapest[t, int(self.ground.items * rng.random() ** CHEAP_POWER)])
        return None if into == out or not self._fits(t, out, into) else (t, out, into)

    def delta(self, move: tuple[int, int, int]) -> float:
        """Return by how much the objective would change."""
        ground, (t, out, into) = self.ground, move
        count = self.counts[t].copy()
        for j, change in ((out, -1), (into, 1)):
            if j >= 0:
                count[j] += change
        value = ground.value(t, count)
        self.seen = (move, count, value)
        return value - self.values[t] + self._starts(t, count) - self._starts(t, self.counts[t])

    def apply(self, move: tuple[int, int, int]) -> None:
        """Make the move that was evaluated last."""
        assert self.seen is not None
        assert self.seen[0] == move
        t = move[0]
        self.counts[t], self.values[t] = self.seen[1:]
        self.left[t] = self.ground.left(self.counts[t])

    def snapshot(self) -> IntArray:
        """Return a copy of the replicas."""
        return self.counts.copy()

    def restore(self, counts: IntArray) -> None:
        """Put the replicas back."""
        self.counts = counts.copy()
        self.values = [self.ground.value(t, count) for t, count in enumerate(counts)]
        self.left = [self.ground.left(count) for count in counts]

    def schedule(self, counts: IntArray) -> LlmConfigSchedule:
        """Return the schedule of replicas."""
        found = self.ground.terms.routed_schedule(counts)
        assert found is not None
        return found

    def _fits(self, t: int, out: int, into: int) -> bool:
        """Return whether there is room for one more of `into` when one of `out` is gone."""
        if into < 0:
            return True
        ground, (pools, watts) = self.ground, self.left[t]
        gpus, power = ground.shards[into], ground.power_w[into]
        if out >= 0 and ground.pool[out] == ground.pool[into]:
            gpus = gpus - ground.shards[out]
        if out >= 0 and ground.site[out] == ground.site[into]:
            power = power - ground.power_w[out]
        return bool(gpus <= pools[ground.pool[into]] and power <= watts[ground.site[into]] + 1e-9 * abs(power))

    def _starts(self, t: int, count: IntArray) -> float:
        """Return grams of the starts into a period and out of it."""
        before, after = self.ground.around(t, self.counts)
        have, grams = self.ground.by_place(count), 0.0
        if before is not None:
            grams += float(np.maximum(have - before, 0) @ self.ground.start_g[t])
        if after is not None:
            grams += float(np.maximum(after - have, 0) @ self.ground.start_g[t + 1])
        return grams
