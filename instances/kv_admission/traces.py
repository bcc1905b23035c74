"""From traces of requests to instances: arrivals and lengths as they were, rounds and memory as asked for."""

from pathlib import Path

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.kv_admission.horizon import enough_rounds
from ecoopt.instances.kv_admission.schema import MOST_ROUNDS, KvAdmissionInstance
from ecoopt.instances.llm import RequestTrace, read_requests


def import_kv_trace(
    *trace: Path, round_ms: float = 50.0, tokens_per_unit: int = 1, memory_tokens: int = 66_144, replicas: int = 1,
    requests: int | None = None, speed: float = 1.0, batch_cap: int | None = None, prefill_tokens: int | None = None,
    chunk_tokens: int | None = None, preemption: bool = False, prediction_sd: float = 0.3, seed: int = 0,
) -> KvAdmissionInstance:
    """Read traces of requests; each file is a client, and all begin at once.

    Parameters
    ----------
    *trace : Path
        Azure's CSV or Mooncake's JSON lines, as they are or compressed (gzip, xz, zstd).
    round_ms : float
        Milliseconds of a round.
    tokens_per_unit : int
        Tokens that one of the instance stands for; lengths are divided by it and rounded up.
    memory_tokens : int
        Tokens that a replica holds, in those of the trace; DistServe measured 66,144 for OPT-13B on one A100 of 80 GB.
        Requests that do not fit alone are an error.
    replicas : int
        Number of replicas.
    requests : int, optional
        Keep so many requests, the first ones; all by default.
    speed : float
        Factor by which requests come faster than they did.
    batch_cap, prefill_tokens, chunk_tokens, preemption
        As in ``KvAdmissionInstance``; tokens are those of the instance.
    prediction_sd : float
        Standard deviation of the logarithm of predicted over true length.
    seed : int
        Of the predictions.

    Raises
    ------
    InputError
        With every problem of the options, or when a file is no such trace.
    """
    check = Arguments("import kv-trace")
    check.number("round_ms", round_ms, 1e-3, 1e6)
    check.number("speed", speed, 1e-6, 1e6)
    check.number("prediction_sd", prediction_sd, 0, 5)
    check.flag("preemption", preemption)
    for field, value, most in (("tokens_per_unit", tokens_per_unit, 1_000_000), ("memory_tokens", memory_tokens, 2**40),
                               ("replicas", replicas, 1000), ("requests", requests, 1_000_000),
                               ("batch_cap", batch_cap, 1_000_000), ("prefill_tokens", prefill_tokens, 2**40),
                               ("chunk_tokens", chunk_tokens, 10_000_000)):
        if value is not None:
            check.whole(field, value, 1, most)
    check.whole("seed", seed, 0, 2**63 - 1)
    if not trace:
        check.add("trace", "there is none", "give at least one file")
    check.refuse()
    parts = [read_requests(path) for path in trace]
    second, prompt, output, client = _merged(parts, requests)
    prompt, output = (-(-tokens // tokens_per_unit) for tokens in (prompt, output))
    memory, names = memory_tokens // tokens_per_unit, " + ".join(path.name for path in trace)
    too_long = int((prompt + output > memory).sum())
    if too_long:
        raise InputError.one(names, "memory_tokens", f"{too_long} requests do not fit into a replica",
                             f"give at least {int((prompt + output).max()) * tokens_per_unit}")
    arrival = np.floor(second / speed * 1000.0 / round_ms).astype(np.int64)
    rounds = enough_rounds(arrival, prompt, output, memory, replicas, batch_cap=batch_cap,
                           prefill_tokens=prefill_tokens, chunk_tokens=chunk_tokens)
    draws = np.random.default_rng(seed).standard_normal(len(output))
    instance: KvAdmissionInstance = KvAdmissionInstance.from_content({
        "name": f"kv-{trace[0].name.partition('.')[0]}-n{len(arrival)}-r{replicas}"[:200],
        "provenance": Provenance(source=f"requests of {names}; predictions drawn", licence=parts[0].licence),
        "arrival_round": arrival, "prompt_tokens": prompt, "output_tokens": output,
        "predicted_tokens": np.maximum(np.rint(output * np.exp(prediction_sd * draws)), 1).astype(np.int64),
        "weight": np.ones(len(arrival)), "client": client, "first_token_round": np.full(len(arrival), -1),
        "memory_tokens": np.full(replicas, memory), "rounds": min(rounds, MOST_ROUNDS), "batch_cap": batch_cap,
        "prefill_tokens": prefill_tokens, "chunk_tokens": chunk_tokens, "preemption": preemption,
        "round_s": round_ms / 1000.0}, names)
    return instance


def _merged(parts: list[RequestTrace], requests: int | None) -> tuple[np.ndarray, ...]:
    """Return seconds, prompts, outputs and clients of the first requests of all traces, in order of arrival."""
    second = np.concatenate([part.arrival_s for part in parts])
    client = np.repeat(np.arange(len(parts)), [part.n for part in parts])
    order = np.argsort(second, kind="stable")[:requests]
    prompt, output = (np.concatenate([getattr(part, field) for part in parts])
                      for field in ("prompt_tokens", "output_tokens"))
    return second[order], prompt[order], output[order], client[order]
