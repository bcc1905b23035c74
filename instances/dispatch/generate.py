"""Generator: streams of queries as in KAIROS's simulations, on the machines and with the latencies it measured."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.dispatch.profile import PROFILE_LICENCE, PROFILE_SOURCE, QOS_MS, LatencyProfile, profile
from ecoopt.instances.dispatch.schema import DispatchInstance, MachineType
from ecoopt.instances.dispatch.streams import ARRIVALS, Arrivals, arrivals_ms, batches

IMPORTANT_WEIGHT = 5.0
MOST_QUERIES = 1_000_000


def generate(*, queries: int = 200, model: str = "rm2", counts: Sequence[int] = (2, 0, 9, 0), rate_per_s: float = 95.0,
             arrivals: Arrivals = "exponential", noise: bool = True, qos_ms: float | None = None, tick_ms: float = 0.01,
             important: float = 0.0, seed: int = 0, name: str | None = None) -> DispatchInstance:
    """Return a random instance; the same arguments give the same bytes.

    Parameters
    ----------
    queries : int
        Number of queries.
    model : {"rm2", "ncf", "wnd", "mtwnd", "dien"}
        The service, one of KAIROS's.
    counts : sequence of int
        Machines of type g4dn.xlarge, c5n.2xlarge, r5n.large and t3.xlarge; types without any are left out.
    rate_per_s : float
        Mean number of arrivals per second.
    arrivals : {"exponential", "poisson-ms", "bursty"}
        Their process, see `instances.dispatch.streams`.
    noise : bool
        Whether latencies are drawn from what was measured; otherwise they are the means.
    qos_ms : float, optional
        Longest response time that counts as on time; by default the model's.
    tick_ms : float
        Length of a tick. Arrivals and latencies are rounded up to whole ticks, the longest response down.
    important : float
        Share of queries, drawn at random, whose weight is 5; without any, none has a weight.
    seed : int
        Seed of arrivals, batch sizes, latencies and weights.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    check = Arguments("generate dispatch")
    check.one_of("model", model, tuple(QOS_MS))
    check.one_of("arrivals", arrivals, ARRIVALS)
    check.number("rate_per_s", rate_per_s, 0, 1e6, above=True)
    check.whole("seed", seed, 0, 2**63 - 1)
    check_stream(check, queries, noise, qos_ms, tick_ms, important, name)
    if model in QOS_MS:
        check_counts(check, counts, profile(model))
    check.refuse()
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    return assemble(
        profile(model), counts, arrivals_ms(rng, queries, rate_per_s, arrivals),
        qos_ms=QOS_MS[model] if qos_ms is None else qos_ms, tick_ms=tick_ms, noise=noise, important=important,
        seed=seed, name=name or f"dispatch-{model}-q{queries}-r{rate_per_s:g}-s{seed}",
        provenance=Provenance(
            source=f"ecoopt dispatch generator: latencies and batch sizes of {PROFILE_SOURCE}",
            licence=PROFILE_LICENCE, generator={field: plain(value) for field, value in arguments.items()}))


def assemble(
    latency: LatencyProfile, counts: Sequence[int], arrived_ms: FloatArray, *, qos_ms: float, tick_ms: float,
    noise: bool, important: float, seed: int, name: str, provenance: Provenance,
) -> DispatchInstance:
    """Return an instance with given arrivals, float array [Q], its batch sizes, latencies and weights drawn.

    Streams are independent of each other and of the arrivals: other counts leave the queries as they are.
    """
    queries = len(arrived_ms)
    batch_rng, share_rng, weight_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(
        seed, spawn_key=(1,)).spawn(3))
    batch, share = batches(batch_rng, queries), share_rng.random(queries)
    used = [k for k, count in enumerate(counts) if count]
    took_ms = latency.sampled_ms(batch, share) if noise else latency.fixed_ms(batch)
    content: dict[str, Any] = {
        "name": name, "provenance": provenance, "tick_ms": tick_ms, "qos_ticks": max(int(qos_ms / tick_ms + 1e-9), 1),
        "batch_limit": latency.batch,
        "types": [MachineType(name=latency.names[k], count=int(counts[k]), mean_ms=latency.mean_ms[k],
                              p99_ms=latency.p99_ms[k]) for k in used],
        "arrival_tick": np.ceil(arrived_ms / tick_ms - 1e-9), "batch": batch,
        "service_tick": np.maximum(np.ceil(took_ms[:, used] / tick_ms - 1e-9), 1),
        "weight": np.where(weight_rng.random(queries) < important, IMPORTANT_WEIGHT, 1.0) if important else None}
    instance: DispatchInstance = DispatchInstance.from_content(content, name)
    return instance


def check_counts(check: Arguments, counts: Any, latency: LatencyProfile) -> None:
    """Check for numbers of machines, one per type of the profile and not all 0."""
    if isinstance(counts, str) or not isinstance(counts, Sequence) or not 1 <= len(counts) <= len(latency.names):
        check.add("counts", "is no list of one number per type", f"give numbers of {', '.join(latency.names)}")
        return
    known = len(check.problems)
    for k, count in enumerate(counts):
        check.whole(f"counts[{k}]", count, 0, 1000)
    if len(check.problems) == known and not any(counts):
        check.add("counts", "has no machine at all", "give at least one")


def check_stream(
    check: Arguments, queries: Any, noise: Any, qos_ms: Any, tick_ms: Any, important: Any, name: Any
) -> None:
    """Check the arguments that every stream of queries has."""
    check.whole("queries", queries, 1, MOST_QUERIES)
    check.flag("noise", noise)
    if qos_ms is not None:
        check.number("qos_ms", qos_ms, 0, 1e6, above=True)
    check.number("tick_ms", tick_ms, 1e-6, 1e4)
    check.number("important", important, 0, 1)
    if name is not None and not (isinstance(name, str) and 1 <= len(name) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
