"""The KV admission instance: requests with growing KV caches, replicas of limited memory, rounds of tokens."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IntArray, NonNegativeVector, array_field
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record

MOST_REQUESTS, MOST_ROUNDS, MOST_REPLICAS, MOST_CELLS = 1_000_000, 10_000_000, 1_000, 50_000_000
MOST_TOKENS = 10_000_000

Rounds = Annotated[IntArray, *array_field(np.int64, ge=0, le=MOST_ROUNDS)]
Deadlines = Annotated[IntArray, *array_field(np.int64, ge=-1, le=MOST_ROUNDS)]
Tokens = Annotated[IntArray, *array_field(np.int64, ge=1, le=MOST_TOKENS)]
Memories = Annotated[IntArray, *array_field(np.int64, ge=1, le=2**40)]
Clients = Annotated[IntArray, *array_field(np.int64, ge=0, le=9_999)]
Weights = Annotated[FloatArray, *array_field(np.float64, ge=1e-6, le=1e9)]
Price = Annotated[float, Field(ge=0, le=1e9)]


class Fairness(Record):
    """How far one client may get ahead while a request of another waits (VTC's guarantee as a rule).

    From the arrival of a request until it is first begun, its client is served at least as much as any other client,
    less the slack. Service is counted in weighted tokens: those of the prompt when a request is first begun, those
    of the answer as they come; tokens computed again do not count.

    Parameters
    ----------
    slack_tokens : float
        Weighted tokens.
    prompt_weight, output_weight : float
        What a token of a prompt and one of an answer count; 1 and 2 in VTC.
    """

    slack_tokens: Price
    prompt_weight: Price = 1.0
    output_weight: Price = 2.0


class Energy(Record):
    """What the energy of each round costs.

    Parameters
    ----------
    prefill_j, decode_j : float
        Energy of a token that is prefilled (again, too), and of one that is generated.
    price_per_j : float array [T]
        What a joule costs in each round, in the objective's unit: its carbon intensity times the worth of a gram.
    """

    prefill_j: Price
    decode_j: Price
    price_per_j: NonNegativeVector


class KvAdmissionInstance(Instance):
    """When each request of a stream is run, within the memory for its KV cache, so that answers are done early.

    N requests, R replicas, T rounds, numbered from 0. A round is one iteration of every replica: each request that
    runs there gets one token. A stretch of a request that begins in round k with c tokens to be read (its prompt, and
    what it has generated before) first prefills for q rounds: one, or with `chunk_tokens` one for every chunk. The
    last of these gives a token, and so does every round after. While it prefills it holds the chunks it has read;
    then it holds c and what it has generated since, each token from the round it comes in. So a request that runs
    without a break holds ``prompt + t - k + 1`` tokens in round t from k to ``k + output - 1`` where prompts are read
    at once, and is done at ``k + output``.

    Parameters
    ----------
    arrival_round : int array [N]
        First round each request may run in.
    prompt_tokens, output_tokens : int array [N]
        Length of its prompt, and of its answer.
    predicted_tokens : int array [N]
        What online policies are told of its answer's length.
    weight : float array [N]
        Price of a round between its arrival and its end.
    client : int array [N]
        Whose request it is, from 0.
    first_token_round : int array [N]
        Last round its first token may come in; -1 without a deadline.
    refusal_price : float array [N], optional
        Price of not serving it. Without prices every request must be served.
    memory_tokens : int array [R]
        Tokens whose KV cache each replica holds.
    rounds : int
        Rounds T, by whose end all must be done.
    batch_cap : int, optional
        Most requests that a replica runs in a round.
    prefill_tokens : int, optional
        Most tokens that a replica prefills in a round.
    chunk_tokens : int, optional
        Most tokens that a request prefills in a round; all of its prompt without it.
    preemption : bool
        Whether a request may be stopped and go on after a round's rest at least. It then prefills its prompt and what
        it has generated.
    migration_tokens : int
        Most tokens whose cache moves from one replica to another in a round; 0 where none can. A request that goes on
        elsewhere without a break takes its cache along, and prefills nothing.
    fairness : Fairness, optional
        Between clients.
    energy : Energy, optional
        Its price is part of the objective.
    round_s : float
        Seconds of a round, for people.
    """

    family: Literal["kv_admission"] = "kv_admission"
    schema_version: Literal[1] = 1
    arrival_round: Rounds
    prompt_tokens: Tokens
    output_tokens: Tokens
    predicted_tokens: Tokens
    weight: Weights
    client: Clients
    first_token_round: Deadlines
    refusal_price: NonNegativeVector | None = None
    memory_tokens: Memories
    rounds: Annotated[int, Field(ge=1, le=MOST_ROUNDS)]
    batch_cap: Annotated[int, Field(ge=1, le=MOST_REQUESTS)] | None = None
    prefill_tokens: Annotated[int, Field(ge=1, le=2**40)] | None = None
    chunk_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None = None
    preemption: bool = False
    migration_tokens: Annotated[int, Field(ge=0, le=2**40)] = 0
    fairness: Fairness | None = None
    energy: Energy | None = None
    round_s: Annotated[float, Field(gt=0, le=1e6)] = 1.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        requests, replicas = self.requests, self.replicas
        problems = [] if 1 <= requests <= MOST_REQUESTS else [f"{requests} requests; give 1 to {MOST_REQUESTS:,}"]
        columns = ("prompt_tokens", "output_tokens", "predicted_tokens", "weight", "client", "first_token_round",
                   "refusal_price")
        problems += [f"{name} has {len(column)} entries for {requests} requests; give one per request"
                     for name in columns for column in [getattr(self, name)]
                     if column is not None and len(column) != requests]
        if not 1 <= replicas <= MOST_REPLICAS:
            problems.append(f"memory_tokens has {replicas} entries; give 1 to {MOST_REPLICAS:,}, one per replica")
        if replicas * self.rounds > MOST_CELLS:
            problems.append(f"{replicas} replicas times {self.rounds:,} rounds are over {MOST_CELLS:,}; give fewer")
        if requests and self.arrival_round.max() >= self.rounds:
            problems.append(f"a request arrives in round {self.arrival_round.max()} of {self.rounds}, counted from 0; "
                            "raise rounds")
        if self.energy is not None and len(self.energy.price_per_j) != self.rounds:
            problems.append(f"energy.price_per_j has {len(self.energy.price_per_j)} entries for {self.rounds} rounds; "
                            "give one per round")
        if self.refusal_price is not None and self.refusal_price.size and self.refusal_price.max() > 1e12:
            problems.append("refusal_price goes up to over 1e12; lower it")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def requests(self) -> int:
        """Number of requests N."""
        return len(self.arrival_round)

    @property
    def replicas(self) -> int:
        """Number of replicas R."""
        return len(self.memory_tokens)

    @property
    def clients(self) -> int:
        """Number of clients, those without requests in between too."""
        return int(self.client.max()) + 1

    @cached_property
    def may_break(self) -> bool:
        """Whether a request may run in more than one stretch."""
        return self.preemption or (self.migration_tokens > 0 and self.replicas > 1)
