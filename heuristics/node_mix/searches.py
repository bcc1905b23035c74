"""Searches that begin at the greedy's mix: descent by changes, and the swarm on prices."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.node_mix.greedy import ended, fill, settle
from ecoopt.heuristics.node_mix.mix import Mix
from ecoopt.heuristics.node_mix.moves import Machines, PairSwaps, Swaps
from ecoopt.heuristics.node_mix.start import Start, offer_start
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule

_BLOCKS = 6


def local_search(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Descend from the greedy or the start: choices change, one or two at once; machines are swapped, taken off.

    Ignores `seed`.
    """
    offer_start(instance, run, start)
    mix = Mix(instance)
    if start is not None:
        mix.hold(start.count)
    elif fill(mix, run) is None:
        return ended(run)
    if run.stop() is not None:
        return run.outcome()
    descend([Swaps(mix), Machines(mix), PairSwaps(mix)], mix.kg(), snapshot=lambda: mix.count.copy(), run=run,
            decode=lambda count: NodeMixSchedule(count=count), tolerance=1e-9 * max(1.0, mix.kg()))
    return run.outcome(run.stop() or Termination.STALLED)


def pso(
    instance: NodeMixInstance, run: Run, *, seed: int, start: Start,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 20, patience: Annotated[int, Field(ge=1)] = 20,
) -> Outcome:
    """Search prices by the extended swarm: of every ceiling in six parts of the groups, and worths of the floors.

    A position is decoded as the greedy's mixes are. The first particle has the greedy's price.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without gain that end the search.
    """
    offer_start(instance, run, start)
    mix = Mix(instance)
    ceilings = len(mix.uses)
    usual = fill(mix, run)
    size = ceilings * _BLOCKS + len(mix.gives)
    if usual is None or size == 0 or run.stop() is not None:
        return ended(run)
    block = instance.group * _BLOCKS // len(instance.groups)
    top = np.maximum(2 * usual, float(mix.total_kg.sum()) / 2**12)

    def build(position: FloatArray) -> bool:
        price = position[:ceilings * _BLOCKS].reshape(ceilings, _BLOCKS)[:, block] * top[:, None]
        if not mix.build(price, np.exp2(position[ceilings * _BLOCKS:])) or not mix.feasible():
            return False
        settle(mix)
        return True

    def values(positions: FloatArray) -> FloatArray:
        return np.array([mix.kg() if build(row) else np.inf for row in positions])

    def decoded(position: FloatArray) -> NodeMixSchedule:
        build(position)
        return mix.schedule()

    lower = np.concatenate([np.zeros(ceilings * _BLOCKS), np.full(len(mix.gives), -6.0)])
    upper = np.concatenate([np.ones(ceilings * _BLOCKS), np.full(len(mix.gives), 6.0)])
    first = np.concatenate([np.repeat(usual / np.where(top > 0, top, 1.0), _BLOCKS), np.zeros(len(mix.gives))])
    minimise(values, SearchSpace(lower, upper), rng=np.random.default_rng(seed),
             settings=PsoSettings.constricted(swarm_size=swarm_size), run=run, decode=decoded, start=first[None],
             patience=patience)
    return run.outcome()
