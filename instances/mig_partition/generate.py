"""Generator: seeded snapshots whose jobs are those MISO measured, rows of speeds kept whole."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.mig import job_types
from ecoopt.instances.mig.job_types import JOB_TYPE_LICENCE, POOLS
from ecoopt.instances.mig_partition.calibration import CALIBRATED, block, draw_work_s, memory_need_gb, offered
from ecoopt.instances.mig_partition.classes import job_classes
from ecoopt.instances.mig_partition.residents import draw_residents, residents
from ecoopt.instances.mig_partition.schema import MAX_BLOCKS, MAX_GPUS, MAX_JOBS, MigPartitionInstance

OBJECTIVES = ("stp", "weighted_stp", "mean_slowdown", "max_min", "energy")
PRIORITIES = (1.0, 2.0, 4.0)
LEAST_SPEEDS = (0.2, 0.3, 0.5)


def generate(*, gpus: int = 40, jobs_per_gpu: float = 3.0, pool: str = "8-models", types: int | None = None,
             geometry: Sequence[str] = ("A100-40",), double_memory: bool = False, old_driver: bool = False,
             objective: str = "stp", place_all: bool = True, own_weights: bool = False, qos_share: float = 0.0,
             running: float = 0.0, pinned: float = 0.0, migration_cost: float = 0.05, reset_cost: float = 0.0,
             seed: int = 0, name: str | None = None) -> MigPartitionInstance:
    """Return a random snapshot; the same arguments give the same bytes.

    Parameters
    ----------
    gpus : int
        Number of GPUs.
    jobs_per_gpu : float
        Jobs per GPU. On A100s without double-memory 1g, four jobs per GPU of the 8-model pool still fit as a rule;
        with more, some must be left out.
    pool : {"8-models", "5-models"}
        Measured job types to draw from, uniformly.
    types : int, optional
        Draw from so many types of the pool only, chosen at random; from all by default.
    geometry : sequence of str
        One block of GPUs for each name; GPUs are shared out evenly. Speeds on other GPUs than A100-40 are assumed
        (``calibration``).
    double_memory : bool
        Whether the 1g of double memory is offered.
    old_driver : bool
        Whether 4g and 3g may not share a GPU, as before R510 and in MISO.
    objective : {"stp", "weighted_stp", "mean_slowdown", "max_min", "energy"}
        What is maximised.
    place_all : bool
        Whether every job must run.
    own_weights : bool
        For ``weighted_stp``: a weight of its own for each job, uniform on 0.5..2, instead of one of 1, 2 and 4.
    qos_share : float
        Share of jobs with a least speed: 0.2, 0.3 or 0.5.
    running : float
        Share of GPUs with residents.
    pinned : float
        Share of residents pinned to their GPU.
    migration_cost, reset_cost : float
        Cost of moving a resident, and of cutting its GPU anew around it, as a share of what its job is worth at best
        (over the number of jobs for ``max_min``), each times a number drawn from 0.5 to 1.5. In MISO a checkpoint takes
        5 to 10 s every few minutes.
    seed : int
        Seed of everything drawn.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    _check(arguments)
    jobs = max(1, round(gpus * jobs_per_gpu))
    type_rng, weight_rng, qos_rng, place_rng, cost_rng = (
        np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5))
    kinds = job_types(pool)
    if types is not None:
        kinds = tuple(kinds[k] for k in sorted(type_rng.permutation(len(kinds))[:types].tolist()))
    job_type = type_rng.integers(0, len(kinds), jobs)
    shares = [len(part) for part in np.array_split(np.arange(gpus), len(geometry))]
    blocks = tuple(block(offered(gpu, double_memory, old_driver), share, kinds)
                   for gpu, share in zip(geometry, shares, strict=True))
    weight = weight_rng.uniform(0.5, 2.0, jobs) if own_weights else weight_rng.choice(PRIORITIES, jobs)
    asks, least = qos_rng.random(jobs) < qos_share, qos_rng.choice(LEAST_SPEEDS, jobs)
    content: dict[str, Any] = {
        "name": name or _name(arguments, jobs),
        "provenance": Provenance(
            source="ecoopt MIG snapshot generator, speeds and power of MISO (SoCC'22); "
                   f"{', '.join(geometry)}: as measured on A100-40, otherwise assumed",
            licence=JOB_TYPE_LICENCE, generator={field: plain(value) for field, value in arguments.items()}),
        "blocks": blocks, "type_names": tuple(kind.name for kind in kinds), "type_memory_gb": memory_need_gb(kinds),
        "job_type": job_type, "weight": weight if objective == "weighted_stp" else None,
        "work_s": draw_work_s(weight_rng, jobs) if objective == "energy" else None,
        "least_speed": np.where(asks, least, 0.0) if qos_share else None,
        "objective": objective, "place_all": place_all}
    instance: MigPartitionInstance = MigPartitionInstance.from_content(content, "generate mig_partition")
    if not running:
        return instance
    places = draw_residents(place_rng, blocks, job_type, running)
    content["running"] = residents(cost_rng, places, _worth(instance), pinned, migration_cost, reset_cost)
    whole: MigPartitionInstance = MigPartitionInstance.from_content(content, "generate mig_partition")
    return whole


def _worth(instance: MigPartitionInstance) -> FloatArray:
    """Return what each job is worth at best, float array [J]."""
    classes = job_classes(instance)
    best = np.where(np.isfinite(classes.value), classes.value, 0.0)
    column = np.abs(best).max(axis=1) if instance.objective in ("stp", "weighted_stp", "max_min") else np.array(
        [-row[row < 0].max(initial=-np.inf) if (row < 0).any() else 0.0 for row in best])
    worth: FloatArray = column[classes.of_job] / (instance.jobs if instance.objective == "max_min" else 1)
    return worth


def _name(given: dict[str, Any], jobs: int) -> str:
    """Return a name that tells the main arguments."""
    parts = ["+".join(given["geometry"]), given["objective"], f"g{given['gpus']}", f"j{jobs}", f"s{given['seed']}"]
    if given["running"]:
        parts.insert(2, f"running{given['running']:g}")
    return "-".join(parts)


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate mig_partition")
    sized = [check.whole("gpus", given["gpus"], 1, MAX_GPUS),
             check.number("jobs_per_gpu", given["jobs_per_gpu"], 0, 1e4)]
    if all(sized) and given["gpus"] * given["jobs_per_gpu"] > MAX_JOBS:
        check.add("jobs_per_gpu", f"makes more than {MAX_JOBS:,} jobs", "lower it")
    known = check.one_of("pool", given["pool"], tuple(POOLS))
    if given["types"] is not None:
        check.whole("types", given["types"], 1, len(job_types(given["pool"])) if known else 32)
    names = given["geometry"]
    if isinstance(names, str) or not isinstance(names, Sequence) or not 1 <= len(names) <= MAX_BLOCKS:
        check.add("geometry", "is no list of names", f"give 1 to {MAX_BLOCKS} out of {', '.join(CALIBRATED)}")
    else:
        right = [check.one_of(f"geometry[{b}]", entry, CALIBRATED) for b, entry in enumerate(names)]
        if all(right) and sized[0] and given["gpus"] < len(names):
            check.add("geometry", f"{len(names)} blocks for {given['gpus']} GPUs", "give a GPU to each block")
    for field in ("double_memory", "old_driver", "own_weights", "place_all"):
        check.flag(field, given[field])
    if check.one_of("objective", given["objective"], OBJECTIVES) and given["place_all"] is False and (
            given["objective"] not in OBJECTIVES[:2]):
        check.add("place_all", f"objective {given['objective']} needs every job to run", "set it to true")
    for field in ("qos_share", "running", "pinned"):
        check.number(field, given[field], 0, 1)
    costs = [check.number(field, given[field], 0, 1e6) for field in ("migration_cost", "reset_cost")]
    if all(costs) and given["reset_cost"] > given["migration_cost"]:
        check.add("reset_cost", "exceeds migration_cost", "lower it")
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()


