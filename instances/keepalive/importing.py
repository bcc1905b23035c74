"""From public files to an instance in one call: what ``ecoopt import`` offers for this family."""

from pathlib import Path
from typing import Literal

from ecoopt.instances.carbon import read_carbon
from ecoopt.instances.keepalive.from_trace import instance_from_trace
from ecoopt.instances.keepalive.readers import read_azure_2019, read_counts_npz, read_ecolife
from ecoopt.instances.keepalive.schema import KeepAliveInstance, Weights
from ecoopt.instances.keepalive.trace import Trace


def import_ecolife(
    trace: Path, carbon: Path, *, signal: str | None = None, zone: str | None = None, start_utc: str,
    generations: tuple[str, ...] = ("i3", "m5zn"), start_min: int = 0, end_min: int | None = None,
    history_min: int = 0, memory: float = 0.5, time_weight: float = 0.5,
    accounting: Literal["physical", "artifact"] = "physical",
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
    time_weight : float
        Lambda.
    accounting : {"physical", "artifact"}
        How waits are charged.
    """
    calls = read_counts_npz(trace) if trace.suffix == ".npz" else read_ecolife(trace)
    return _built(calls, carbon, signal, zone, start_utc, generations, start_min, end_min, history_min, memory,
                  time_weight, accounting)


def import_azure_2019(
    invocations: Path, carbon: Path, durations: Path | None = None, memory_table: Path | None = None, *,
    signal: str | None = None, zone: str | None = None, start_utc: str,
    generations: tuple[str, ...] = ("i3", "m5zn"), start_min: int = 0, end_min: int | None = None,
    history_min: int = 0, memory: float = 0.5, time_weight: float = 0.5,
    accounting: Literal["physical", "artifact"] = "physical",
) -> KeepAliveInstance:
    """Read a day of the Azure Functions 2019 trace, a carbon trace, and the day's durations and memory if given.

    The options are those of `import_ecolife`.
    """
    calls = read_azure_2019(invocations, durations, memory_table)
    return _built(calls, carbon, signal, zone, start_utc, generations, start_min, end_min, history_min, memory,
                  time_weight, accounting)


def _built(
    calls: Trace, carbon: Path, signal: str | None, zone: str | None, start_utc: str, generations: tuple[str, ...],
    start_min: int, end_min: int | None, history_min: int, memory: float, time_weight: float,
    accounting: Literal["physical", "artifact"],
) -> KeepAliveInstance:
    """Return the instance of a trace and a carbon file."""
    intensity = read_carbon(carbon, zone=zone, signal=signal)
    reference = float(intensity.intensity_g_per_kwh.mean())
    return instance_from_trace(
        calls, carbon=intensity, start_utc=start_utc, generations=generations, start_min=start_min, end_min=end_min,
        history_min=history_min, memory=memory, accounting=accounting,
        weights=Weights(time_weight=time_weight, reference_intensity_g_per_kwh=reference))


READERS = {"ecolife": import_ecolife, "azure-2019": import_azure_2019}
