"""From files of others to an instance: KAIROS's latency tables, and time stamps of requests as arrivals."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.dispatch.generate import assemble, check_counts, check_stream
from ecoopt.instances.dispatch.profile import PROFILE_LICENCE, PROFILE_SOURCE, QOS_MS, profile, read_profile
from ecoopt.instances.dispatch.schema import DispatchInstance
from ecoopt.instances.dispatch.streams import ARRIVALS, Arrivals, arrivals_ms
from ecoopt.instances.llm import read_requests


def import_kairos_profile(
    latencies: Path, *, model: str = "rm2", counts: Sequence[int] = (2, 0, 9, 0), qos_ms: float = 350.0,
    queries: int = 200, rate_per_s: float = 95.0, arrivals: Arrivals = "exponential", noise: bool = True,
    tick_ms: float = 0.01, important: float = 0.0, seed: int = 0,
) -> DispatchInstance:
    """Read a latency table, and draw a stream of queries for it.

    Parameters
    ----------
    latencies : Path
        CSV with columns model, instance, batch, mean_ms, p50_ms, p99_ms, max_ms; other columns are not looked at.
    model : str
        Which of its models.
    counts : sequence of int
        Machines of each instance type, in the table's order.
    qos_ms : float
        Longest response time that counts as on time.
    queries, rate_per_s, arrivals, noise, tick_ms, important, seed
        As for the generator.

    Raises
    ------
    InputError
        With every problem of the file, or of the options.
    """
    latency = read_profile(latencies, model)
    check = Arguments("import kairos-profile")
    check.one_of("arrivals", arrivals, ARRIVALS)
    check.number("rate_per_s", rate_per_s, 0, 1e6, above=True)
    check.whole("seed", seed, 0, 2**63 - 1)
    check_stream(check, queries, noise, qos_ms, tick_ms, important, None)
    check_counts(check, counts, latency)
    check.refuse()
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    return assemble(
        latency, counts, arrivals_ms(rng, queries, rate_per_s, arrivals), qos_ms=qos_ms, tick_ms=tick_ms, noise=noise,
        important=important, seed=seed, name=f"{latencies.stem}-{model}-q{queries}-r{rate_per_s:g}-s{seed}"[:200],
        provenance=Provenance(source=f"latencies of {latencies.name}; batch sizes of KAIROS's artifact"))


def import_azure_llm_arrivals(
    trace: Path, *, model: str = "rm2", counts: Sequence[int] = (2, 0, 9, 0), rate_per_s: float | None = None,
    queries: int | None = None, noise: bool = True, tick_ms: float = 0.01, important: float = 0.0, seed: int = 0,
) -> DispatchInstance:
    """Read the time stamps of a trace of LLM requests, and let queries of a model arrive like them.

    Parameters
    ----------
    trace : Path
        Azure's CSV or Mooncake's JSON lines, as it is or compressed (gzip, xz, zstd).
    model : {"rm2", "ncf", "wnd", "mtwnd", "dien"}
        The service that is asked.
    counts : sequence of int
        Machines of each type, as for the generator.
    rate_per_s : float, optional
        Mean rate to which time is scaled; by default it stays as it is.
    queries : int, optional
        Keep so many requests, the first ones; all by default.
    noise, tick_ms, important, seed
        As for the generator; the seed is of batch sizes, latencies and weights.

    Raises
    ------
    InputError
        With every problem of the options, or when the file is no such trace.
    """
    check = Arguments("import azure-llm-arrivals")
    check.one_of("model", model, tuple(QOS_MS))
    if rate_per_s is not None:
        check.number("rate_per_s", rate_per_s, 0, 1e6, above=True)
    check.whole("seed", seed, 0, 2**63 - 1)
    check_stream(check, 1 if queries is None else queries, noise, None, tick_ms, important, None)
    if model in QOS_MS:
        check_counts(check, counts, profile(model))
    check.refuse()
    arrived_ms = 1000 * read_requests(trace).arrival_s[:queries]
    if rate_per_s is not None and arrived_ms[-1] > 0:
        arrived_ms = arrived_ms * ((len(arrived_ms) - 1) * 1000.0 / rate_per_s / arrived_ms[-1])
    return assemble(
        profile(model), counts, arrived_ms, qos_ms=QOS_MS[model], tick_ms=tick_ms, noise=noise, important=important,
        seed=seed, name=f"{trace.name.partition('.')[0]}-{model}-q{len(arrived_ms)}-s{seed}"[:200],
        provenance=Provenance(source=f"arrivals of {trace.name}; latencies and batch sizes of {PROFILE_SOURCE}",
                              licence=PROFILE_LICENCE))


READERS = {"kairos-profile": import_kairos_profile, "azure-llm-arrivals": import_azure_llm_arrivals}
