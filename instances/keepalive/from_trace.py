"""From a trace to an instance: a window of real calls, with boxes, profiles, pools, carbon and an objective."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import generation
from ecoopt.instances.keepalive.catalogue import APPS, check_generations, profiles_for
from ecoopt.instances.keepalive.measured import MEAN_APP, measured_profiles
from ecoopt.instances.keepalive.pools import shared_pools_gb
from ecoopt.instances.keepalive.schema import FunctionProfiles, KeepAliveInstance, Weights
from ecoopt.instances.keepalive.trace import Trace


def instance_from_trace(trace: Trace, *, carbon: CarbonTrace, start_utc: str,
                        generations: Sequence[str] = ("i3", "m5zn"), start_min: int = 0, end_min: int | None = None,
                        history_min: int = 0, functions: Sequence[int] | IntArray | None = None,
                        memory_gb: Sequence[float] | FloatArray | None = None, memory: float | None = None,
                        base: str = MEAN_APP, max_keep_min: int = 30, weights: Weights | None = None,
                        accounting: str = "physical", containers: str = "release", relocation: bool = True,
                        name: str | None = None) -> KeepAliveInstance:
    """Return the instance of some minutes of a trace.

    Functions whose app is one of EcoLife's ten take its profile; the others are scaled from a base profile by their
    measured time and memory (``measured.measured_profiles``).

    Parameters
    ----------
    trace : Trace
        As a reader returns it.
    carbon : CarbonTrace
        Covers the window.
    start_utc : str
        Beginning of the trace's minute 0.
    generations : sequence of str
        Boxes out of i3, c5n, c5 and m5zn.
    start_min, end_min : int
        The instance holds the trace's minutes ``start_min <= m < end_min``; by default all from `start_min` on.
    history_min : int
        Minutes before `start_min` that become the history; 0 for none.
    functions : sequence of int, optional
        Functions taken, in this order; by default all.
    memory_gb : sequence of float [G], optional
        Pool of each generation.
    memory : float, optional
        In place of `memory_gb`, a share as in ``generate``; 0.5 when neither is given.
    base : str
        ``"mean-app"`` or an app's name: base profile of functions of other apps.
    max_keep_min : int
        The keep-alive menu is 0, 1, .. this.
    weights : Weights, optional
        The objective; by default the paper's, its reference intensity the mean of the whole carbon trace.
    accounting, containers, relocation
        As in ``KeepAliveInstance``.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong, or when the carbon trace does not cover the window.
    """
    end_min = trace.invocations.horizon_min if end_min is None else end_min
    _check(dict(locals()))
    chosen = np.arange(trace.invocations.functions) if functions is None else np.asarray(functions, dtype=np.int64)
    calls = trace.invocations if functions is None else trace.invocations.select(chosen)
    history = calls.window(start_min - history_min, start_min) if history_min else None
    if (start_min, end_min) != (0, calls.horizon_min):
        calls = calls.window(start_min, end_min)
    profiles, function_profile = _profiles(trace, chosen, generations, base)
    pools: Any = memory_gb
    if memory_gb is None:
        pools = shared_pools_gb(calls, profiles.memory_gb[function_profile], max_keep_min,
                                0.5 if memory is None else memory, len(generations))
    if weights is None:
        weights = Weights(reference_intensity_g_per_kwh=max(float(carbon.intensity_g_per_kwh.mean()), 1e-3))
    content: dict[str, Any] = {
        "name": name or f"keepalive-trace-f{len(chosen)}-m{start_min}-{end_min}",
        "provenance": Provenance(
            source=trace.source, licence=trace.licence,
            note=f"minutes {start_min} to {end_min - 1} of the trace; carbon: {carbon.source or carbon.zone}"
                 f"{f' ({carbon.licence})' if carbon.licence else ''}"),
        "generations": tuple(generation(box) for box in generations), "pool_memory_gb": pools, "profiles": profiles,
        "function_profile": function_profile, "function_names": tuple(trace.function_names[f] for f in chosen),
        "start_utc": iso(epoch_s(start_utc) + 60 * start_min), "carbon": carbon, "invocations": calls,
        "history": history, "keep_alive_menu_min": np.arange(max_keep_min + 1), "weights": weights,
        "accounting": accounting, "containers": containers, "relocation": relocation}
    instance: KeepAliveInstance = KeepAliveInstance.from_content(content, "instance_from_trace")
    return instance


def _profiles(trace: Trace, chosen: IntArray, generations: Sequence[str],
              base: str) -> tuple[FunctionProfiles, IntArray]:
    """Return profiles and the profile of each chosen function: the catalogue's, then measured ones."""
    catalogue = profiles_for(generations)
    place = {app: index for index, app in enumerate(APPS)}
    profile = np.array([place.get(trace.app_names[f], -1) for f in chosen], dtype=np.int64)
    other = profile < 0
    if not other.any():
        return catalogue, profile
    unknown = np.full(len(trace.function_names), np.nan)
    duration_s, memory_gb = ((unknown if column is None else column)[chosen[other]]
                             for column in (trace.duration_s, trace.memory_gb))
    measured, own = measured_profiles(duration_s, memory_gb, generations, base)
    if other.all():
        return measured, own
    profile[other] = len(APPS) + own
    joined = {field: np.concatenate([getattr(catalogue, field), getattr(measured, field)])
              for field in FunctionProfiles.model_fields if field != "names"}
    return FunctionProfiles(names=catalogue.names + measured.names, **joined), profile


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``instance_from_trace``."""
    check, trace = Arguments("instance_from_trace"), given["trace"]
    horizon = trace.invocations.horizon_min
    if not isinstance(given["carbon"], CarbonTrace):
        check.add("carbon", "is no CarbonTrace", "read or generate one")
    check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    generations = check_generations(given["generations"])
    check.problems += generations
    if check.whole("start_min", given["start_min"], 0, horizon - 1):
        check.whole("end_min", given["end_min"], given["start_min"] + 1, horizon)
        check.whole("history_min", given["history_min"], 0, given["start_min"])
    if given["functions"] is not None:
        indices = np.asarray(given["functions"])
        if indices.ndim != 1 or indices.size == 0 or indices.dtype.kind not in "iu":
            check.add("functions", "is no list of function numbers", "give at least one, from 0 on")
        elif indices.min() < 0 or indices.max() >= trace.invocations.functions:
            wrong = int(indices[(indices < 0) | (indices >= trace.invocations.functions)][0])
            check.add("functions", f"names function {wrong} of {trace.invocations.functions}", "count from 0")
    if given["memory_gb"] is not None and given["memory"] is not None:
        check.add("memory", "is given together with memory_gb", "give one of them")
    if given["memory"] is not None:
        check.number("memory", given["memory"], 0, 1e6, above=True)
    check.one_of("base", given["base"], (MEAN_APP, *APPS))
    check.whole("max_keep_min", given["max_keep_min"], 0, 1440)
    if given["weights"] is not None and not isinstance(given["weights"], Weights):
        check.add("weights", "is no Weights record", "build one with Weights(...)")
    check.one_of("accounting", given["accounting"], ("physical", "artifact"))
    check.one_of("containers", given["containers"], ("release", "persist"))
    check.flag("relocation", given["relocation"])
    check.refuse()
