"""Generator: requests of code and conversation from several regions, measured machines, carbon of real zones."""

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any, Final, Literal, get_args

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, CarbonTrace, generate_carbon, site_carbon, zone_names
from ecoopt.instances.llm.splitwise import Key, MachineTimes, splitwise_times
from ecoopt.instances.phase_split.classes import Cells, drawn_cells, published_cells
from ecoopt.instances.phase_split.parts import WaitRule
from ecoopt.instances.phase_split.schema import HOUR_S, PhaseSplitInstance
from ecoopt.instances.phase_split.servers import (
    MODELS,
    SERVERS,
    machine_type,
    server_of,
    time_tables,
    times_of,
)

Mode = Literal["split", "colocated", "pooled", "node", "mixed"]
Workload = Literal["code", "conversation", "long-context", "both"]
_POOLS: Final = {"split": ("prefill", "decode"), "colocated": ("whole",), "pooled": ("whole",), "node": ("node",),
                 "mixed": ("prefill", "decode", "whole")}
_LICENCES: Final = "times: MIT (splitwise-sim); lengths: CC-BY-4.0 (Azure), Apache-2.0 (Mooncake)"
_DAY_H = 24


def generate(
    *, workload: Workload = "conversation", rate_per_s: float = 10.0, hours: int = 1, zones: Sequence[str] = ("GB",),
    machines: Sequence[str] = ("a100", "h100", "h100-pcap"), model: str = "llama2-70b", mode: Mode = "split",
    buckets: int | None = None, objective: Literal["carbon", "cost"] = "cost", first_token_limit_s: float = 2.0,
    token_limit_s: float = 0.06, utilisation: float = 0.75, wait_probability: float | None = None,
    inventory: int = 10_000, owned: bool = False, scenarios: int = 1, demand_cv: float = 0.3, swing: float = 0.5,
    start_min: float = 0.0, link_gb_per_s: float | None = None, power_limit_w: float | None = None,
    decode_power: float = 1.0, node: Sequence[int] = (1, 1), latency_s: float = 0.15, price_per_kwh: float = 0.0,
    pue: float = 1.2, start_utc: str = "2023-03-01T00:00:00Z", carbon: CarbonLike | None = None, seed: int = 0,
    name: str | None = None,
) -> PhaseSplitInstance:
    """Return a random instance; the same arguments give the same bytes.

    With one region and one hour nothing is random but drawn buckets. With more, each region's share of the requests is
    drawn, its rate swings over the day about a peak that is drawn, and hours differ by noise of a tenth; scenarios
    have a common factor each. Networks take up to `latency_s` between regions drawn on a circle.

    Parameters
    ----------
    workload : {"code", "conversation", "long-context", "both"}
        Whose requests; both: code and conversation, half of the requests each.
    rate_per_s : float
        Mean requests per second, over all regions and hours.
    hours : int
        Hours of a scenario.
    zones : sequence of str
        Regions, named after zones of carbon.
    machines : sequence of str
        Types: a100, h100 or h100-pcap (at 70 % of its power), with GPUs in parallel as in ``a100/4``; 8 by default.
    model : {"llama2-70b", "bloom-176b"}
        The model served.
    mode : {"split", "colocated", "pooled", "node", "mixed"}
        Pools: for prompts and tokens; machines that do both; the same where prompts interrupt tokens; both on one
        node; or the first two together.
    buckets : int, optional
        Cells of length of a workload, of requests drawn; by default the published cells, where there are (not for
        long-context).
    objective : {"carbon", "cost"}
        What is minimised.
    first_token_limit_s, token_limit_s, utilisation
        As in ``PhaseSplitInstance``.
    wait_probability : float, optional
        Most probability of waiting, by Erlang's formula; only `utilisation` counts by default.
    inventory : int
        Machines of each type in each region.
    owned, scenarios
        Whether machines are bought once; scenarios of demand, of the same probability.
    demand_cv : float
        Standard deviation of the scenarios' factor, whose mean is 1.
    swing : float
        Share of the mean rate by which it rises and falls over the day, in 0..1.
    start_min : float
        Minutes of power and rent that a start takes.
    link_gb_per_s : float, optional
        Bandwidth of a server for key-value caches; a machine has its share.
    power_limit_w : float, optional
        Limit of each region.
    decode_power : float
        Power of a machine of tokens relative to one of prompts.
    node : sequence of two int
        Machines of prompts and of tokens in a node.
    latency_s : float
        Longest time of the network.
    price_per_kwh : float
        Mean price of electricity; regions and hours differ by a third.
    pue : float
        Power usage effectiveness.
    start_utc : str
        Beginning.
    carbon : CarbonTrace, traces by zone, or path, optional
        Covers the hours; synthetic by default.
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
    rng = np.random.default_rng(seed)
    services = ("code", "conversation") if workload == "both" else (workload,)
    cells = [published_cells(service) if buckets is None else drawn_cells(rng, service, buckets)
             for service in services]
    return build(arguments, cells, splitwise_times(), rng)


def checked_arguments(**given: Any) -> dict[str, Any]:
    """Return all arguments of `generate`, defaults where none are given.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = {name: entry.default for name, entry in signature(generate).parameters.items()} | given
    _check(arguments)
    return arguments


def build(
    arguments: dict[str, Any], cells: Sequence[Cells], tables: Mapping[Key, MachineTimes], rng: np.random.Generator,
) -> PhaseSplitInstance:
    """Return the instance of checked arguments of `generate`, for cells and measured times."""
    given = arguments
    machines, regions, model = list(given["machines"]), len(given["zones"]), MODELS[given["model"]]
    share = np.concatenate([part.share / len(cells) for part in cells])
    prompt, output = (np.concatenate([getattr(part, field) for part in cells]) for field in ("prompt", "output"))
    names = [label for part in cells for label in part.names]
    of = np.repeat(np.arange(regions), len(share))
    rates = _rates(rng, given, regions)
    rate = (rates[:, :, None] * share).reshape(len(rates), -1)
    hours = given["hours"]
    content = {
        "name": given["name"] or (
            f"phase_split-{given['workload']}-{given['mode']}-t{hours}-r{regions}-s{given['seed']}"),
        "provenance": Provenance(
            source="ecoopt phase-split generator: times of Splitwise (ISCA'24), requests as in Azure's and Mooncake's",
            licence=_LICENCES, generator={field: plain(value) for field, value in arguments.items()}),
        "pools": _POOLS[given["mode"]],
        "classes": tuple(names) if regions == 1 else tuple(
            f"{zone} {label}" for zone in given["zones"] for label in names),
        "prompt_tokens": np.tile(prompt, regions), "output_tokens": np.tile(output, regions), "origin": of,
        "first_token_limit_s": np.full(len(of), float(given["first_token_limit_s"])),
        "token_limit_s": np.full(len(of), float(given["token_limit_s"])),
        "probability": np.full(given["scenarios"], 1 / given["scenarios"]), "rate_per_s": rate,
        "regions": tuple(given["zones"]), "latency_s": _latency(rng, regions, given["latency_s"]),
        "carbon": _carbon(given), "start_utc": given["start_utc"], "price_per_kwh": _prices(rng, given, regions),
        "pue": np.full(regions, float(given["pue"])),
        "power_limit_w": None if given["power_limit_w"] is None else np.full(regions, float(given["power_limit_w"])),
        "types": [machine_type(machine, decode_power=given["decode_power"], link_gb_per_s=given["link_gb_per_s"],
                               start_min=given["start_min"], node=tuple(given["node"])) for machine in machines],
        "inventory": np.full((regions, len(machines)), given["inventory"]),
        "kv_gb_per_token": model.kv_gb_per_token, "utilisation": given["utilisation"],
        "wait": None if given["wait_probability"] is None else WaitRule(probability=given["wait_probability"]),
        "objective": given["objective"], "owned": given["owned"]}
    memory_gb = [SERVERS[server_of(machine)[0]].memory_gb * server_of(machine)[1] for machine in machines]
    columns = time_tables(times_of(machines, given["model"], tables), memory_gb, model, prompt=prompt, output=output,
                          token_limit_s=given["token_limit_s"], pooled=given["mode"] == "pooled")
    content |= {field: np.tile(table, (1, regions)) for field, table in columns.items()}
    found: PhaseSplitInstance = PhaseSplitInstance.from_content(content, "generate phase_split")
    return found


def _rates(rng: np.random.Generator, given: dict[str, Any], regions: int) -> FloatArray:
    """Return requests per second of every period and origin, float array [P, R]."""
    hours, scenarios = given["hours"], given["scenarios"]
    share = rng.dirichlet(np.full(regions, 5.0)) if regions > 1 else np.ones(1)
    if hours * scenarios == 1:
        return np.asarray(given["rate_per_s"] * share[None])
    peak_h = rng.uniform(0, _DAY_H, regions)
    wave = 1 + given["swing"] * np.cos(2 * np.pi * (np.arange(hours)[:, None] - peak_h) / _DAY_H)
    log_sd = np.sqrt(np.log1p(given["demand_cv"] ** 2))
    factor = np.exp(log_sd * rng.standard_normal(scenarios) - log_sd**2 / 2) if scenarios > 1 else np.ones(1)
    noise = np.exp(0.1 * rng.standard_normal((scenarios, hours, regions)) - 0.005)
    rates = given["rate_per_s"] * share * wave * factor[:, None, None] * noise
    return np.asarray(rates.reshape(scenarios * hours, regions))


def _latency(rng: np.random.Generator, regions: int, most_s: float) -> FloatArray:
    """Return times of the network between regions at random places of a circle, float array [R, R]."""
    place = rng.uniform(0, 1, regions)
    apart = np.abs(place[:, None] - place)
    return np.asarray(2 * most_s * np.minimum(apart, 1 - apart))


def _prices(rng: np.random.Generator, given: dict[str, Any], regions: int) -> FloatArray:
    """Return prices of electricity, float array [T, R]."""
    if regions * given["hours"] == 1:
        return np.full((1, 1), float(given["price_per_kwh"]))
    level = rng.uniform(2 / 3, 4 / 3, regions)
    return np.asarray(given["price_per_kwh"] * level * rng.uniform(0.8, 1.2, (given["hours"], regions)))


def _carbon(given: dict[str, Any]) -> list[CarbonTrace]:
    """Return the trace of each region."""
    duration_s = given["hours"] * HOUR_S
    if given["carbon"] is not None:
        return site_carbon(given["carbon"], list(given["zones"]), given["start_utc"], duration_s)
    days = -(-given["hours"] // _DAY_H)
    return [generate_carbon(zone, days=days, start=given["start_utc"], seed=given["seed"]).window(
        given["start_utc"], duration_s) for zone in given["zones"]]


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate phase_split")
    check.one_of("workload", given["workload"], get_args(Workload))
    check.one_of("mode", given["mode"], get_args(Mode))
    check.one_of("model", given["model"], tuple(MODELS))
    check.one_of("objective", given["objective"], ("carbon", "cost"))
    if given["buckets"] is None:
        if given["workload"] == "long-context":
            check.add("buckets", "there are no published cells of long-context", "give their number")
    else:
        check.whole("buckets", given["buckets"], 1, 2_000)
    check.number("rate_per_s", given["rate_per_s"], 0, 1e6)
    for field, low, high in (("hours", 1, 2_000), ("scenarios", 1, 500), ("inventory", 0, 100_000),
                             ("seed", 0, 2**63 - 1)):
        check.whole(field, given[field], low, high)
    for field, most in (("first_token_limit_s", 1e4), ("token_limit_s", 1e3), ("utilisation", 1.0),
                        ("decode_power", 1.0)):
        check.number(field, given[field], 0, most, above=True)
    for field, most in (("demand_cv", 5.0), ("swing", 1.0), ("start_min", 600.0), ("latency_s", 10.0),
                        ("price_per_kwh", 1e3)):
        check.number(field, given[field], 0, most)
    check.number("pue", given["pue"], 1, 10)
    for field, most in (("wait_probability", 0.999), ("link_gb_per_s", 1e6), ("power_limit_w", 1e12)):
        if given[field] is not None:
            check.number(field, given[field], 0, most, above=field != "power_limit_w")
    check.flag("owned", given["owned"])
    _check_lists(check, given)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()


def _check_lists(check: Arguments, given: dict[str, Any]) -> None:
    """Note what is wrong with lists."""
    for field, most in (("zones", 50), ("machines", 50)):
        entries = given[field]
        if not isinstance(entries, (list, tuple)) or not 1 <= len(entries) <= most or (
                len({str(entry) for entry in entries}) < len(entries)):
            check.add(field, "is no list of distinct names", "give at least one")
            return
    if given["carbon"] is None:
        for zone in given["zones"]:
            check.one_of("zones", zone, zone_names())
    node = given["node"]
    if not isinstance(node, (list, tuple)) or len(node) != 2:
        check.add("node", "is no list of two numbers", "give machines of prompts and of tokens")
    else:
        for place, entry in enumerate(node):
            check.whole(f"node[{place}]", entry, 1, 64)
    if given["model"] in MODELS and all(check.accepted("machines", lambda m=m: server_of(m))  # type: ignore[misc]
                                        for m in given["machines"]):
        check.accepted("machines", lambda: times_of(given["machines"], given["model"], splitwise_times()))
