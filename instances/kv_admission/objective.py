"""The objective as solvers work it out: latency, refusals and energy of a schedule, in closed form."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.kv_admission.schedule import KvAdmissionSchedule
from ecoopt.instances.kv_admission.schema import KvAdmissionInstance
from ecoopt.instances.kv_admission.stretches import prefill_rounds


def objective_of(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule) -> float:
    """Return the objective of a schedule that keeps all rules; O(N + S + T) for S stretches.

    Parameters
    ----------
    instance : KvAdmissionInstance
        What is asked.
    schedule : KvAdmissionSchedule
        What was decided.
    """
    count = np.diff(schedule.offset)
    request = np.repeat(np.arange(instance.requests), count)
    before = np.cumsum(schedule.tokens) - schedule.tokens
    before -= before[schedule.offset[request]]
    context = instance.prompt_tokens[request] + before
    reads = prefill_rounds(instance, context)
    moved = _moved(instance, schedule, before, reads)
    decode = schedule.start_round + np.where(moved, 0, reads - 1)
    until = decode + schedule.tokens
    served = count > 0
    done = until[schedule.offset[1:][served] - 1]
    found = float(instance.weight[served] @ (done - instance.arrival_round[served]))
    if instance.refusal_price is not None:
        found += float(instance.refusal_price[~served].sum())
    return found + _energy(instance, schedule.start_round, decode, until, context, reads, moved)


def _moved(
    instance: KvAdmissionInstance, schedule: KvAdmissionSchedule, before: IntArray, reads: IntArray,
) -> IntArray:
    """Return whether each stretch takes its cache along from the one before, as 0 or 1."""
    moved = np.zeros(len(schedule.tokens), dtype=np.int64)
    if instance.migration_tokens == 0:
        return moved
    until = 0
    for s in range(len(moved)):
        moved[s] = (before[s] > 0 and schedule.start_round[s] == until
                    and schedule.replica[s] != schedule.replica[s - 1])
        until = schedule.start_round[s] + schedule.tokens[s] + (0 if moved[s] else reads[s] - 1)
    return moved


def _energy(
    instance: KvAdmissionInstance, start: IntArray, decode: IntArray, until: IntArray, context: IntArray,
    reads: IntArray, moved: IntArray,
) -> float:
    """Return what the energy of all stretches costs."""
    if instance.energy is None:
        return 0.0
    sums: FloatArray = np.append(0.0, np.cumsum(instance.energy.price_per_j))
    chunk = context if instance.chunk_tokens is None else np.full_like(context, instance.chunk_tokens)
    whole = chunk * (sums[decode] - sums[start]) + (context - (reads - 1) * chunk) * (sums[decode + 1] - sums[decode])
    return float(instance.energy.prefill_j * np.where(moved > 0, 0.0, whole).sum()
                 + instance.energy.decode_j * (sums[until] - sums[decode]).sum())
