"""Impossible: which requests can never be served, and where all together need more than there is."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.kv_admission.program import program_of
from ecoopt.instances.kv_admission import KvAdmissionInstance
from ecoopt.instances.kv_admission.stretches import prefill_rounds, start_windows

_SECONDS, _TOLD = 60.0, 100


def reasons(instance: KvAdmissionInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when it has one."""
    if instance.refusal_price is not None:
        return []
    lines = _alone(instance) or _volume(instance)
    if lines:
        return lines
    found = program_of(instance).linear
    answer = solve_model(found.replaced(cost=np.zeros(found.columns)), Run(Budget(seconds=_SECONDS)))
    if answer.status is not Status.INFEASIBLE:
        return []
    return ["no request is impossible by itself, all requests together are: add memory, replicas or rounds, relax "
            "deadlines or the slack of fairness, or allow refusals"]


def _alone(instance: KvAdmissionInstance) -> list[str]:
    """Name requests that cannot be served even when alone."""
    peak = instance.prompt_tokens + instance.output_tokens
    most = int(instance.memory_tokens.max())
    lines = [f"request {i}: holds {peak[i]} tokens at its end, the largest memory is {most}; raise memory_tokens"
             for i in np.flatnonzero(peak > most).tolist()]
    if instance.prefill_tokens is not None:
        chunk = instance.prompt_tokens if instance.chunk_tokens is None else np.minimum(
            instance.prompt_tokens, instance.chunk_tokens)
        lines += [f"request {i}: prefills {chunk[i]} tokens in a round, {instance.prefill_tokens} are allowed; lower "
                  "chunk_tokens or raise prefill_tokens"
                  for i in np.flatnonzero(chunk > instance.prefill_tokens).tolist()]
    first, last = start_windows(instance)
    reads = prefill_rounds(instance, instance.prompt_tokens)
    due = instance.first_token_round
    late = (due >= 0) & (first + reads - 1 > due)
    lines += [f"request {i}: its first token comes in round {first[i] + reads[i] - 1} at the earliest, it is due in "
              f"{due[i]}; raise first_token_round" for i in np.flatnonzero(late).tolist()]
    lines += [f"request {i}: needs {reads[i] + instance.output_tokens[i] - 1} rounds from round {first[i]} on, there "
              f"are {instance.rounds}; raise rounds" for i in np.flatnonzero((last < first) & ~late).tolist()]
    return [*lines[:_TOLD], f"{len(lines) - _TOLD} more lines"] if len(lines) > _TOLD else lines


def _volume(instance: KvAdmissionInstance) -> list[str]:
    """Name a part of the horizon in which requests must hold more than all memory, token by token and round by round.

    What comes from some round on must hold its volume from then until the end.
    """
    output = instance.output_tokens
    volume = output * instance.prompt_tokens + output * (output + 1) // 2
    order = np.argsort(-instance.arrival_round, kind="stable")
    total = np.cumsum(volume[order])
    since = instance.arrival_round[order]
    room = (instance.rounds - since) * int(instance.memory_tokens.sum())
    over = np.flatnonzero(total > room)
    if not over.size:
        return []
    worst = int(over[np.argmax((total - room)[over])])
    return [f"rounds {since[worst]} to {instance.rounds - 1}: requests that arrive there hold {total[worst]} tokens "
            f"times rounds, memory has {room[worst]}; raise rounds or memory_tokens"]
