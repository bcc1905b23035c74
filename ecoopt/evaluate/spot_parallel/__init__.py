"""The referee of spot fleets: rent, delay, lost requests, pauses and carbon, node by node, and every broken rule."""

import math

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.spot_parallel.moves import moved_gb
from ecoopt.evaluate.spot_parallel.rules import violations
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return the expected cost in dollars, its terms, and all violations.

    A configuration that does not exist counts as the last one. O(N), and an assignment of GPUs for each pair of
    configurations where no GPU has a name.

    Parameters
    ----------
    instance : SpotParallelInstance
        What is asked.
    schedule : SpotParallelSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule is of another shape.
    """
    if not isinstance(instance, SpotParallelInstance) or not isinstance(schedule, SpotParallelSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a SpotParallelInstance and a SpotParallelSchedule")
    _check_shapes(instance, schedule)
    config = np.minimum(schedule.config, instance.configs - 1)
    hours, seconds = instance.step_s / 3600, float(instance.step_s)
    moved = moved_gb(instance, schedule, config)
    parts: dict[str, list[float]] = {name: [] for name in (
        "rent", "carbon_kg", "delay", "lost", "changes", "pauses", "pause_s", "moved", "gpu_h", "on_demand_h",
        "changed", "served", "asked")}
    for n, c in enumerate(config.tolist()):
        share = float(instance.probability[n])
        rented, extra = int(instance.gpus[c]), int(schedule.on_demand[n])
        spot = max(rented - extra, 0)
        load, served = float(instance.load_rps[n]), min(float(instance.load_rps[n]), float(instance.throughput_rps[c]))
        before = int(instance.parent[n])
        changed, paused_s = _change(instance, int(config[before]) if before >= 0 else c, c)
        if before >= 0 and instance.bandwidth_gb_per_s is not None:
            paused_s += max(moved[n] / instance.bandwidth_gb_per_s - instance.grace_s, 0.0)
        paused_s = min(paused_s, seconds)
        kwh = (spot + extra) * instance.gpu_w * instance.pue * hours / 1000
        figures = {
            "rent": hours * (spot * float(instance.spot_usd_per_gpu_h[n])
                             + extra * float(instance.on_demand_usd_per_gpu_h[n])),
            "carbon_kg": kwh * float(instance.intensity_g_per_kwh[instance.depth[n]]) / 1000,
            "delay": served * hours * float(instance.latency_s[c]) * instance.delay_usd_per_request_h,
            "lost": (load - served) * seconds * instance.unserved_usd_per_request,
            "pauses": served * paused_s * instance.unserved_usd_per_request, "changes": changed, "pause_s": paused_s,
            "moved": moved[n], "gpu_h": (spot + extra) * hours, "on_demand_h": extra * hours,
            "changed": float(before >= 0 and config[before] != c), "served": served * (seconds - paused_s),
            "asked": load * seconds}
        for name, figure in figures.items():
            parts[name].append(share * figure)
    total = {name: math.fsum(figures) for name, figures in parts.items()}
    carbon_usd = total["carbon_kg"] * instance.carbon_usd_per_kg
    objective = math.fsum([total[name] for name in ("rent", "delay", "lost", "changes", "pauses")] + [carbon_usd])
    terms = {
        "rent_usd": (total["rent"], "USD"), "delay_usd": (total["delay"], "USD"), "lost_usd": (total["lost"], "USD"),
        "change_usd": (total["changes"], "USD"), "pause_usd": (total["pauses"], "USD"),
        "carbon_usd": (carbon_usd, "USD"),
        "carbon_kg": (total["carbon_kg"], "kg"), "changes": (total["changed"], "changes"),
        "pause_s": (total["pause_s"], "s"), "moved_gb": (total["moved"], "GB"), "gpu_h": (total["gpu_h"], "GPU h"),
        "on_demand_gpu_h": (total["on_demand_h"], "GPU h"),
        "served_share": (total["served"] / total["asked"] if total["asked"] else 1.0, "")}
    return Score(objective=objective,
                 terms={name: Term(value=value, unit=unit) for name, (value, unit) in terms.items()},
                 violations=tuple(violations(instance, schedule, config, total["rent"], total["carbon_kg"])))


def _check_shapes(instance: SpotParallelInstance, schedule: SpotParallelSchedule) -> None:
    """Raise InputError when a schedule is of another shape than the instance."""
    for name in ("config", "on_demand"):
        if len(getattr(schedule, name)) != instance.nodes:
            raise InputError.one("schedule", name, f"has {len(getattr(schedule, name))} entries for {instance.nodes} "
                                 "nodes", "give one for each")
    if (schedule.slot is None) != (instance.alive is None):
        raise InputError.one("schedule", "slot", "is given, and GPUs have no names" if instance.alive is None
                             else "is missing, and GPUs have names", "give slots where GPUs have names, and only there")
    if schedule.slot is not None and schedule.slot.shape != (instance.nodes, instance.devices):
        raise InputError.one("schedule", "slot", f"has shape {list(schedule.slot.shape)}",
                             f"give {[instance.nodes, instance.devices]}: nodes, spot and on-demand GPUs")


def _change(instance: SpotParallelInstance, old: int, new: int) -> tuple[float, float]:
    """Return cost and pause of a change, bytes left aside."""
    if old == new:
        return 0.0, 0.0
    same = all(getattr(instance, name)[old] == getattr(instance, name)[new] for name in ("pipeline", "tensor", "batch"))
    if same and instance.data[old] > 0 and instance.data[new] > 0:
        return instance.resize_usd, instance.resize_s
    return instance.reshape_usd, instance.reshape_s
