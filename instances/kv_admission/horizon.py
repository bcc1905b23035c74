"""A horizon that is long enough: the rounds within which first come, first served is done, in closed form."""

import math

import numpy as np

from ecoopt.core.arrays import IntArray


def enough_rounds(
    arrival_round: IntArray, prompt_tokens: IntArray, output_tokens: IntArray, memory_tokens: int,
    replicas: int, *, batch_cap: int | None, prefill_tokens: int | None, chunk_tokens: int | None,
) -> int:
    """Return rounds in which equal replicas are done, whatever the order in which requests are admitted.

    While the next request waits, on every replica memory reserved at full length exceeds what that request leaves of
    it, or the batch is full, or the prefills of the round are. So ``last arrival + longest run + (sum(peak * rounds) /
    (memory - largest peak + 1) + sum(rounds) / batch_cap + sum(prompt) / (prefill_tokens - largest chunk + 1)) /
    replicas`` is enough.

    Parameters
    ----------
    arrival_round, prompt_tokens, output_tokens : int array [N]
        Of the requests; each fits alone.
    memory_tokens, replicas : int
        Memory of each replica, and how many there are.
    batch_cap, prefill_tokens, chunk_tokens : int, optional
        As in ``KvAdmissionInstance``.
    """
    peak = prompt_tokens + output_tokens
    chunk = prompt_tokens if chunk_tokens is None else np.minimum(prompt_tokens, chunk_tokens)
    lasts = -(-prompt_tokens // chunk) + output_tokens - 1
    blocked = float(peak @ lasts) / max(memory_tokens - int(peak.max()) + 1, 1)
    if batch_cap is not None:
        blocked += float(lasts.sum()) / batch_cap
    if prefill_tokens is not None:
        blocked += float(prompt_tokens.sum()) / max(prefill_tokens - int(chunk.max()) + 1, 1)
    return int(arrival_round.max()) + int(lasts.max()) + math.ceil(blocked / replicas)
