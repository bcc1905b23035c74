"""Hypothesis strategies for tiny KV admission instances, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.kv_admission import Energy, Fairness, KvAdmissionInstance, KvAdmissionSchedule


@st.composite
def kv_admission_instances(
    draw: st.DrawFn, *, requests: int = 4, rounds: int = 7, breaks: bool | None = None, plain: bool = False,
) -> KvAdmissionInstance:
    """Draw a tiny instance: scarce memory, chunks, caps, deadlines, refusals, clients, energy, ties; some impossible.

    Parameters
    ----------
    requests, rounds : int
        Most requests and rounds.
    breaks : bool, optional
        Whether requests may be broken off or move; drawn by default.
    plain : bool
        Only arrivals, lengths, weights and memory; every instance has a schedule where rounds do.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number, horizon = draw(st.integers(1, requests)), draw(st.integers(3, rounds))
    may_break = draw(st.booleans()) if breaks is None else breaks
    prompt, output = rng.integers(1, 7, number), rng.integers(1, 4, number)
    arrival = rng.integers(0, max(horizon - 3, 1), number)
    weight = rng.choice([1.0, 1.0, 2.0, 0.5], number)
    replicas = draw(st.sampled_from((1, 1, 2)))
    memory = rng.integers(7, 16, replicas)
    if plain:
        return _instance(arrival, prompt, output, weight, np.maximum(memory, (prompt + output).max()), 40)
    moves = may_break and replicas > 1 and draw(st.booleans())
    due = np.where(rng.random(number) < 0.3, arrival + rng.integers(0, 4, number), -1)
    return _instance(
        arrival, prompt, output, weight, memory, horizon, client=rng.integers(0, 2, number), first_token_round=due,
        refusal_price=draw(st.sampled_from((None, rng.choice([2.0, 5.0, 20.0], number)))),
        batch_cap=draw(st.sampled_from((None, None, 1, 2))), prefill_tokens=draw(st.sampled_from((None, None, 6, 9))),
        chunk_tokens=draw(st.sampled_from((None, None, 2, 3))),
        preemption=may_break and (not moves or draw(st.booleans())), migration_tokens=draw(
            st.sampled_from((6, 20))) if moves else 0,
        fairness=draw(st.sampled_from((None, None, Fairness(slack_tokens=float(rng.integers(0, 12)))))),
        energy=draw(st.sampled_from((None, Energy(prefill_j=0.5, decode_j=2.0,
                                                  price_per_j=rng.choice([0.0, 0.1, 1.0], horizon))))))


def _instance(
    arrival: np.ndarray, prompt: np.ndarray, output: np.ndarray, weight: np.ndarray, memory: np.ndarray, rounds: int,
    **others: object,
) -> KvAdmissionInstance:
    number = len(arrival)
    content = {
        "name": "tiny", "arrival_round": arrival, "prompt_tokens": prompt, "output_tokens": output,
        "predicted_tokens": output, "weight": weight, "client": np.zeros(number, np.int64),
        "first_token_round": np.full(number, -1), "memory_tokens": memory, "rounds": rounds}
    return KvAdmissionInstance.model_validate(content | others)


@st.composite
def kv_admission_schedules(draw: st.DrawFn, instance: KvAdmissionInstance) -> KvAdmissionSchedule:
    """Draw any schedule of an instance on replicas there are: too early, too late, too long, broken off, refused."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows: list[list[int]] = []
    offset = [0]
    for i in range(instance.requests):
        t, left = int(instance.arrival_round[i]) - int(rng.random() < 0.1), int(instance.output_tokens[i])
        while left > 0 and rng.random() > 0.1:
            tokens = int(rng.integers(1, left + 1)) if rng.random() < 0.4 else left
            start = max(t + int(rng.integers(0, 3)), 0)
            rows.append([int(rng.integers(0, instance.replicas)), start, tokens + int(rng.random() < 0.1)])
            t, left = start + tokens + int(rng.integers(0, 2)), left - tokens
        offset.append(len(rows))
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return KvAdmissionSchedule(offset=np.array(offset), replica=table[:, 0], start_round=table[:, 1],
                               tokens=table[:, 2])
