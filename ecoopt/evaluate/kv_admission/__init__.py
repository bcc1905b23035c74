"""The referee of KV admission: latency, refusals and energy of a schedule, and every broken rule.

The problem is that of iteration-level batching under KV-cache memory (Orca, OSDI'22; vLLM, SOSP'23; Sarathi-Serve,
OSDI'24; VTC, OSDI'24), as collected by Li et al. (arXiv:2407.12391).
"""

import math

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.kv_admission.replay import Replay, replay
from ecoopt.evaluate.kv_admission.rules import violations
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return the price of latency, refusals and energy, terms, and all violations of a schedule.

    What is written is replayed, allowed or not: a refusal without a price costs nothing, rounds after the last one
    hold nobody's memory and cost the energy of the last. O(N + S + R T) for S stretches, and N C T at most for the
    fairness of C clients.

    Parameters
    ----------
    instance : KvAdmissionInstance
        What is asked.
    schedule : KvAdmissionSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule is of another number of requests.
    """
    if not isinstance(instance, KvAdmissionInstance) or not isinstance(schedule, KvAdmissionSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a KvAdmissionInstance and a KvAdmissionSchedule")
    requests = len(instance.arrival_round)
    if len(schedule.offset) != requests + 1:
        raise InputError.one("schedule", "offset", f"has {len(schedule.offset)} entries for {requests} requests",
                             "give one more than requests")
    told = replay(instance, schedule)
    figures = _figures(instance, told)
    return Score(
        objective=math.fsum(figures[name][0] for name in ("latency_price", "refusal_price", "energy_price")),
        terms={name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()},
        violations=tuple(violations(instance, schedule, told)))


def _figures(instance: KvAdmissionInstance, told: Replay) -> dict[str, tuple[float, str]]:
    """Return the parts of the objective and the figures people report; means are over requests served."""
    served = told.served
    latency = (told.done - instance.arrival_round)[served].astype(np.float64)
    first = (told.first_token + 1 - instance.arrival_round)[served].astype(np.float64)
    refused = np.zeros(len(served)) if instance.refusal_price is None else instance.refusal_price
    memory = instance.memory_tokens[:, None].astype(np.float64)
    until = int(told.done[served].max(initial=0))
    used = told.held[:, :max(until, 1)] / memory
    return {
        "latency_price": (math.fsum((instance.weight[served] * latency).tolist()), ""),
        "refusal_price": (math.fsum(refused[~served].tolist()), ""),
        "energy_price": (math.fsum(told.energy_price.tolist()), ""),
        "mean_latency_s": (_mean(latency) * instance.round_s, "s"),
        "mean_first_token_s": (_mean(first) * instance.round_s, "s"),
        "p95_latency_s": (float(np.quantile(latency, 0.95)) * instance.round_s if latency.size else 0.0, "s"),
        "makespan_s": (until * instance.round_s, "s"),
        "refused": (float((~served).sum()), "requests"),
        "broken_off": (float(told.broken_off.sum()), "times"),
        "tokens_read_again": (float(told.read_again), "tokens"),
        "tokens_moved": (float(told.moved.sum()), "tokens"),
        "mean_memory_share": (float(used.mean()), ""),
        "peak_memory_share": (float(used.max()), "")}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0
