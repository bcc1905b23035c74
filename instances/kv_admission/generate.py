"""Generator: seeded requests with the lengths and bursts of a published service, on replicas of scaled memory."""

import math
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import generate_carbon, zone_names
from ecoopt.instances.kv_admission.horizon import enough_rounds
from ecoopt.instances.kv_admission.schema import Energy, Fairness, KvAdmissionInstance
from ecoopt.instances.llm import SERVICES, generate_requests

DAY_S, HOUR_S = 86400, 3600
PREFILL_J, DECODE_J = 0.4, 4.0
"""Joules of a token, assumed: a token of a prompt takes about a tenth of one of the answer."""
URGENT_WEIGHT = 4.0


def generate(
    *, requests: int = 60, service: str = "conversation", rate_per_round: float = 12.0, tokens_per_unit: int = 40,
    memory_share: float = 2.2, replicas: int = 1, rounds: int | None = None, batch_cap: int | None = None,
    prefill_tokens: int | None = None, chunk_tokens: int | None = None, preemption: bool = False,
    migration_tokens: int = 0, urgent_share: float = 0.0, prediction_sd: float = 0.3, clients: int = 1,
    fairness_slack: float | None = None, deadline_rounds: float | None = None, refusal_rounds: float | None = None,
    price_per_g: float = 0.0, zone: str = "US-CAL-CISO", round_s: float = 1.0, seed: int = 0, name: str | None = None,
) -> KvAdmissionInstance:
    """Return a random instance; the same arguments give the same bytes.

    Lengths and bursts are those of the service, all lengths divided by `tokens_per_unit` and rounded up: a token of
    the instance stands for so many, and a round for as many iterations.

    Parameters
    ----------
    requests : int
        Number of requests.
    service : {"conversation", "code", "long-context"}
        Whose lengths and bursts.
    rate_per_round : float
        Mean arrivals per round.
    tokens_per_unit : int
        Tokens that one of the instance stands for.
    memory_share : float
        Memory of a replica over what the largest request holds at its end.
    replicas : int
        Number of replicas.
    rounds : int, optional
        Horizon; by default long enough for first come, first served.
    batch_cap, prefill_tokens, chunk_tokens, preemption, migration_tokens
        As in ``KvAdmissionInstance``; tokens are those of the instance.
    urgent_share : float
        Share of requests of weight 4 instead of 1.
    prediction_sd : float
        Standard deviation of the logarithm of predicted over true length.
    clients : int
        Number of clients; the first has as many requests as the second and the third together, and so on.
    fairness_slack : float, optional
        Slack of the fairness rule in weighted tokens; no rule without it.
    deadline_rounds : float, optional
        Mean of the exponential slack between a request's earliest first token and its deadline. Wants refusals.
    refusal_rounds : float, optional
        Price of a refusal in rounds times the request's weight.
    price_per_g : float
        What a gram of carbon is worth in rounds of weight 1.
    zone : str
        Of the synthetic carbon trace, looked at where grams have a price.
    round_s : float
        Seconds of a round.
    seed : int
        Of all draws.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    _check(arguments)
    # Independent streams: another option leaves the requests as they are.
    trace_rng, weight_rng, length_rng, client_rng, due_rng = (
        np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5))
    trace = generate_requests(trace_rng, service, requests, rate_per_s=rate_per_round)
    arrival = np.floor(trace.arrival_s).astype(np.int64)
    prompt, output = (-(-tokens // tokens_per_unit) for tokens in (trace.prompt_tokens, trace.output_tokens))
    memory = math.floor(memory_share * int((prompt + output).max()))
    weight = np.where(weight_rng.random(requests) < urgent_share, URGENT_WEIGHT, 1.0)
    predicted = np.rint(output * np.exp(prediction_sd * length_rng.standard_normal(requests))).astype(np.int64)
    share = 1.0 / np.arange(1, clients + 1)
    due = np.full(requests, -1)
    if deadline_rounds is not None:
        read = 1 if chunk_tokens is None else -(-prompt // chunk_tokens)
        due = arrival + read - 1 + np.ceil(due_rng.exponential(1.0, requests) * deadline_rounds).astype(np.int64)
    needed = enough_rounds(arrival, prompt, output, memory, replicas, batch_cap=batch_cap,
                           prefill_tokens=prefill_tokens, chunk_tokens=chunk_tokens)
    length = needed if rounds is None else rounds
    content: dict[str, Any] = {
        "name": name or f"kv-admission-{service}-n{requests}-r{replicas}-a{rate_per_round:g}-s{seed}",
        "provenance": Provenance(
            source=f"ecoopt KV admission generator: {trace.source}; joules of a token assumed", licence=trace.licence,
            generator={field: plain(value) for field, value in arguments.items()}),
        "arrival_round": arrival, "prompt_tokens": prompt, "output_tokens": output,
        "predicted_tokens": np.clip(predicted, 1, 10_000_000), "weight": weight,
        "client": client_rng.choice(clients, requests, p=share / share.sum()), "first_token_round": due,
        "refusal_price": None if refusal_rounds is None else weight * refusal_rounds,
        "memory_tokens": np.full(replicas, memory), "rounds": length, "batch_cap": batch_cap,
        "prefill_tokens": prefill_tokens, "chunk_tokens": chunk_tokens, "preemption": preemption,
        "migration_tokens": migration_tokens,
        "fairness": None if fairness_slack is None else Fairness(slack_tokens=fairness_slack),
        "energy": None if price_per_g == 0 else Energy(
            prefill_j=PREFILL_J * tokens_per_unit, decode_j=DECODE_J * tokens_per_unit,
            price_per_j=price_per_g * _g_per_j(zone, length, round_s, seed)),
        "round_s": round_s}
    instance: KvAdmissionInstance = KvAdmissionInstance.from_content(content, "generate kv_admission")
    return instance


def _g_per_j(zone: str, rounds: int, round_s: float, seed: int) -> FloatArray:
    """Return the carbon of a joule in each round, from a synthetic trace."""
    trace = generate_carbon(zone, days=max(math.ceil(rounds * round_s / DAY_S), 1), seed=seed)
    hour = np.minimum((np.arange(rounds) * round_s / HOUR_S).astype(np.int64), len(trace.intensity_g_per_kwh) - 1)
    per_j: FloatArray = trace.intensity_g_per_kwh[hour] / 3.6e6
    return per_j


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate kv_admission")
    check.whole("requests", given["requests"], 1, 200_000)
    check.one_of("service", given["service"], tuple(SERVICES))
    check.number("rate_per_round", given["rate_per_round"], 1e-3, 1e6)
    check.whole("tokens_per_unit", given["tokens_per_unit"], 1, 1_000_000)
    check.number("memory_share", given["memory_share"], 1, 1e6)
    check.whole("replicas", given["replicas"], 1, 1_000)
    for field, most in (("rounds", 10_000_000), ("batch_cap", 1_000_000), ("prefill_tokens", 2**40),
                        ("chunk_tokens", 10_000_000)):
        if given[field] is not None:
            check.whole(field, given[field], 1, most)
    check.flag("preemption", given["preemption"])
    check.whole("migration_tokens", given["migration_tokens"], 0, 2**40)
    check.number("urgent_share", given["urgent_share"], 0, 1)
    check.number("prediction_sd", given["prediction_sd"], 0, 5)
    check.whole("clients", given["clients"], 1, 10_000)
    for field in ("fairness_slack", "deadline_rounds", "refusal_rounds"):
        if given[field] is not None:
            check.number(field, given[field], 0, 1e6)
    if given["deadline_rounds"] is not None and given["refusal_rounds"] is None:
        check.add("deadline_rounds", "may leave no schedule that serves all", "give refusal_rounds too")
    check.number("price_per_g", given["price_per_g"], 0, 1e6)
    check.one_of("zone", given["zone"], zone_names())
    check.number("round_s", given["round_s"], 1e-6, 1e6)
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
