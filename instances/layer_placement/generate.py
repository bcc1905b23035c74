"""Generator: fleets of measured machines that serve a measured model, at one site or several, in random order."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.layer_placement.schema import (
    FASTEST,
    MOST_LAYERS,
    MOST_MACHINES,
    LayerPlacementInstance,
    Links,
    MachineType,
)
from ecoopt.instances.layer_placement.speeds import Service, batch_and_speed, regrouped
from ecoopt.instances.llm.helix import LICENCE, MODELS, SOURCE, layer_machines

MACHINES: Final = ("A100", "V100", "L4", "L4x2", "T4", "T4x2", "T4x4")
"""Order of `counts`."""

_LIFE_H = 5 * 8760
_USUAL = (0.2, 0.05, 0.25, 0.1, 0.25, 0.1, 0.05)


def generate(
    *, objective: str = "throughput", model: str = "llama2-70b", layers: int | None = None, machines: int = 12,
    counts: Sequence[int] | None = None, regroup: bool = False, spread: float = 0.0, prefill: bool = False,
    prompt_tokens: float = 763.0, output_tokens: float = 232.0, token_ms: float | None = None, sites: int = 1,
    site_mbit_per_s: float = 100.0, network_gbit_per_s: float = 10.0, demand: float = 0.4,
    intensity_g_per_kwh: float = 300.0, pue: float = 1.2, seed: int = 0, name: str | None = None,
) -> LayerPlacementInstance:
    """Return a random instance; the same arguments give the same bytes.

    Speeds follow from Helix's measured times of layers, with the batch that serves most within memory and latency;
    see `ecoopt.instances.layer_placement.speeds.batch_and_speed`. Prices, powers and embodied carbon are assumed.

    Parameters
    ----------
    objective : {"throughput", "cost", "carbon"}
        What is asked for.
    model : {"llama2-70b", "llama1-30b"}
        Whose layers.
    layers : int, optional
        Layers of the model; by default its own, 80 or 60.
    machines : int
        Machines of a random fleet, when `counts` is not given.
    counts : sequence of int, optional
        Machines of each kind: A100, V100, L4, L4x2, T4, T4x2, T4x4.
    regroup : bool
        Whether L4s and T4s are put together anew, in the degree that serves most layers per GPU.
    spread : float
        Standard deviation of the logarithm of each type's speed against the measured one.
    prefill : bool
        Whether the machines read the prompts too.
    prompt_tokens, output_tokens : float
        Of a request on average; Helix's by default.
    token_ms : float, optional
        Most milliseconds of work on one token through all layers.
    sites : int
        Where the machines are, each at a random one; with more than one, links between sites bind.
    site_mbit_per_s : float
        Of each link between machines of two sites, and of requests and answers at all sites but the first.
    network_gbit_per_s : float
        Of each machine's network card, and of each link within a site.
    demand : float
        Share of the compute bound, the speed times layers of all machines by the layers of the model, that is to be
        reached (``cost``, ``carbon``).
    intensity_g_per_kwh, pue : float
        Carbon of electricity, and what the site draws for one unit of the machines' power.
    seed : int
        Of fleet, speeds, sites and order of arrival.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong, or when no machine can hold a layer.
    """
    arguments = dict(locals())
    _check(arguments)
    rng = np.random.default_rng(seed)
    fleet = rng.multinomial(machines, _USUAL) if counts is None else np.array(counts, dtype=np.int64)
    service = Service(model, prompt_tokens, output_tokens, prefill, token_ms, network_gbit_per_s)
    if regroup:
        made = regrouped(service, dict(zip(MACHINES, fleet.tolist(), strict=True)))
        fleet = np.array([made[machine] for machine in MACHINES], dtype=np.int64)
    factor = np.exp(spread * rng.standard_normal(len(MACHINES)))
    kinds = [_type(service, machine, float(scale)) for machine, scale in zip(MACHINES, factor, strict=True)]
    able = np.array([kind is not None for kind in kinds])
    if not fleet[able].sum():
        check = Arguments("generate layer_placement")
        check.add("counts", "leave no machine that can hold a layer in time", "give others, or more token_ms")
        check.refuse()
    kind = rng.permutation(np.repeat(np.arange(len(MACHINES)), np.where(able, fleet, 0)))
    site = rng.integers(0, sites, len(kind))
    present, place = np.unique(np.stack([kind, site]), axis=1, return_inverse=True)
    at_site = present[1]
    found = [(kinds[k], int(z)) for k, z in present.T.tolist()]
    types = tuple(each.replace(name=f"{each.name} at {z + 1}") if sites > 1 else each
                  for each, z in found if each is not None)
    depth = MODELS[model].layers if layers is None else layers
    content: dict[str, Any] = {
        "name": name or f"layer_placement-{model}-m{len(kind)}-s{seed}", "objective": objective, "layers": depth,
        "provenance": Provenance(source=f"ecoopt layer placement generator: {SOURCE}", licence=LICENCE,
                                 generator={field: plain(value) for field, value in arguments.items()}),
        "types": types, "kind": place.ravel(), "intensity_g_per_kwh": intensity_g_per_kwh, "pue": pue}
    if sites > 1:
        per_token = 8 * MODELS[model].activation_bytes
        content["links"] = _links(at_site, site_mbit_per_s * 1e6 / per_token, network_gbit_per_s * 1e9 / per_token)
    if objective != "throughput":
        work = sum(int((types[q].tokens_per_s * np.arange(1, len(types[q].tokens_per_s) + 1)).max())
                   for q in place.ravel().tolist())
        content["demand_tokens_per_s"] = max(int(demand * work / depth), 1)
    instance: LayerPlacementInstance = LayerPlacementInstance.from_content(content, "generate layer_placement")
    return instance


def _type(service: Service, machine: str, factor: float) -> MachineType | None:
    """Return a measured machine, its speeds scaled; None where it cannot hold a layer."""
    known = layer_machines()[machine]
    _, speed = batch_and_speed(service, machine)
    if not speed.size:
        return None
    scaled = np.clip(np.floor(speed * factor), 1, FASTEST).astype(np.int64)
    return MachineType(name=machine, tokens_per_s=scaled, price_per_h=known.price_per_h, power_w=known.power_w,
                       embodied_g_per_h=round(1000 * known.embodied_kg / _LIFE_H, 3))


def _links(site: IntArray, between_sites: float, within: float) -> Links:
    """Return what links carry by the sites of two types, in tokens per second; requests come to the first site."""
    slow, quick = (int(min(max(speed, 0), FASTEST)) for speed in (between_sites, within))
    at_home = np.where(site == 0, quick, slow)
    return Links(between=np.where(site[:, None] == site[None], quick, slow), entry=at_home, leaving=at_home)


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate layer_placement")
    check.one_of("objective", given["objective"], ("throughput", "cost", "carbon"))
    check.one_of("model", given["model"], tuple(MODELS))
    if given["layers"] is not None:
        check.whole("layers", given["layers"], 1, MOST_LAYERS)
    check.whole("machines", given["machines"], 1, MOST_MACHINES)
    counts = given["counts"]
    if counts is not None:
        if isinstance(counts, str) or not isinstance(counts, Sequence) or len(counts) != len(MACHINES):
            check.add("counts", f"is no list of {len(MACHINES)} numbers", f"give one for each of {', '.join(MACHINES)}")
        else:
            right = [check.whole("counts", count, 0, MOST_MACHINES) for count in counts]
            if all(right) and not 1 <= sum(counts) <= MOST_MACHINES:
                check.add("counts", f"add up to {sum(counts)} machines", f"give 1 to {MOST_MACHINES}")
    check.number("spread", given["spread"], 0, 2)
    check.flag("regroup", given["regroup"])
    check.flag("prefill", given["prefill"])
    check.number("prompt_tokens", given["prompt_tokens"], 0, 1e6)
    check.number("output_tokens", given["output_tokens"], 0, 1e6, above=True)
    if given["token_ms"] is not None:
        check.number("token_ms", given["token_ms"], 0, 1e9, above=True)
    check.whole("sites", given["sites"], 1, 14)
    check.number("site_mbit_per_s", given["site_mbit_per_s"], 0, 1e6)
    check.number("network_gbit_per_s", given["network_gbit_per_s"], 0, 1e4, above=True)
    check.number("demand", given["demand"], 0, 2, above=True)
    check.number("intensity_g_per_kwh", given["intensity_g_per_kwh"], 0, 1e5)
    check.number("pue", given["pue"], 1, 10)
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
