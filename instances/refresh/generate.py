"""Generator: seeded refresh instances with published GPUs, successors scaled from them, and synthetic carbon."""

from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, CarbonTrace, carbon_zones, generate_carbon, site_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import FleetLike, fleet_of
from ecoopt.instances.refresh.from_fleet import YEAR_DAYS, first_fleet
from ecoopt.instances.refresh.parts import Generation, Site, Stock, Workload
from ecoopt.instances.refresh.published import EMBODIED_G, LICENCE, SOURCE, WORKLOADS, unit_figures
from ecoopt.instances.refresh.schema import DAY_H, DAY_S, RefreshInstance

_START_UTC: Final = "2024-01-01T00:00:00Z"
MOST_GENERATIONS, MOST_SITES = 12, 200
PRICES: Final = (6.0, 9.0, 12.0)
"""Synthetic prices of P100, V100 and A100; successors cost a quarter more each."""

_DEAREST, _PUES, _AGES = 1.25, (1.1, 1.5), 3


def generate(
    *, generations: int = 3, sites: int = 3, periods: int = 24, period_days: int = 30, gpus: int = 300,
    homes: str = "none", moving_kwh: float = 0.05, load: float = 0.9, growth: float = 0.2, noise: float = 0.05,
    decline: float = 0.04, idle_w: float = 37.6, life_periods: int = 60, release_every: int = 12,
    utilisation: float = 0.8, purchases: float | None = 0.25, budget: float | None = None, second_life: float = 0.0,
    horizon_end: str = "charge", start_utc: str | None = None, fleet: FleetLike | None = None,
    carbon: CarbonLike | None = None, seed: int = 0, name: str | None = None,
) -> RefreshInstance:
    """Return a random instance; the same arguments give the same bytes.

    Energy, time and embodied carbon of the first three generations, P100, V100 and A100, are published measurements
    (NLP, CV, CANDLE). Later ones are **scaled**: each differs from the one before as A100 from V100, and is called
    ``A100+1`` and so on. Carbon is synthetic, of real zones. A unit of work is what a P100 does in 9.6 h.

    Parameters
    ----------
    generations, sites, periods, period_days : int
        Sizes; sites are zones in order, from the beginning again when there are no more.
    gpus : int
        GPUs in the beginning: P100 and V100, of mixed ages, spread unevenly over sites.
    homes : {"none", "tied", "moving"}
        Whether work belongs to no site, stays at its home, or may move.
    moving_kwh : float
        Energy of moving a unit.
    load : float
        Part of the first fleet's capacity that the first demand takes.
    growth, noise : float
        Growth of demand by the year, and standard deviation of the logarithm of each period's.
    decline : float
        Yearly decline of carbon intensity.
    idle_w : float
        Idle power of every GPU; by default an A100's as measured.
    life_periods : int
        Of every GPU.
    release_every : int
        Periods from one scaled generation's release to the next; the first three are there from the beginning.
    utilisation : float
        Of every site.
    purchases : float, optional
        Most GPUs bought at a site in a period, as a share of its first ones; no limit if None.
    budget : float, optional
        Money of each period, as a share of what a new fleet of A100 costs; no limit if None.
    second_life : float
        Of every generation.
    horizon_end
        As in ``RefreshInstance``.
    start_utc : str, optional
        Beginning; that of `carbon` by default, or 2024-01-01T00:00:00Z.
    fleet : Fleet or path, optional
        Its P100, V100 and A100 boards instead of `gpus` and `sites`.
    carbon : CarbonTrace, traces by zone, or path, optional
        Instead of synthetic traces; as it is, whatever `decline` says. Sites are its zones where there is no `fleet`.
    seed : int
        Of fleet, demand and carbon.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    check = Arguments("generate refresh")
    _check_arguments(check, arguments)
    if start_utc is not None:
        check.accepted("start_utc", lambda: epoch_s(start_utc or ""))
    check.refuse()
    stands = None if fleet is None else first_fleet(fleet_of(fleet), generations, period_days, life_periods)
    zones = None if carbon is None else carbon_zones(carbon)
    start = iso(epoch_s(start_utc or (_START_UTC if zones is None else next(iter(zones.values())).start_utc)))
    given = {field: plain(value) for field, value in arguments.items()} | {"start_utc": start}
    rng = np.random.default_rng(seed)
    names = [*EMBODIED_G, *(f"A100+{k + 1}" for k in range(max(generations - 3, 0)))][:generations]
    if stands is not None:
        places, first = list(stands.sites), stands.gpus.sum(axis=1)
        if zones is None:
            for place in places:
                check.one_of(f"fleet: site {place}", place, zone_names())
            check.refuse()
        shares = first / first.sum()
    else:
        places = [_place(s) for s in range(sites)] if zones is None else list(zones)
        shares = rng.dirichlet(np.full(len(places), 4.0))
        first = np.maximum(np.round(gpus * shares), 1).astype(np.int64)
    traces = ([_carbon(place, given) for place in places] if zones is None
              else _period_means(site_carbon(zones, places, start, DAY_S * period_days * periods), start, given))
    number = gpus if stands is None else int(first.sum())
    figures = {workload: _figures(workload, generations) for workload in WORKLOADS}
    capacity = _capacity_units(first if stands is None else stands.gpus, figures, given)
    instance: RefreshInstance = RefreshInstance.from_content({
        "name": name or f"refresh-g{generations}-s{len(places)}-t{periods}-n{number}-s{seed}",
        "generations": tuple(_generation(g, label, given) for g, label in enumerate(names)),
        "sites": tuple(Site(
            name=place, carbon=traces[s], pue=float(np.round(rng.uniform(*_PUES), 2)),
            utilisation=utilisation, most_purchases=None if purchases is None else np.full(
                periods, int(np.ceil(purchases * first[s])))) for s, place in enumerate(places)),
        "workloads": tuple(_workloads(rng, places, shares, capacity, figures, given)),
        "stock": tuple(_stock(rng, first, places, names, given)) if stands is None else stands.stock,
        "start_utc": start, "period_days": period_days,
        "budget": None if budget is None else np.full(periods, budget * number * PRICES[-1]),
        "horizon_end": horizon_end,
        "provenance": Provenance(
            source=f"ecoopt refresh generator: {SOURCE}; successors of A100 scaled, prices synthetic; "
                   f"carbon: {'synthetic' if zones is None else 'given'}", licence=LICENCE, generator=given)},
        "generate refresh")
    return instance


def _check_arguments(check: Arguments, given: dict[str, Any]) -> None:
    for field, low, high in (("generations", 2, MOST_GENERATIONS), ("sites", 1, MOST_SITES), ("periods", 1, 1000),
                             ("period_days", 1, 366), ("gpus", 1, 10**6), ("life_periods", 1, 1000),
                             ("release_every", 1, 1000), ("seed", 0, 2**63 - 1)):
        check.whole(field, given[field], low, high)
    for field, top in (("moving_kwh", 1e3), ("growth", 10.0), ("noise", 3.0), ("decline", 1.0), ("idle_w", 75.0),
                       ("second_life", 1.0)):
        check.number(field, given[field], 0, top)
    for field in ("load", "utilisation"):
        check.number(field, given[field], 0, 1, above=True)
    for field in ("purchases", "budget"):
        if given[field] is not None:
            check.number(field, given[field], 0, 1e3)
    check.one_of("homes", given["homes"], ("none", "tied", "moving"))
    check.one_of("horizon_end", given["horizon_end"], ("charge", "credit"))
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")


def _place(index: int) -> str:
    zones = zone_names()
    again, zone = divmod(index, len(zones))
    return zones[zone] if again == 0 else f"{zones[zone]} {again + 1}"


def _figures(workload: str, generations: int) -> tuple[FloatArray, FloatArray]:
    """Return energy and time of a unit on every generation: published for three, then the last step again and again."""
    scaled = []
    for published in unit_figures(workload):
        steps = np.arange(1, max(generations - 3, 0) + 1)
        scaled.append(np.concatenate([published, published[2] * (published[2] / published[1]) ** steps])[:generations])
    return scaled[0], scaled[1]


def _generation(g: int, label: str, given: dict[str, Any]) -> Generation:
    beyond = max(g - 2, 0)
    step = EMBODIED_G["A100"] / EMBODIED_G["V100"]
    grams = EMBODIED_G[label] if beyond == 0 else EMBODIED_G["A100"] * step**beyond
    return Generation(name=label, embodied_g=grams, idle_w=given["idle_w"], life_periods=given["life_periods"],
                      first_period=beyond * given["release_every"], price=PRICES[min(g, 2)] * _DEAREST**beyond,
                      second_life=given["second_life"])


def _carbon(place: str, given: dict[str, Any]) -> CarbonTrace:
    """Return the means of all periods, declining by the year; the same zone draws anew when it comes again."""
    zone, _, again = place.partition(" ")
    days = given["periods"] * given["period_days"]
    trace = generate_carbon(zone, days=days, start=given["start_utc"], seed=given["seed"] + int(again or 0))
    years = (np.arange(given["periods"]) + 0.5) * given["period_days"] / YEAR_DAYS
    (means,) = _period_means([trace], given["start_utc"], given)
    changed: CarbonTrace = means.replace(
        intensity_g_per_kwh=means.intensity_g_per_kwh * (1.0 - given["decline"]) ** years)
    return changed


def _period_means(traces: list[CarbonTrace], start_utc: str, given: dict[str, Any]) -> list[CarbonTrace]:
    """Return traces with a step for each period."""
    step_s = DAY_S * given["period_days"]
    return [trace.replace(start_utc=start_utc, step_s=step_s, estimated=None,
                          intensity_g_per_kwh=trace.means(start_utc, step_s, given["periods"])) for trace in traces]


def _capacity_units(first: Any, figures: dict[str, tuple[FloatArray, FloatArray]], given: dict[str, Any]) -> float:
    """Return the units of an even mix of work that the first fleet can do in a period.

    `first` has GPUs by site, half of them P100 and half V100, or by site and generation.
    """
    hours = DAY_H * given["period_days"] * given["utilisation"]
    if first.ndim == 1:
        return float(first.sum() * hours / np.mean([gpu_h[:2] for _, gpu_h in figures.values()]))
    return float((first / np.mean([gpu_h for _, gpu_h in figures.values()], axis=0)).sum() * hours)


def _workloads(
    rng: np.random.Generator, places: list[str], shares: FloatArray, capacity: float,
    figures: dict[str, tuple[FloatArray, FloatArray]], given: dict[str, Any],
) -> list[Workload]:
    """Return the three kinds of work, once, or once for each home."""
    periods = given["periods"]
    years = np.arange(periods) * given["period_days"] / YEAR_DAYS
    kinds = rng.dirichlet(np.full(len(WORKLOADS), 10.0))
    found = []
    for kind, share in zip(WORKLOADS, kinds, strict=True):
        for s, place in enumerate(places if given["homes"] != "none" else [""]):
            part = share * (shares[s] if place else 1.0)
            noisy = np.exp(given["noise"] * rng.standard_normal(periods))
            demand = np.round(given["load"] * capacity * part * (1.0 + given["growth"]) ** years * noisy, 1)
            found.append(Workload(
                name=f"{kind} {place}".strip(), energy_kwh=figures[kind][0], gpu_h=figures[kind][1], demand=demand,
                home=place or None, moving_kwh=given["moving_kwh"] if given["homes"] == "moving" else None))
    return found


def _stock(
    rng: np.random.Generator, first: Any, places: list[str], names: list[str], given: dict[str, Any]
) -> list[Stock]:
    """Return P100 and V100 of some ages at every site."""
    found = []
    for s, place in enumerate(places):
        counts = rng.multinomial(first[s], np.full(2 * _AGES, 1 / (2 * _AGES)))
        ages = rng.integers(0, given["life_periods"], 2 * _AGES)
        found += [Stock(generation=names[k % 2], site=place, age_periods=int(ages[k]), count=int(counts[k]))
                  for k in range(2 * _AGES) if counts[k]]
    return found
