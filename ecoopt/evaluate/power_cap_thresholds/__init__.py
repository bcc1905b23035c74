"""The referee of thresholds: losses and trips of a row's scenarios, step by step, and every broken rule.

The decision is that of POLCA (Patel et al., *Characterizing Power Management Opportunities for LLMs in the Cloud*,
ASPLOS'24), power as scenarios.
"""

import math

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term, Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.power_cap_thresholds import ROUNDING, PowerCapThresholdsInstance, PowerCapThresholdsSchedule

__all__ = ["evaluate"]

TOO_FEW = "fewer servers are added than must be"
TOO_MANY = "more servers are added than may be"
UNKNOWN_LEVEL = "a level does not exist"
FASTER = "a priority runs faster above a higher threshold"
UNFAIR = "a priority runs slower than the one below it"
TRIPS = "too many scenarios trip"


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return lost hours less the value of added servers, terms, and all violations; O(W T P).

    A level that does not exist counts as the slowest.

    Parameters
    ----------
    instance : PowerCapThresholdsInstance
        What is asked.
    schedule : PowerCapThresholdsSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or levels are of another shape.
    """
    if not isinstance(instance, PowerCapThresholdsInstance) or not isinstance(schedule, PowerCapThresholdsSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PowerCapThresholdsInstance and a PowerCapThresholdsSchedule")
    shape = (len(instance.priorities), len(instance.thresholds))
    if schedule.level.shape != shape:
        raise InputError.one("schedule", "level", f"has shape {list(schedule.level.shape)}, the instance {list(shape)}",
                             "give priorities and thresholds of it")
    servers = instance.servers + schedule.added
    level = np.minimum(schedule.level, len(instance.power_ratio) - 1)
    lost_h = np.zeros(len(instance.priorities))
    tripped, slowed, peak_w = 0, 0, 0.0
    step_h = instance.step_s / 3600
    for scenario in instance.server_w:
        own_w = servers * instance.share * scenario
        demand_w = own_w.sum(axis=1)
        state = np.array([(demand_w > edge * instance.limit_w * (1 + ROUNDING)) for edge in instance.thresholds]).sum(
            axis=0)
        at = np.where(state > 0, level[:, np.maximum(state - 1, 0)], 0)
        row_w = (own_w * instance.power_ratio[at].T).sum(axis=1)
        loss = np.array([table[entries] for table, entries in zip(instance.loss, at, strict=True)])
        lost_h += servers * instance.share * loss.sum(axis=1) * step_h
        tripped += bool((row_w > instance.limit_w * (1 + ROUNDING)).any())
        slowed += int((at > 0).any(axis=0).sum())
        peak_w = max(peak_w, float(row_w.max()))
    scenarios, steps = instance.server_w.shape[:2]
    lost_h /= scenarios
    weighed_h = math.fsum((instance.weight * lost_h).tolist())
    worth_h = instance.value_h * schedule.added
    figures = {
        "weighted_loss_h": (weighed_h, "server h"), "value_h": (worth_h, "server h"),
        "added_servers": (float(schedule.added), "servers"), "tripped": (float(tripped), "scenarios"),
        "peak_power_kw": (peak_w / 1000, "kW"), "slowed_share": (slowed / (scenarios * steps), "")} | {
        f"loss_{name}_h": (float(hours), "server h") for name, hours in zip(instance.priorities, lost_h, strict=True)}
    return Score(objective=weighed_h - worth_h,
                 terms={name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()},
                 violations=tuple(_violations(instance, schedule.added, schedule.level, tripped)))


def _violations(
    instance: PowerCapThresholdsInstance, added: int, level: IntArray, tripped: int
) -> list[Violation]:
    """Return every broken rule."""
    states = level.shape[1]
    allowed = math.floor(instance.trip_share * len(instance.server_w) + 1e-9)

    def cell(i: int) -> str:
        return f"priority {instance.priorities[i // states]}, threshold {i % states + 1}"

    faster, unfair = np.zeros_like(level), np.zeros_like(level)
    faster[:, 1:] = level[:, :-1] - level[:, 1:]
    unfair[1:] = level[1:] - level[:-1]
    return [*broken(TOO_FEW, "servers", [instance.least_added - added], lambda _: "row"),
            *broken(TOO_MANY, "servers", [added - instance.most_added], lambda _: "row"),
            *broken(UNKNOWN_LEVEL, "levels", (level - (len(instance.power_ratio) - 1)).ravel(), cell),
            *broken(FASTER, "levels", faster.ravel(), cell),
            *broken(UNFAIR, "levels", unfair.ravel(), cell),
            *broken(TRIPS, "scenarios", [tripped - allowed], lambda _: "row")]
