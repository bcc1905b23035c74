"""The rules of spot fleets, and in people's terms who breaks them, where and by how much."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.spot_parallel import ROUNDING, SpotParallelInstance, SpotParallelSchedule

UNKNOWN_CONFIG = "a configuration does not exist"
NO_MEMORY = "weights and cache exceed the memory of a GPU"
TOO_FEW = "a configuration takes more GPUs than there are"
TOO_MANY_EXTRA = "more on-demand GPUs are rented than can be had"
IDLE_EXTRA = "on-demand GPUs are rented that the configuration does not take"
NOT_THERE = "a spot GPU has a slot and is not there"
UNKNOWN_SLOT = "a slot does not exist"
NOT_ONE = "a slot is not on exactly one GPU"
OTHER_EXTRA = "other on-demand GPUs have slots than are rented"
TOO_DEAR = "GPUs cost more than the budget"
TOO_DIRTY = "more carbon is emitted than the budget"


def violations(
    instance: SpotParallelInstance, schedule: SpotParallelSchedule, config: IntArray, rent_usd: float, carbon_kg: float,
) -> list[Violation]:
    """Return every broken rule: of GPUs at each node, of slots, of both budgets."""
    taken, extra = instance.gpus[config], schedule.on_demand
    parts = instance.pipeline[config] * instance.tensor[config]
    memory_gb = np.where(instance.data[config] > 0, (instance.weights_gb + instance.kv_gb[config]) / parts, 0.0)
    room_gb = instance.gpu_memory_gb * (1 + ROUNDING)
    return [
        *broken(UNKNOWN_CONFIG, "configurations", schedule.config - (instance.configs - 1), _node),
        *broken(NO_MEMORY, "GB", np.where(memory_gb > room_gb, memory_gb - instance.gpu_memory_gb, 0.0), _node),
        *broken(TOO_FEW, "GPUs", taken - extra - instance.spot_gpus, _node),
        *broken(TOO_MANY_EXTRA, "GPUs", extra - instance.most_on_demand, _node),
        *broken(IDLE_EXTRA, "GPUs", extra - taken, _node),
        *_slots(instance, schedule, config),
        *_budget(TOO_DEAR, "USD", rent_usd, instance.budget_usd),
        *_budget(TOO_DIRTY, "kg", carbon_kg, instance.budget_kg)]


def _slots(
    instance: SpotParallelInstance, schedule: SpotParallelSchedule, config: IntArray,
) -> list[Violation]:
    """Every slot is on one GPU that is there."""
    if schedule.slot is None or instance.alive is None:
        return []
    there = np.hstack([instance.alive, np.ones((instance.nodes, instance.most_on_demand), dtype=bool)])
    absent, unknown, wrong, other = (np.zeros(instance.nodes, dtype=np.int64) for _ in range(4))
    for n, c in enumerate(config.tolist()):
        row, size = schedule.slot[n], int(instance.gpus[c])
        absent[n] = ((row >= 0) & ~there[n]).sum()
        unknown[n] = (row >= size).sum()
        wrong[n] = (np.bincount(row[(row >= 0) & (row < size)], minlength=size) != 1).sum()
        other[n] = abs(int((row[instance.alive.shape[1]:] >= 0).sum()) - int(schedule.on_demand[n]))
    return [*broken(NOT_THERE, "GPUs", absent, _node), *broken(UNKNOWN_SLOT, "GPUs", unknown, _node),
            *broken(NOT_ONE, "slots", wrong, _node), *broken(OTHER_EXTRA, "GPUs", other, _node)]


def _budget(what: str, unit: str, spent: float, budget: float | None) -> list[Violation]:
    if budget is None or spent <= budget + ROUNDING * max(budget, 1.0):
        return []
    return broken(what, unit, [spent - budget], lambda _: "horizon")


def _node(n: int) -> str:
    return f"node {n}"
