"""Whether a schedule keeps the rule of fairness between clients, as solvers see it."""

import numpy as np

from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.stretches import prefill_rounds


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
    moves = np.append(False, (np.diff(request) == 0) & (schedule.start_round[1:] == (
        schedule.start_round + reads - 1 + schedule.tokens)[:-1]) & (np.diff(schedule.replica) != 0))
    first = schedule.start_round + np.where(moves, 1, reads) - 1
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
