"""The cover model: how many machines of a type hold which layers, without an index of machines; links do not bind."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.status import Sense
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.formulations.layer_placement.configuration import Prices
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    placed,
    slots_of,
    throughput,
    weights,
)


@dataclass(frozen=True)
class CoverModel:
    """A model and what its columns mean.

    Parameters
    ----------
    linear : LinearModel
        The model; its first columns are ``put``.
    instance : LayerPlacementInstance
        What it was made of.
    slot, first : int array [n]
        Slot and first layer of each ``put`` column.
    """

    linear: LinearModel
    instance: LayerPlacementInstance
    slot: IntArray
    first: IntArray

    def schedule(self, x: FloatArray) -> LayerPlacementSchedule:
        """Return the schedule of a solution."""
        times = np.rint(x[:len(self.slot)]).astype(np.int64)
        return placed(self.instance, zip(np.repeat(self.slot, times).tolist(), np.repeat(self.first, times).tolist(),
                                         strict=True))

    def solution(self, schedule: LayerPlacementSchedule) -> FloatArray:
        """Return a schedule as a solution, each machine with as many layers as it can hold at its speed."""
        instance, slots = self.instance, slots_of(self.instance)
        used = np.flatnonzero(schedule.held)
        kind, speed = instance.kind[used], instance.speed[instance.kind[used], schedule.held[used]]
        slot = np.array([np.flatnonzero((slots.kind == q) & (slots.speed == t))[0]
                         for q, t in zip(kind.tolist(), speed.tolist(), strict=True)], dtype=np.int64)
        first = np.minimum(schedule.first[used], instance.layers - slots.held[slot])
        x = np.zeros(self.linear.columns)
        begin = np.searchsorted(self.slot, slot)
        np.add.at(x, begin + first, 1.0)
        if instance.demand_tokens_per_s is None:
            x[-1] = throughput(instance, schedule.first, schedule.held)
        return x


def cover_model(instance: LayerPlacementInstance, low: int, high: int, prices: Prices | None) -> CoverModel:
    """Return the integer program of an instance whose links do not bind.

    Columns: ``put[j]``, machines that hold a slot from a layer on; ``flow``, for throughput. Rows: ``covered[l]``
    sum T_j put_j >= flow, or the demand, speeds capped at it; ``owned[q]``; ``priced[l]`` sum w_j put_j >= v, the
    price of any pattern that takes the target of the prices.

    Parameters
    ----------
    low, high : int
        Range of the throughput that is looked at.
    prices : Prices, optional
        For `low` or the demand: what does not reach that is cut off.
    """
    slots, layers, demand = slots_of(instance), instance.layers, instance.demand_tokens_per_s
    room = layers - slots.held + 1
    slot = np.repeat(np.arange(len(slots.kind)), room)
    first = np.arange(len(slot)) - np.repeat(np.cumsum(room) - room, room)
    builder = ModelBuilder(Sense.MAX)
    kind = slots.kind[slot]
    put = builder.add_columns("put", len(slot), cost=-weights(instance)[kind], upper=instance.count[kind], integer=True)
    column = np.repeat(put, slots.held[slot])
    inside = np.arange(len(column)) - np.repeat(np.cumsum(slots.held[slot]) - slots.held[slot], slots.held[slot])
    layer = np.repeat(first, slots.held[slot]) + inside
    covered = builder.add_rows("covered", layers, lower=float(demand or 0))
    speed = slots.speed if demand is None else np.minimum(slots.speed, demand)
    builder.add_terms(covered[layer], column, speed[slot[column]])
    owned = builder.add_rows("owned", len(instance.types), upper=instance.count)
    builder.add_terms(owned[kind], put, 1.0)
    if prices is not None and prices.layer > 0:
        priced = builder.add_rows("priced", layers, lower=1 - 1e-9)
        builder.add_terms(priced[layer], column, prices.slot[slot[column]] / prices.layer)
    if demand is None:
        flow = builder.add_columns("flow", 1, cost=1.0, lower=float(low), upper=float(high), integer=True)
        builder.add_terms(covered, flow, -1.0)
    return CoverModel(builder.model(), instance, slot, first)
