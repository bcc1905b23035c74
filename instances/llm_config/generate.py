"""Generator: seeded fleets of LLaMA on V100 and A100, with published lengths of answers and synthetic carbon."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonTrace, generate_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.llm_config import demand, illustrative
from ecoopt.instances.llm_config.models import MODELS, language_model
from ecoopt.instances.llm_config.parts import MOST_GPUS, Configuration, RequestClass, Site
from ecoopt.instances.llm_config.schema import MOST_PERIODS, LlmConfigInstance

_HOUR_S, _DAY_S, _YEAR_H = 3600, 86400, 8760
_MODEL_NAMES: Final = tuple(model.name for model in MODELS)
_SPREAD: Final = 0.35


def generate(
    *, zones: Sequence[str] = ("US-CAL-CISO",), periods: int = 24, period_s: int = 3600, classes: int = 3,
    models: Sequence[str] = ("LLaMA-65B",), v100: int = 64, a100: int = 16, busy: float = 0.5, diurnal: float = 0.5,
    noise: float = 0.3, latency: float = 2.5, mean_quality: float = 0.0, load: float = 0.85, power: float | None = None,
    pue: float = 1.1, start_j_per_gpu: float = 20_000.0, lifetime_years: float | None = 5.0, example: bool = False,
    start_utc: str = "2023-06-05T00:00:00Z", seed: int = 0, name: str | None = None,
) -> LlmConfigInstance:
    """Return a random instance; the same arguments give the same bytes.

    Configurations are those of the illustrative, synthetic table. Lengths of answers, their shares and how demand
    varies are those of two published services. Carbon is synthetic (life-cycle).

    Parameters
    ----------
    zones : sequence of str
        Zones of the synthetic carbon traces: one for each site.
    periods, period_s : int
        Number and length of periods; a length divides an hour or is a whole number of hours.
    classes : int
        Request classes: the streams of answers with most tokens, 1 to 6.
    models : sequence of str
        Models there are: LLaMA-7B, LLaMA-13B, LLaMA-65B.
    v100, a100 : int
        GPUs of each type at each site.
    busy : float
        Mean demand, relative to what all GPUs make together where no latency is asked for.
    diurnal : float
        Amplitude of the daily wave, in 0..1.
    noise : float
        Deviation of a period's demand, relative to that of a minute in the published trace.
    latency : float
        Limits of latency, in the mean, relative to LLaMA-65B on 4 A100 with a batch of 64.
    mean_quality : float
        Least mean quality of every class.
    load : float
        As in ``LlmConfigInstance``.
    power : float, optional
        Power limit of a site, relative to the thermal design power of its GPUs.
    pue, start_j_per_gpu
        As in ``Site`` and ``LlmConfigInstance``.
    lifetime_years : float, optional
        Lifetime of GPUs; without it embodied carbon is left out.
    example : bool
        Return the illustrative example of one period, which takes no other argument than `name`.
    start_utc : str
        Beginning, on a whole hour.
    seed : int
        Of demand, latencies and carbon.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    _check(arguments)
    if example:
        found = illustrative.illustrative_example()
        return found if name is None else found.replace(name=name)
    given = {field: plain(value) for field, value in arguments.items()} | {"start_utc": iso(epoch_s(start_utc))}
    chosen = tuple(language_model(model) for model in _MODEL_NAMES if model in models)
    table = illustrative.illustrative_table(chosen)
    boards = illustrative.illustrative_gpus()
    demand_rng, latency_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    inventory = np.array([v100, a100])
    limit_w = None if power is None else power * float(inventory @ [board.tdp_w for board in boards])
    streams = demand.streams()[:classes]
    answers = demand.waves(
        demand_rng, streams, periods, period_s, epoch_s(start_utc), diurnal=diurnal, noise=noise,
        tokens_per_s=busy * load * len(zones) * _most_tokens(table, inventory, max(s.length_tokens for s in streams)))
    limits = latency * np.exp(_SPREAD * latency_rng.standard_normal(len(streams)) - _SPREAD**2 / 2)
    instance: LlmConfigInstance = LlmConfigInstance.from_content({
        "name": name or f"llm-z{len(zones)}-t{periods}-q{classes}-s{seed}",
        "provenance": Provenance(source=f"ecoopt generator: {illustrative.SOURCE}; demand: {demand.SOURCE}; carbon: "
                                 "synthetic", licence=demand.LICENCE, generator=given),
        "models": chosen, "gpus": boards, "configurations": table, "start_utc": start_utc, "period_s": period_s,
        "load": load, "start_j_per_gpu": start_j_per_gpu,
        "gpu_lifetime_h": None if lifetime_years is None else lifetime_years * _YEAR_H,
        "classes": tuple(RequestClass(
            name=stream.name, demand_per_s=answers[q], tokens_each=stream.mean_tokens, mean_quality=mean_quality,
            length_tokens=stream.length_tokens, max_latency_s=float(limits[q]) * _yardstick_s(stream.length_tokens))
            for q, stream in enumerate(streams)),
        "sites": tuple(Site(name=zone, carbon=_carbon(zone, start_utc, periods * period_s, seed), gpus=inventory,
                            power_limit_w=limit_w, pue=pue) for zone in zones)}, "generate llm_config")
    return instance


def _yardstick_s(length_tokens: int) -> float:
    """Return the latency of LLaMA-65B on 4 A100 with a batch of 64, without a cap."""
    return 64 * length_tokens / (972.0 / 3.4)


def _most_tokens(table: tuple[Configuration, ...], inventory: FloatArray, length: int) -> float:
    """Return the most tokens per second of a site's GPUs with the largest model, each in its best configuration."""
    largest = max((one.model for one in table), key=_MODEL_NAMES.index)
    best = [max((one.tokens_per_s / one.shards for one in table
                 if (one.model, one.gpu) == (largest, board) and one.length_tokens >= length), default=0.0)
            for board in (illustrative.V100, illustrative.A100)]
    return float(inventory @ np.array(best))


def _carbon(zone: str, start_utc: str, duration_s: int, seed: int) -> CarbonTrace:
    """Return a zone's synthetic trace over the horizon."""
    days = -(-duration_s // _DAY_S)
    trace = generate_carbon(zone, days=days, start=start_utc, seed=seed)
    return trace.window(start_utc, -(-duration_s // _HOUR_S) * _HOUR_S)


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate llm_config")
    for field, known in (("zones", zone_names()), ("models", _MODEL_NAMES)):
        entries = given[field]
        if not isinstance(entries, (list, tuple)) or not entries or len(set(map(str, entries))) < len(entries):
            check.add(field, "is no list of distinct names", f"choose among {', '.join(known)}")
        else:
            for entry in entries:
                check.one_of(field, entry, known)
    check.whole("periods", given["periods"], 1, MOST_PERIODS)
    if check.whole("period_s", given["period_s"], 1, 366 * _DAY_S) and (
            _HOUR_S % given["period_s"] and given["period_s"] % _HOUR_S):
        check.add("period_s", f"{given['period_s']} does not fit hours", "give a divisor or a multiple of 3600")
    check.whole("classes", given["classes"], 1, len(demand.streams()))
    for field in ("v100", "a100"):
        check.whole(field, given[field], 0, MOST_GPUS)
    if given["v100"] == given["a100"] == 0:
        check.add("a100", "there are no GPUs", "give some V100 or A100")
    check.number("busy", given["busy"], 0, 1e3, above=True)
    check.number("diurnal", given["diurnal"], 0, 1)
    check.number("noise", given["noise"], 0, 10)
    check.number("latency", given["latency"], 0, 1e6, above=True)
    check.number("mean_quality", given["mean_quality"], 0, 1)
    check.number("load", given["load"], 0, 1, above=True)
    check.number("pue", given["pue"], 1, 10)
    check.number("start_j_per_gpu", given["start_j_per_gpu"], 0, 1e12)
    for field, most in (("power", 1e3), ("lifetime_years", 1e3)):
        if given[field] is not None:
            check.number(field, given[field], 0, most, above=True)
    if check.flag("example", given["example"]) and given["example"]:
        for field, default in (generate.__kwdefaults__ or {}).items():
            if field not in ("example", "name") and given[field] != default:
                check.add(field, "the example takes no other argument than name", "leave it out")
    if check.accepted("start_utc", lambda: epoch_s(given["start_utc"])) and epoch_s(given["start_utc"]) % _HOUR_S:
        check.add("start_utc", "is not on a whole hour", "move it")
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
