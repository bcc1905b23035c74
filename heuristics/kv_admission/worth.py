"""What a schedule costs: the solvers' own sum of latency, refusals and energy, for stretches of any kind."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.stretches import prefill_rounds


def worth(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule) -> float:
    """Return the objective of a feasible schedule; O(N + S) array operations but for stretches that move."""
    count = np.diff(schedule.offset)
    request = np.repeat(np.arange(instance.requests), count)
    summed = np.append(0, np.cumsum(schedule.tokens))
    context = instance.prompt_tokens[request] + summed[:-1] - summed[schedule.offset[request]]
    reads = prefill_rounds(instance, context)
    moved = _moved(instance, schedule, request, reads)
    reads = np.where(moved, 1, reads)
    first = schedule.start_round + reads - 1
    end = first + schedule.tokens
    served = count > 0
    last = end[schedule.offset[1:][served] - 1]
    total = float(instance.weight[served] @ (last - instance.arrival_round[served]))
    if instance.refusal_price is not None:
        total += float(instance.refusal_price[~served].sum())
    if instance.energy is not None:
        paid: FloatArray = np.append(0.0, np.cumsum(instance.energy.price_per_j))
        chunk = context if instance.chunk_tokens is None else np.int64(instance.chunk_tokens)
        rest = context - (reads - 1) * chunk
        read = chunk * (paid[first] - paid[schedule.start_round]) + rest * (paid[first + 1] - paid[first])
        total += instance.energy.prefill_j * float(np.where(moved, 0.0, read).sum())
        total += instance.energy.decode_j * float((paid[end] - paid[first]).sum())
    return total


def _moved(
    instance: KvAdmissionInstance, schedule: KvAdmissionSchedule, request: IntArray, reads: IntArray,
) -> np.ndarray:
    """Return which stretches take their cache along from another replica, bool array [S]."""
    moved = np.zeros(len(request), dtype=bool)
    if instance.migration_tokens == 0:
        return moved
    for s in np.flatnonzero(np.append(False, np.diff(request) == 0)):
        lasts = schedule.tokens[s - 1] + (0 if moved[s - 1] else reads[s - 1] - 1)
        moved[s] = (schedule.start_round[s - 1] + lasts == schedule.start_round[s]
                    and schedule.replica[s - 1] != schedule.replica[s])
    return moved


def fair(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule) -> bool:
    """Return whether the fairness rule, if there is one, is kept; O(S + C T + C rounds waited)."""
    rule = instance.fairness
    if rule is None:
        return True
    count, rounds = np.diff(schedule.offset), instance.rounds
    request = np.repeat(np.arange(instance.requests), count)
    summed = np.append(0, np.cumsum(schedule.tokens))
    context = instance.prompt_tokens[request] + summed[:-1] - summed[schedule.offset[request]]
    reads = prefill_rounds(instance, context)
    first = schedule.start_round + np.where(_moved(instance, schedule, request, reads), 1, reads) - 1
    rate, got = np.zeros((instance.clients, rounds + 1)), np.zeros((instance.clients, rounds + 1))
    client, opening = instance.client[request], schedule.offset[:-1][count > 0]
    np.add.at(rate, (client, first), rule.output_weight)
    np.add.at(rate, (client, first + schedule.tokens), -rule.output_weight)
    np.add.at(got, (client[opening], schedule.start_round[opening]),
              rule.prompt_weight * instance.prompt_tokens[request[opening]])
    service = np.zeros((instance.clients, rounds + 2))  # By the beginning of each round.
    service[:, 1:] = np.cumsum(np.cumsum(rate, axis=1) + got, axis=1)
    for i, begins in zip(np.flatnonzero(count > 0), schedule.start_round[opening], strict=True):
        came, own = instance.arrival_round[i], instance.client[i]
        if begins > came:
            gained = service[:, came + 1:begins + 1] - service[:, came:came + 1]
            if (gained - gained[own]).max() > rule.slack_tokens * (1.0 + 1e-12):
                return False
    return True
