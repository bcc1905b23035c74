"""What a stretch takes: the rounds it prefills and lasts, closed forms of context and tokens that solvers share."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.instances.kv_admission.schema import KvAdmissionInstance


def prefill_rounds(instance: KvAdmissionInstance, context: IntArray) -> IntArray:
    """Return the rounds that reading so many tokens takes, at least 1.

    Parameters
    ----------
    instance : KvAdmissionInstance
        For its chunks.
    context : int array
        Tokens to be read.
    """
    if instance.chunk_tokens is None:
        return np.ones_like(context)
    return -(-context // np.int64(instance.chunk_tokens))


def whole_rounds(instance: KvAdmissionInstance) -> IntArray:
    """Return the rounds that each request lasts when it runs without a break, int array [N]."""
    return prefill_rounds(instance, instance.prompt_tokens) + instance.output_tokens - 1


def start_windows(instance: KvAdmissionInstance) -> tuple[IntArray, IntArray]:
    """Return the first and the last round in which each request can begin and run without a break, int array [N] each.

    The window is empty (last before first) where the horizon or the deadline is too short.
    """
    read = prefill_rounds(instance, instance.prompt_tokens)
    last = instance.rounds - (read + instance.output_tokens - 1)
    due = instance.first_token_round
    return instance.arrival_round, np.where(due >= 0, np.minimum(last, due - read + 1), last)


def placeless(instance: KvAdmissionInstance) -> NDArray[np.bool_]:
    """Return which requests have no place even alone, for their memory, deadline or the horizon, bool array [N]."""
    first, last = start_windows(instance)
    found: NDArray[np.bool_] = (last < first) | (
        instance.prompt_tokens + instance.output_tokens > instance.memory_tokens.max())
    return found
