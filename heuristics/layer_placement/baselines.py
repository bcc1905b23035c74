"""Baselines: one pipeline split by memory, and pipelines of equal machines."""

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.ended import ended
from ecoopt.heuristics.layer_placement.trim import offer_trimmed
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, offer_start


def even_split(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Split the layers over all machines in proportion to what each can hold, rounded at the cumulated shares.

    Nothing where they cannot hold all layers. Ignores `seed`.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    most = instance.most_held[instance.kind]
    run.tick(1, 1)
    if int(most.sum()) < instance.layers:
        return run.outcome(reason="the machines together cannot hold all layers")
    ends = np.cumsum(most) * instance.layers // int(most.sum())
    held = np.diff(ends, prepend=0)
    offer_trimmed(instance, run, LayerPlacementSchedule(first=np.where(held > 0, ends - held, 0), held=held))
    return ended(run)


def separate(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Make pipelines of machines of one type each, all as long as serves the type best.

    With s machines in a pipeline, each holds ``ceil(L / s)`` layers, and the type serves ``floor(N / s)`` times the
    speed with so many. Ignores `seed`.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    first, held = np.zeros((2, len(instance.kind)), dtype=np.int64)
    for q, number in enumerate(instance.count.tolist()):
        lengths = np.arange(1, number + 1)
        deep = -(-instance.layers // lengths)
        fits = deep <= instance.most_held[q]
        served = np.where(fits, number // lengths * instance.speed[q][np.where(fits, deep, 0)], 0)
        if not served.max(initial=0):
            continue
        length = int(lengths[np.argmax(served)])
        members = np.flatnonzero(instance.kind == q)[:number // length * length].reshape(-1, length)
        ends = np.minimum(np.arange(1, length + 1) * int(deep[length - 1]), instance.layers)
        begins = np.minimum(np.arange(length) * int(deep[length - 1]), instance.layers)
        held[members], first[members] = ends - begins, np.where(ends > begins, begins, 0)
    run.tick(1, 1)
    offer_trimmed(instance, run, LayerPlacementSchedule(first=first, held=held))
    return ended(run)
