"""Configurations: the ways to spread a model over GPUs, with latency, throughput and cache as DistServe's fits say."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecoopt.instances.llm.distserve import DistServeProfile

GPU_MEMORY_GB = 80.0
STAGES = (1, 2, 4, 8)


def configurations(
    profile: DistServeProfile, *, most_gpus: int, batches: Sequence[int] = (8,), prompt: int = 512, output: int = 128,
    off: bool = True,
) -> dict[str, NDArray[Any]]:
    """Return the fields of an instance that say what configurations there are.

    Throughput is that of full batches, one in each stage of each replica. Configurations whose caches do not fit beside
    the weights, as measured, are left out.

    Parameters
    ----------
    profile : DistServeProfile
        The model.
    most_gpus : int
        GPUs of the largest configuration.
    batches : sequence of int
        Batch sizes.
    prompt, output : int
        Tokens of a request and of its answer.
    off : bool
        Whether the service may be off.
    """
    rows: list[tuple[Any, ...]] = [(0, 1, 1, 1, 0.0, 0.0, 0.0)] if off else []
    for batch in batches:
        for stages in STAGES:
            for shards in sorted(profile.speeds):
                tokens = batch * stages * (prompt + output)
                if tokens > profile.tokens.get((shards, stages), -1):
                    continue
                latency_s = profile.latency_s(shards, stages, batch, prompt, output)
                rows += [(replicas, stages, shards, batch, latency_s, replicas * batch * stages / latency_s,
                          tokens * profile.kv_gb_per_token)
                         for replicas in range(1, most_gpus // (stages * shards) + 1)]
    names = ("data", "pipeline", "tensor", "batch", "latency_s", "throughput_rps", "kv_gb")
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: np.array(column, dtype=np.int64 if k < 4 else np.float64)
            for k, (name, column) in enumerate(zip(names, columns, strict=True))}
