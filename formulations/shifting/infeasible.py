"""Explain: which job has no place even alone, which span of slots is overloaded, or that jobs do not fit together."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.shifting.exact import branched
from ecoopt.formulations.shifting.lagrangian import largest_first
from ecoopt.formulations.shifting.model import shifting_model
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance

_MOST_LINES = 20
_MOST_SPANS_SLOTS = 3000


def reasons(instance: ShiftingInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when it has one."""
    costs = ShiftingCosts(instance)
    alone = Placement.empty(costs)
    homeless = np.flatnonzero(np.isinf(alone.place(np.arange(instance.jobs), held=False)))
    if not instance.capacity_gpus.any():
        return ["no region has any GPUs; raise capacity_gpus"]
    if len(homeless):
        lines = [_homeless(instance, int(j)) for j in homeless[:_MOST_LINES]]
        rest = len(homeless) - len(lines)
        return [*lines, f"{rest} more jobs have no place even alone"] if rest else lines
    if lines := _overloaded(instance):
        return lines
    orders = (largest_first(costs), np.argsort(instance.deadline_slot - instance.length_slots, kind="stable"))
    if any(Placement.empty(costs).fill(order) for order in orders):
        return []
    if branched(shifting_model(costs), Run(), None, seed=0).status is not Status.INFEASIBLE:
        return []
    return ["every job has a place by itself and no span of slots is overloaded, but together they do not fit: raise "
            "capacity_gpus, widen windows or let jobs be interruptible"]


def _homeless(instance: ShiftingInstance, job: int) -> str:
    """Say why a job has no place even alone."""
    first, last = int(instance.release_slot[job]), int(instance.deadline_slot[job])
    length, gpus = int(instance.length_slots[job]), int(instance.gpus[job])
    if last - first < length:
        return (f"job {job}: its window, slots {first} to {last - 1}, is shorter than its length {length}; move "
                "deadline_slot or release_slot")
    most = int(instance.capacity_gpus[:, first:last].max())
    if most < gpus:
        return f"job {job}: it needs {gpus} GPUs, no region has more than {most} in its window; raise capacity_gpus"
    how = "slots" if instance.interruptible[job] else "slots in a row"
    return (f"job {job}: no region has {gpus} GPUs in {length} {how} of its window, slots {first} to {last - 1}; raise "
            "capacity_gpus")


def _overloaded(instance: ShiftingInstance) -> list[str]:
    """Name the worst span of slots in which jobs must do more than all regions have."""
    if instance.slots > _MOST_SPANS_SLOTS:
        return []
    must, has = _inside(instance), np.concatenate([[0], np.cumsum(instance.capacity_gpus.sum(axis=0))])
    beyond = np.triu(must - (has[None, :] - has[:, None]))
    first, end = np.unravel_index(int(np.argmax(beyond)), beyond.shape)
    if beyond[first, end] <= 0:
        return []
    return [f"slots {first} to {end - 1}: jobs whose windows lie there need {must[first, end]} GPU-slots, all regions "
            f"together have {has[end] - has[first]}; raise capacity_gpus or widen windows"]


def _inside(instance: ShiftingInstance) -> IntArray:
    """Return the GPU-slots of all jobs whose windows lie in slots a .. b - 1, int array [T + 1, T + 1], O(J + T^2)."""
    work = np.zeros((instance.slots + 1, instance.slots + 1), dtype=np.int64)
    np.add.at(work, (instance.release_slot, instance.deadline_slot), instance.gpus * instance.length_slots)
    inside: IntArray = np.cumsum(np.cumsum(work[::-1], axis=0)[::-1], axis=1)
    return inside
