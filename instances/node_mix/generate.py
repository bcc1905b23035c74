"""Generator: workloads on nodes of 1, 2 and 4 GPUs of three generations, or the parts of a machine, as in SC'23."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, CarbonTrace, site_carbon
from ecoopt.instances.hardware import NODES, ONE_SITE, SUPERCOMPUTERS
from ecoopt.instances.hardware.amortisation import HOURS_PER_YEAR
from ecoopt.instances.node_mix.parts import parts_content
from ecoopt.instances.node_mix.schema import NodeMixInstance, Rule
from ecoopt.instances.node_mix.sizes import BENCHMARKS, SIZES, sizes_content
from ecoopt.instances.node_mix.tables import mix_tables

_LICENCE = "MIT (figures of the SC'23 artifact, boringlee24/sc23-sustainability)"


def generate(
    *, problem: Literal["sizes", "parts"] = "sizes", workloads: int = 12, benchmarks: Sequence[str] = BENCHMARKS,
    generations: Sequence[str] = ("V100",), sizes: Sequence[int] = SIZES, mean_gpus: float = 20.0, spread: float = 0.6,
    usage: float = 0.4, budget: float | None = 0.5, second_budget: float | None = None, machine: str = "Frontier",
    scale: float = 0.01, intensity_g_per_kwh: float = 200.0, carbon: CarbonLike | None = None, years: float = 1.0,
    lifetime_years: float = 5.0, amortisation: Rule = "straight-line", pue: float = 1.0, seed: int = 0,
    name: str | None = None,
) -> NodeMixInstance:
    """Return a random instance; the same arguments give the same bytes.

    ``sizes``: each workload runs on nodes of one size and generation, times and energies those of a group of benchmarks
    on V100 nodes of 1, 2 and 4 GPUs, the speed-up being the true one; the other generations scale alike, by the
    measured replacements, which is an assumption. ``parts``: a machine's floating-point speed, memory, storage and
    bandwidth are to be had from GPUs, CPUs, memory modules and drives of the component table.

    Parameters
    ----------
    problem : {"sizes", "parts"}
        Which of the two.
    workloads : int
        Workloads (``sizes``).
    benchmarks : sequence of str
        Among nlp, cv and candle; workloads take them in turn.
    generations : sequence of str
        Among P100, V100 and A100.
    sizes : sequence of int
        GPUs per node, among 1, 2 and 4.
    mean_gpus : float
        Mean demand of a workload, in single V100s that work `usage` of the time.
    spread : float
        Standard deviation of the logarithm of demands; a tenth of it is that of times and energies.
    usage : float
        Share of the time in which nodes work.
    budget : float, optional
        Embodied budget between what a thrifty choice takes (0) and what the cheapest choices take (1) (``sizes``).
    second_budget : float, optional
        The same for rack units: one for a node, one for each GPU.
    machine : {"Frontier", "LUMI", "Perlmutter"}
        Whose parts set the floors (``parts``).
    scale : float
        How large the floors are, relative to the machine.
    intensity_g_per_kwh : float
        Constant carbon intensity, where `carbon` is not given.
    carbon : CarbonTrace, traces by zone, or path, optional
        Covers the years.
    years, lifetime_years : float
        Horizon, and life of the machines.
    amortisation, pue
        As in ``NodeMixInstance``.
    seed : int
        Of demands, times and energies.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    _check(arguments)
    horizon_h = HOURS_PER_YEAR * years
    trace = _constant(intensity_g_per_kwh, horizon_h) if carbon is None else site_carbon(
        carbon, [ONE_SITE], None, round(3600 * horizon_h))[0]
    content: dict[str, Any] = {
        "name": name or (f"node_mix-w{workloads}-s{seed}" if problem == "sizes" else f"node_mix-{machine}-s{seed}"),
        "provenance": Provenance(
            source="ecoopt node mix generator: components and measured node sizes of Li et al. (SC'23)",
            licence=_LICENCE, generator={field: plain(value) for field, value in arguments.items()}),
        "carbon": trace, "start_utc": trace.start_utc, "horizon_h": horizon_h, "pue": pue,
        "amortisation": amortisation, "lifetime_h": HOURS_PER_YEAR * lifetime_years}
    rng = np.random.default_rng(seed)
    if problem == "parts":
        found: NodeMixInstance = NodeMixInstance.from_content(
            content | parts_content(rng, machine, scale, spread), "generate node_mix")
        return found
    demand_h = mean_gpus * usage * horizon_h * np.exp(spread * rng.standard_normal(workloads) - spread**2 / 2)
    free: NodeMixInstance = NodeMixInstance.from_content(content | sizes_content(
        rng, demand_h, usage * horizon_h, list(benchmarks), list(generations), list(sizes), spread / 10),
        "generate node_mix")
    return _budgeted(free, {"embodied carbon (kg)": (free.embodied_kg, budget),
                            "rack units": (1.0 + np.tile(sizes, workloads * len(generations)), second_budget)})


def _budgeted(free: NodeMixInstance, budgets: dict[str, tuple[FloatArray, float | None]]) -> NodeMixInstance:
    """Return the instance with ceilings between what a thrifty choice uses and what the cheapest choices use.

    The thrifty choice has the least sum of uses, each relative to that of the cheapest choices; it keeps all ceilings.
    """
    tables = mix_tables(free)
    groups = np.split(np.arange(len(free.options)), free.first[1:-1])
    cheapest = [group[np.argmin(tables.total_kg[group])] for group in groups]
    kept = {name: (each, share) for name, (each, share) in budgets.items() if share is not None}
    rows = np.array([each for each, _ in kept.values()]).reshape(len(kept), len(free.options))
    wanted = (rows * tables.least)[:, cheapest].sum(axis=1)
    relative = (rows * tables.least / wanted[:, None]).sum(axis=0)
    thrifty = [group[np.argmin(relative[group])] for group in groups]
    least = (rows * tables.least)[:, thrifty].sum(axis=1)
    limits = [low + share * max(high - low, 0.0)
              for (_, share), low, high in zip(kept.values(), least, wanted, strict=True)]
    result: NodeMixInstance = free.replace(ceilings=tuple(kept), ceiling=np.array(limits), uses=rows)
    return result


def _constant(intensity_g_per_kwh: float, horizon_h: float) -> CarbonTrace:
    """Return a trace of one intensity over the horizon, in steps of 30 days."""
    step_s = 30 * 86400
    steps = math.ceil(round(3600 * horizon_h) / step_s)
    trace: CarbonTrace = CarbonTrace.from_content({
        "zone": "constant", "start_utc": "2024-01-01T00:00:00Z", "step_s": step_s,
        "intensity_g_per_kwh": np.full(steps, float(intensity_g_per_kwh))}, "generate node_mix")
    return trace


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate node_mix")
    check.one_of("problem", given["problem"], ("sizes", "parts"))
    check.whole("workloads", given["workloads"], 1, 20_000)
    for field, known in (("benchmarks", BENCHMARKS), ("generations", tuple(NODES)), ("sizes", SIZES)):
        entries = given[field]
        if not isinstance(entries, (list, tuple)) or not entries or len(set(entries)) < len(entries) or (
                not set(entries) <= set(known)):
            check.add(field, "is no list of distinct known ones", f"choose among {', '.join(map(str, known))}")
    check.number("mean_gpus", given["mean_gpus"], 0, 1e5, above=True)
    check.number("spread", given["spread"], 0, 3)
    check.number("usage", given["usage"], 0, 1, above=True)
    for field in ("budget", "second_budget"):
        if given[field] is not None:
            check.number(field, given[field], 0, 10)
    check.one_of("machine", given["machine"], tuple(SUPERCOMPUTERS))
    check.number("scale", given["scale"], 0, 10, above=True)
    check.number("intensity_g_per_kwh", given["intensity_g_per_kwh"], 0, 1e5)
    check.number("years", given["years"], 0, 30, above=True)
    check.number("lifetime_years", given["lifetime_years"], 0, 100, above=True)
    check.one_of("amortisation", given["amortisation"], ("straight-line", "at-purchase", "double-declining", "sunk"))
    check.number("pue", given["pue"], 1, 10)
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
