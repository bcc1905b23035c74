"""Searches: descent that puts machines elsewhere, and the swarm on the order of machines and the layers of each."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.iterated_local_search import iterate
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.layer_placement.beam import beam
from ecoopt.heuristics.layer_placement.chains import offer_chain
from ecoopt.heuristics.layer_placement.greedy import ended, fill
from ecoopt.heuristics.layer_placement.linked import Elsewhere, Linked, Swaps
from ecoopt.heuristics.layer_placement.placement import Pairs, Placement, Single
from ecoopt.heuristics.layer_placement.sweep import best_sweep, swept
from ecoopt.heuristics.layer_placement.trim import offer_trimmed
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    coverage,
    offer_start,
    placement_value,
)

_NARROW = 20


def local_search(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
    kicked: Annotated[int, Field(ge=1, le=100)] = 2, patience: Annotated[int, Field(ge=0)] = 50,
) -> Outcome:
    """Descend from the start, or the best of greedy, chain and a narrow beam: machines go where layers lack most.

    What is lacking is counted to a target, one above the throughput that is had; whenever it is reached, the target
    rises. Where a demand is to be met, machines are taken off too. At a local optimum some machines are put anywhere,
    and the descent goes on from there; back where that is worse. A move, or putting some anywhere, is an iteration.

    Where links may bind, machines change places or layers, every change is valued by its flow, and an iteration is a
    descent.

    Parameters
    ----------
    kicked : int
        Machines that are put anywhere.
    patience : int
        Local optima in a row without gain that end the search.
    """
    offer_start(instance, run, start)
    schedule = _begun(instance, run) if start is None else start
    if run.stop() is not None:
        return run.outcome()
    if instance.links is not None:
        return _with_links(instance, run, schedule, seed, kicked, patience)
    rng, demand, idle = np.random.default_rng(seed), instance.demand_tokens_per_s, 0
    reached = int(coverage(instance, schedule.first, schedule.held).min())
    placement = Placement(instance, schedule, demand or reached + 1)
    best, best_value = schedule, placement.value()
    most = demand or compute_bound(instance)
    while run.stop() is None and idle <= patience and placement.target <= most:
        descend([Single(placement), Pairs(placement)], placement.value(), snapshot=placement.schedule, run=run)
        reached, value = int(placement.covered.min()), placement.value()
        if reached >= placement.target:
            offer_trimmed(instance, run, placement.schedule())
        if demand is None and reached >= placement.target:
            placement.target = reached + 1
            best, best_value, idle = placement.schedule(), placement.value(), 0
            continue
        idle = 0 if value < best_value * (1 - 1e-12) else idle + 1
        if value <= best_value:
            best, best_value = placement.schedule(), value
        placement.hold(best)
        if run.stop() is not None:
            break
        placement.kick(rng, kicked)
        run.tick(1, 1)
    return ended(run) if run.objective is None else run.outcome(run.stop() or Termination.STALLED)


def _with_links(
    instance: LayerPlacementInstance, run: Run, schedule: LayerPlacementSchedule, seed: int, kicked: int, patience: int,
) -> Outcome:
    """Descend where links may bind: two machines change places, or one holds other layers; kicks as without links."""
    placement = Linked(instance, schedule, run)
    iterate([Swaps(placement), Elsewhere(placement)], placement.now, snapshot=placement.schedule,
            restore=placement.hold, perturb=lambda rng: placement.kick(rng, kicked), rng=np.random.default_rng(seed),
            run=run, patience=patience + 1)
    return ended(run)


def _begun(instance: LayerPlacementInstance, run: Run) -> LayerPlacementSchedule:
    """Return the best of greedy, chain and a narrow beam; an empty placement where none reaches a demand."""
    fill(instance, run)
    if run.stop() is None:
        offer_chain(instance, run)
    if run.stop() is None:
        beam(instance, run, seed=0, start=None, width=_NARROW)
    best = run.schedule()
    nothing = np.zeros_like(instance.kind)
    return best if isinstance(best, LayerPlacementSchedule) else LayerPlacementSchedule(first=nothing, held=nothing)


def pso(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 20, patience: Annotated[int, Field(ge=1)] = 100,
) -> Outcome:
    """Search orders of machines and numbers of layers by the extended swarm.

    A position holds, for each machine, its place in the order and the share of the layers it can hold. It is decoded
    from the first layer on: each machine starts where layers begin to lack some of the target, which is bisected; the
    machines used until the demand is met, where there is one. The first particle has the best placement of greedy,
    chain and a narrow beam.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without gain that end the search.
    """
    offer_start(instance, run, start)
    first = _begun(instance, run) if start is None else start
    if run.stop() is not None:
        return run.outcome()
    decoder, machines = _Decoder(instance), len(instance.kind)
    space = SearchSpace(np.zeros(2 * machines), np.ones(2 * machines))
    minimise(decoder.values, space, rng=np.random.default_rng(seed),
             settings=PsoSettings.constricted(swarm_size=swarm_size), run=run, decode=decoder.schedule,
             start=decoder.position(first)[None], patience=patience)
    return ended(run)


class _Decoder:
    """From positions to placements."""

    def __init__(self, instance: LayerPlacementInstance) -> None:
        self.instance = instance
        self.most = instance.most_held[instance.kind]

    def position(self, schedule: LayerPlacementSchedule) -> FloatArray:
        """Return a position that stands for a placement."""
        used = schedule.held > 0
        order = np.where(used, schedule.first / (self.instance.layers + 1), 1.0)
        share = np.where(used, (schedule.held - 0.5) / self.most, 1.0)
        return np.concatenate([order, share])

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objective of each position, minimised; infinite where the demand is not met."""
        return np.array([self._value(row) for row in positions])

    def schedule(self, position: FloatArray) -> LayerPlacementSchedule:
        """Return the placement of a position."""
        first, held = self._decoded(position)
        return LayerPlacementSchedule(first=np.maximum(first, 0), held=held)

    def _value(self, position: FloatArray) -> float:
        first, held = self._decoded(position)
        value = placement_value(self.instance, first, held)
        return np.inf if value is None else -value

    def _decoded(self, position: FloatArray) -> tuple[IntArray, IntArray]:
        """Return first layers and layers held."""
        instance, machines = self.instance, len(self.most)
        order = np.argsort(position[:machines], kind="stable")
        held = np.minimum(1 + np.floor(position[machines:] * self.most).astype(np.int64), self.most)
        speed, first = instance.speed[instance.kind, held], np.empty(machines, dtype=np.int64)
        if instance.demand_tokens_per_s is None:
            best_sweep(order, held, speed, instance.layers, first)
        else:
            swept(order, held, speed, instance.layers, instance.demand_tokens_per_s, first)
        held = np.where(first < 0, 0, np.minimum(held, instance.layers - first))
        return np.maximum(first, 0), held
