"""Generator: seeded streams of jobs as in MISO's simulations, with the measured types and the trace's runtimes."""

from inspect import signature
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.mig.job_types import JOB_TYPE_LICENCE, POOLS, job_types
from ecoopt.instances.mig_cluster.gpus import a100, speeds
from ecoopt.instances.mig_cluster.published import PUBLISHED_WORK_S, published_instance
from ecoopt.instances.mig_cluster.schema import MigClusterInstance


def generate(*, gpus: int = 8, jobs: int = 100, mean_gap_s: float = 60.0, pool: str = "8-models", seed: int = 0,
             flat_arrivals: bool = False, together: bool = False, overhead_s: float = 5.0, own_overheads: bool = False,
             published: bool = False, name: str | None = None) -> MigClusterInstance:
    """Return a random instance; the same arguments give the same bytes.

    Runtimes are those of MISO's trace of 100 jobs, repeated for more jobs and evenly left out for fewer, in random
    order; types are drawn from the measured ones, as the authors do in their large simulations (40 GPUs, 1,000 jobs,
    a mean gap of 10 s). Gaps between arrivals are Poisson numbers of seconds, and arrive twice as fast for the first
    third of the jobs.

    Parameters
    ----------
    gpus, jobs : int
        Number of GPUs and of jobs.
    mean_gap_s : float
        Mean time between arrivals.
    pool : {"8-models", "5-models"}
        Which measured types: 32 or 20.
    seed : int
        Seed of arrivals, order and types.
    flat_arrivals : bool
        Whether all jobs arrive at the same rate.
    together : bool
        Whether 4g and 3g may share a GPU, as with drivers from R510 on; MISO's could not.
    overhead_s : float
        Seconds that coming back from a checkpoint takes.
    own_overheads : bool
        Whether each job has its own, uniform from 0.2 to 2 times `overhead_s`: 1 to 10 s as in the published run.
    published : bool
        Return the published run itself; only `together` and `name` matter then.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    _check(arguments)
    if published:
        run = published_instance(together=together)
        return run if name is None else run.replace(name=name)
    # Independent streams: another pool leaves arrivals and runtimes as they are.
    arrival_rng, work_rng, type_rng, overhead_rng = (
        np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(4))
    types, gpu = job_types(pool), a100(together=together)
    mean_s = np.full(jobs, float(mean_gap_s))
    if not flat_arrivals:
        mean_s[:jobs // 3 + 1] /= 2
    content: dict[str, Any] = {
        "name": name or f"mig-cluster-g{gpus}-j{jobs}-a{mean_gap_s:g}-s{seed}",
        "provenance": Provenance(
            source="ecoopt MIG cluster generator: job types and runtimes of MISO (SoCC'22, arXiv:2207.11428)",
            licence=JOB_TYPE_LICENCE, generator={field: plain(value) for field, value in arguments.items()}),
        "geometry": gpu, "gpus": gpus, "speeds": speeds(types, gpu),
        "job_type": type_rng.integers(0, len(types), jobs), "arrival_s": np.cumsum(arrival_rng.poisson(mean_s)),
        "work_s": work_rng.permutation(_works(jobs)),
        "overhead_s": overhead_s * overhead_rng.uniform(0.2, 2.0, jobs) if own_overheads else np.full(jobs, overhead_s)}
    instance: MigClusterInstance = MigClusterInstance.from_content(content, "generate mig_cluster")
    return instance


def _works(jobs: int) -> FloatArray:
    """Return runtimes for so many jobs, float array [jobs]."""
    trace = len(PUBLISHED_WORK_S)
    place = np.arange(jobs) % trace if jobs >= trace else (2 * np.arange(jobs) + 1) * trace // (2 * jobs)
    works: FloatArray = PUBLISHED_WORK_S[place]
    return works


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate mig_cluster")
    check.whole("gpus", given["gpus"], 1, 100_000)
    check.whole("jobs", given["jobs"], 1, 1_000_000)
    check.number("mean_gap_s", given["mean_gap_s"], 0, 1e6)
    check.one_of("pool", given["pool"], tuple(POOLS))
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    for field in ("flat_arrivals", "together", "own_overheads", "published"):
        check.flag(field, given[field])
    check.number("overhead_s", given["overhead_s"], 0, 1e6)
    if given["published"] is True:
        for field, entry in signature(generate).parameters.items():
            if field not in ("published", "together", "name") and given[field] != entry.default:
                check.add(field, "has no say in the published run", "leave it out, or published")
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
