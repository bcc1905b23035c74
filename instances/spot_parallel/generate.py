"""Generator: a fleet of spot GPUs that come and go, a daily wave of requests, and configurations of measured speed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, generate_carbon, one_carbon, zone_names
from ecoopt.instances.carbon.ar1 import stationary_ar1
from ecoopt.instances.llm.distserve import (
    DISTSERVE_LICENCE,
    DISTSERVE_SOURCE,
    DistServeProfile,
    distserve_models,
    distserve_profile,
)
from ecoopt.instances.spot_parallel.configurations import GPU_MEMORY_GB, configurations
from ecoopt.instances.spot_parallel.fleet import machines_there, tree
from ecoopt.instances.spot_parallel.schema import MOST_NODES, SpotParallelInstance
from ecoopt.instances.spot_parallel.tables import tables_of

START_UTC = "2023-06-05T00:00:00Z"
DAY_S = 86400
_WAVE, _NOISE, _PRICE_NOISE, _PHI, _GPU_W, _PUE = 0.35, 0.08, 0.15, 0.9, 400.0, 1.2


def generate(
    *, intervals: int = 96, step_s: int = 900, model: str = "opt-66b", batches: Sequence[int] = (8,), prompt: int = 512,
    output: int = 128, machines: int = 7, gpus_per_machine: int = 4, availability: float = 0.7, churn: float = 0.12,
    stages: int = 0, branches: int = 2, load_rps: float = 5.0, most_on_demand: int = 8, spot_usd: float = 1.2,
    on_demand_usd: float = 4.0, delay_usd: float = 0.5, unserved_usd: float = 0.005, resize_s: float = 20.0,
    reshape_s: float = 120.0, bandwidth_gb_per_s: float | None = None, grace_s: float = 30.0, named: bool = False,
    zone: str | None = None, carbon: CarbonLike | None = None, carbon_usd_per_kg: float = 0.1,
    rent_budget: float | None = None, carbon_budget: float | None = None, seed: int = 0, name: str | None = None,
) -> SpotParallelInstance:
    """Return a random instance; the same arguments give the same bytes.

    Latency, throughput and memory of configurations follow from what DistServe measured on A100s. Machines of the
    spot fleet are lost and come back independently. With the defaults about four
    GPUs are lost or won from one interval to the next. Load has a daily wave and a noise. Fleet, prices, pauses and
    worths are assumed.

    Parameters
    ----------
    intervals, step_s : int
        Number and length of intervals.
    model : {"opt-13b", "opt-66b"}
        What is served.
    batches : sequence of int
        Batch sizes of the configurations.
    prompt, output : int
        Tokens of every request and answer.
    machines, gpus_per_machine : int
        The spot fleet at its largest.
    availability, churn : float
        Mean share of the machines that are there; probability with which one is lost in an interval.
    stages, branches : int
        At how many intervals the future branches, and into how many equally likely courses; a single one without.
    load_rps : float
        Mean load.
    most_on_demand : int
        On-demand GPUs that can be had.
    spot_usd, on_demand_usd : float
        Mean price of a spot GPU, and price of an on-demand GPU, by the hour.
    delay_usd, unserved_usd : float
        What an hour of a request's latency costs, and a lost request.
    resize_s, reshape_s, bandwidth_gb_per_s, grace_s
        As in ``SpotParallelInstance``.
    named : bool
        Whether GPUs have names.
    zone : str, optional
        Zone of synthetic carbon.
    carbon : CarbonTrace, traces by zone, or path, optional
        Instead of synthetic carbon.
    carbon_usd_per_kg : float
        Price of carbon.
    rent_budget, carbon_budget : float, optional
        Budgets as shares of what the cheapest configuration of each node rents and emits; none by default.
    seed : int
        Of fleet, load, prices and carbon.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    check = Arguments("generate spot_parallel")
    check.one_of("model", model, distserve_models())
    check_generated(check, arguments)
    check.refuse()
    content = generated_fields(distserve_profile(model), arguments)
    content |= {
        "name": name or f"spot-{model}-t{intervals}-m{machines}-s{seed}",
        "provenance": Provenance(
            source=f"ecoopt spot generator: {DISTSERVE_SOURCE}; fleet, load, prices and pauses assumed",
            licence=DISTSERVE_LICENCE, generator={field: plain(value) for field, value in arguments.items()})}
    instance: SpotParallelInstance = SpotParallelInstance.from_content(content, "generate spot_parallel")
    return with_budgets(instance, rent_budget, carbon_budget)


def generated_fields(profile: DistServeProfile, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an instance but its name, for checked arguments of ``generate`` and a profile."""
    shape = tree(given["intervals"], given["stages"], given["branches"])
    fleet_rng, load_rng, price_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(given["seed"]).spawn(3))
    there = machines_there(shape, given["machines"], given["availability"], given["churn"], fleet_rng)
    alive = np.repeat(there, given["gpus_per_machine"], axis=1)
    day = np.arange(given["intervals"]) * given["step_s"] / DAY_S
    load = given["load_rps"] * (1 + _WAVE * np.sin(2 * np.pi * (day - 0.35))) * np.exp(
        _NOISE * stationary_ar1(len(day), _PHI, load_rng))
    price = given["spot_usd"] * np.exp(_PRICE_NOISE * stationary_ar1(len(day), _PHI, price_rng))
    return fleet_fields(profile, given, shape.parent, shape.probability, alive.sum(axis=1), load[shape.depth].round(4),
                        np.minimum(price[shape.depth].round(4), given["on_demand_usd"])) | {
        "alive": alive if given["named"] else None, **_carbon(given)}


def fleet_fields(
    profile: DistServeProfile, given: dict[str, Any], parent: Any, probability: Any, spot_gpus: Any, load_rps: Any,
    spot_usd: FloatArray,
) -> dict[str, Any]:
    """Return the fields of an instance with given fleet, load and prices, float arrays [N] but carbon and names."""
    largest = int(np.max(spot_gpus, initial=0)) + given["most_on_demand"]
    return {
        "step_s": given["step_s"], "parent": parent, "probability": probability, "spot_gpus": spot_gpus,
        "load_rps": load_rps, "spot_usd_per_gpu_h": spot_usd,
        "on_demand_usd_per_gpu_h": np.full(len(spot_usd), float(given["on_demand_usd"])),
        **configurations(profile, most_gpus=largest, batches=tuple(given["batches"]), prompt=given["prompt"],
                         output=given["output"]),
        "most_on_demand": given["most_on_demand"], "delay_usd_per_request_h": given["delay_usd"],
        "unserved_usd_per_request": given["unserved_usd"], "resize_s": given["resize_s"],
        "reshape_s": given["reshape_s"], "weights_gb": profile.weights_gb, "gpu_memory_gb": GPU_MEMORY_GB,
        "bandwidth_gb_per_s": given["bandwidth_gb_per_s"], "grace_s": given["grace_s"], "gpu_w": _GPU_W, "pue": _PUE}


def with_budgets(
    instance: SpotParallelInstance, rent: float | None, carbon: float | None,
) -> SpotParallelInstance:
    """Return an instance with budgets that are shares of what the cheapest configuration of each node takes."""
    if rent is None and carbon is None:
        return instance
    tables = tables_of(instance)
    cheapest = tables.cost_usd.argmin(axis=1)
    usual = [float((instance.probability * table[np.arange(instance.nodes), cheapest]).sum())
             for table in (tables.rent_usd, tables.carbon_kg)]
    changed: SpotParallelInstance = instance.replace(
        budget_usd=None if rent is None else round(rent * usual[0], 6),
        budget_kg=None if carbon is None else round(carbon * usual[1], 6))
    return changed


def _carbon(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of carbon, none without a zone or traces."""
    duration_s = given["intervals"] * given["step_s"]
    if given["carbon"] is not None:
        trace = one_carbon(given["carbon"], given["zone"], None, duration_s, "generate spot_parallel")
    elif given["zone"] is not None:
        trace = generate_carbon(given["zone"], days=-(-duration_s // DAY_S), start=START_UTC, seed=given["seed"])
    else:
        return {}
    return {"carbon": trace, "start_utc": trace.start_utc, "carbon_usd_per_kg": given["carbon_usd_per_kg"]}


def check_generated(check: Arguments, given: dict[str, Any]) -> None:
    """Check the arguments of ``generate`` but the model."""
    long = check.whole("intervals", given["intervals"], 1, 100_000)
    staged = check.whole("stages", given["stages"], 0, 12) and check.whole("branches", given["branches"], 1, 100)
    if long and staged and given["intervals"] * given["branches"] ** given["stages"] > MOST_NODES:
        check.add("stages", f"make more than {MOST_NODES:,} nodes", "take fewer stages or branches")
    if long and staged and given["stages"] >= given["intervals"]:
        check.add("stages", f"are {given['stages']} for {given['intervals']} intervals", "take fewer")
    check.whole("machines", given["machines"], 0, 10_000)
    check_service(check, given)
    known = check.number("churn", given["churn"], 0, 1), check.number("availability", given["availability"], 0, 1)
    if all(known) and given["churn"] * given["availability"] > 1 - given["availability"] > 0:
        check.add("churn", "is so high that machines cannot come back often enough", "lower it, or availability")
    check.whole("gpus_per_machine", given["gpus_per_machine"], 1, 64)
    check.number("load_rps", given["load_rps"], 0, 1e6)
    check.number("spot_usd", given["spot_usd"], 0, 1e6)
    check.flag("named", given["named"])
    if given["zone"] is not None and given["carbon"] is None:
        check.one_of("zone", given["zone"], zone_names())
    check.number("carbon_usd_per_kg", given["carbon_usd_per_kg"], 0, 1e6)
    for field in ("rent_budget", "carbon_budget"):
        if given[field] is not None:
            check.number(field, given[field], 0, 100)
    if given["carbon_budget"] is not None and given["zone"] is None and given["carbon"] is None:
        check.add("carbon_budget", "is given without carbon", "give a zone")
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")


def check_service(check: Arguments, given: dict[str, Any]) -> None:
    """Check the arguments that say what is served and what it costs."""
    check.whole("step_s", given["step_s"], 1, 7 * DAY_S)
    batches = given["batches"]
    if not isinstance(batches, (list, tuple)) or not batches or len(set(batches)) < len(batches):
        check.add("batches", "is no list of distinct batch sizes", "give at least one")
    else:
        for batch in batches:
            check.whole("batches", batch, 1, 1024)
    check.whole("prompt", given["prompt"], 1, 100_000)
    check.whole("output", given["output"], 1, 100_000)
    check.whole("most_on_demand", given["most_on_demand"], 0, 10_000)
    for field in ("on_demand_usd", "delay_usd", "unserved_usd", "grace_s", "resize_s", "reshape_s"):
        check.number(field, given[field], 0, 1e6)
    if given["bandwidth_gb_per_s"] is not None:
        check.number("bandwidth_gb_per_s", given["bandwidth_gb_per_s"], 0, 1e6, above=True)
