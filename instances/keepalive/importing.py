"""From public files to an instance in one call: what ``ecoopt import`` offers for this family."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

from ecoopt.instances.carbon import read_carbon
from ecoopt.instances.keepalive.from_trace import instance_from_trace
from ecoopt.instances.keepalive.readers import read_azure_2019, read_counts_npz, read_ecolife
from ecoopt.instances.keepalive.schema import KeepAliveInstance, Weights
from ecoopt.instances.keepalive.trace import Trace


def import_ecolife(
    trace: Path, carbon: Path, *, signal: str | None = None, zone: str | None = None, start_utc: str,
    generations: tuple[str, ...] = ("i3", "m5zn"), start_min: int = 0, end_min: int | None = None,
    history_min: int = 0, memory: float = 0.5, max_keep_min: int = 30, time_weight: float = 0.5,
    normalisation: Literal["paper", "grams"] = "paper", grams_per_s: float = 0.01,
    accounting: Literal["physical", "artifact"] = "physical", containers: Literal["release", "persist"] = "release",
    relocation: bool = True,
) -> KeepAliveInstance:
    """Read EcoLife's per-minute count files (a folder, a zip, or one npz table) and a carbon trace.

    Parameters
    ----------
    trace, carbon : Path
        The two inputs; the carbon trace in any format that `read_carbon` knows.
    signal, zone : str, optional
        Which series of the carbon file, and which zone.
    start_utc : str
        Time of the trace's first minute, ``YYYY-MM-DDTHH:MM:SSZ``.
    generations : tuple of str
        Boxes of the hardware catalogue.
    start_min, end_min : int
        Window of the trace to keep.
    history_min : int
        Minutes before the window that online policies may look back at.
    memory : float
        Warm-pool memory as a share of what keeping every container would take at its peak.
    max_keep_min : int
        Longest keep-alive time; the menu is 0, 1, .. this.
    time_weight : float
        Lambda of the paper's objective, in 0..1.
    normalisation : {"paper", "grams"}
        The objective: the paper's, its reference intensity the mean of the carbon trace, or grams, where a second costs
        `grams_per_s`.
    grams_per_s : float
        Price of a second of service time (``grams``).
    accounting : {"physical", "artifact"}
        How waits are charged.
    containers : {"release", "persist"}
        Whether waiting containers that serve no call when their function is called are released, or may be kept on.
    relocation : bool
        Whether a container that has just executed may be kept on another generation; only ``persist`` may forbid it.
    """
    calls = read_counts_npz(trace) if trace.suffix == ".npz" else read_ecolife(trace)
    weights = _Objective(normalisation, time_weight, grams_per_s)
    return _built(calls, carbon, signal, zone, weights, start_utc=start_utc, generations=generations,
                  start_min=start_min, end_min=end_min, history_min=history_min, memory=memory,
                  max_keep_min=max_keep_min, accounting=accounting, containers=containers, relocation=relocation)


def import_azure_2019(
    invocations: Path, carbon: Path, durations: Path | None = None, memory_table: Path | None = None, *,
    signal: str | None = None, zone: str | None = None, start_utc: str,
    generations: tuple[str, ...] = ("i3", "m5zn"), start_min: int = 0, end_min: int | None = None,
    history_min: int = 0, memory: float = 0.5, max_keep_min: int = 30, time_weight: float = 0.5,
    normalisation: Literal["paper", "grams"] = "paper", grams_per_s: float = 0.01,
    accounting: Literal["physical", "artifact"] = "physical", containers: Literal["release", "persist"] = "release",
    relocation: bool = True,
) -> KeepAliveInstance:
    """Read a day of the Azure Functions 2019 trace, a carbon trace, and the day's durations and memory if given.

    The options are those of `import_ecolife`.
    """
    calls = read_azure_2019(invocations, durations, memory_table)
    weights = _Objective(normalisation, time_weight, grams_per_s)
    return _built(calls, carbon, signal, zone, weights, start_utc=start_utc, generations=generations,
                  start_min=start_min, end_min=end_min, history_min=history_min, memory=memory,
                  max_keep_min=max_keep_min, accounting=accounting, containers=containers, relocation=relocation)


class _Objective(NamedTuple):
    """What is asked of the objective; the carbon trace adds the reference intensity."""

    normalisation: Literal["paper", "grams"]
    time_weight: float
    grams_per_s: float


def _built(calls: Trace, carbon: Path, signal: str | None, zone: str | None, objective: _Objective,
           **options: Any) -> KeepAliveInstance:
    """Return the instance of a trace and a carbon file."""
    intensity = read_carbon(carbon, zone=zone, signal=signal)
    reference = max(float(intensity.intensity_g_per_kwh.mean()), 1e-3)
    weights = Weights.from_content(objective._asdict() | {"reference_intensity_g_per_kwh": reference}, "weights")
    return instance_from_trace(calls, carbon=intensity, weights=weights, **options)


READERS = {"ecolife": import_ecolife, "azure-2019": import_azure_2019}
