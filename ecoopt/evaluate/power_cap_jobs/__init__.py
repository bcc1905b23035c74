"""The referee of capped jobs: carbon, delay and peak of a schedule, and every broken rule, worked out job by job.

The decision is that of GPU power capping on an HPC system (Zhao et al., SoCC'23, arXiv:2402.18593), job by job.
"""

import math

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term, Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.power_cap_jobs import ROUNDING_SLOTS, PowerCapJobsInstance, PowerCapJobsSchedule

__all__ = ["evaluate"]

UNKNOWN_CAP = "a job has an unknown cap"
TOO_EARLY = "a job starts before its release"
TOO_LATE = "a job is not done by its deadline"
GPUS = "jobs take more GPUs than there are"
POWER = "GPUs draw more power than the limit"

POWER_TOLERANCE = 1e-6
"""Share of the limit by which power may exceed it, as rounding."""


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return carbon with the prices of delay and peak, terms, and all violations.

    A job of an unknown cap counts as run under the last one. What runs after the last slot emits at its intensity and
    takes nobody's GPUs. O(J + T) plus the slots of the horizon that jobs hold.

    Parameters
    ----------
    instance : PowerCapJobsInstance
        What is asked.
    schedule : PowerCapJobsSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule is of another number of jobs.
    """
    if not isinstance(instance, PowerCapJobsInstance) or not isinstance(schedule, PowerCapJobsSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PowerCapJobsInstance and a PowerCapJobsSchedule")
    if len(schedule.cap) != instance.jobs:
        raise InputError.one("schedule", "cap", f"has {len(schedule.cap)} entries for {instance.jobs} jobs",
                             "give one per job")
    slots, slot_h = instance.slots, instance.slot_s / 3600
    idle_w = instance.gpu.idle_w or 0.0
    g_per_wh = instance.intensity_g_per_kwh * instance.pue / 1000
    used, power_w = np.zeros(slots), np.full(slots, idle_w * instance.gpus)
    job_g, job_wh, delay_h, late = [], [], [], np.zeros(instance.jobs)
    for j in range(instance.jobs):
        curve, gpus = instance.classes[instance.job_class[j]], int(instance.job_gpus[j])
        cap_w = float(instance.caps_w[min(int(schedule.cap[j]), len(instance.caps_w) - 1)])
        runs_h = float(instance.base_h[j]) * float(curve.time_at(cap_w))
        job_w = gpus * float(curve.power_at(cap_w))
        held = max(math.ceil(runs_h / slot_h - ROUNDING_SLOTS), 1)
        first = int(schedule.start_slot[j])
        until = first + held
        share = runs_h / slot_h - (held - 1)
        whole = g_per_wh[first:until - 1].tolist()
        beyond_g = (held - 1 - len(whole)) * float(g_per_wh[-1])
        last_g = float(g_per_wh[min(until, slots) - 1]) * share
        job_g.append((job_w - gpus * idle_w) * slot_h * math.fsum([*whole, beyond_g, last_g]))
        job_wh.append(job_w * runs_h)
        delay_h.append((first - int(instance.release_slot[j])) * slot_h + runs_h - float(instance.base_h[j]))
        late[j] = until - int(instance.deadline_slot[j])
        used[first:until] += gpus
        power_w[first:until] += job_w - gpus * idle_w
    base_g = idle_w * instance.gpus * slot_h * math.fsum(g_per_wh.tolist())
    figures = _figures(instance, schedule, power_w, base_g + math.fsum(job_g), delay_h, math.fsum(job_wh))
    return Score(objective=math.fsum(figures[name][0] for name in ("carbon_g", "delay_price_g", "peak_price_g")),
                 terms={name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()},
                 violations=tuple(_violations(instance, schedule, late, used, power_w)))


def _figures(
    instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule, power_w: FloatArray, carbon_g: float,
    delay_h: list[float], job_wh: float,
) -> dict[str, tuple[float, str]]:
    """Return the parts of the objective and the figures people report."""
    peak_kw = float(power_w.max()) / 1000
    gpu_delay_h = math.fsum(gpus * hours for gpus, hours in zip(instance.job_gpus.tolist(), delay_h, strict=True))
    caps = instance.caps_w[np.minimum(schedule.cap, len(instance.caps_w) - 1)]
    return {
        "carbon_g": (carbon_g, "g"),
        "delay_price_g": (instance.delay_g_per_gpu_h * gpu_delay_h, "g"),
        "peak_price_g": (instance.peak_g_per_kw * peak_kw, "g"),
        "job_energy_kwh": (job_wh / 1000, "kWh"),
        "gpu_delay_h": (gpu_delay_h, "GPU h"),
        "mean_delay_h": (math.fsum(delay_h) / instance.jobs, "h"),
        "peak_power_kw": (peak_kw, "kW"),
        "mean_cap_w": (float(caps.mean()), "W")}


def _violations(
    instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule, late: FloatArray, used: FloatArray,
    power_w: FloatArray,
) -> list[Violation]:
    """Return every broken rule: of jobs, then of slots."""
    over_w = power_w - instance.power_limit_w
    over_w[over_w <= POWER_TOLERANCE * np.maximum(instance.power_limit_w, 1.0)] = 0.0

    def job(j: int) -> str:
        return f"job {j} (class {instance.classes[instance.job_class[j]].name}, from slot {schedule.start_slot[j]})"

    def slot(t: int) -> str:
        return f"slot {t}"

    return [*broken(UNKNOWN_CAP, "caps", schedule.cap - (len(instance.caps_w) - 1.0), job),
            *broken(TOO_EARLY, "slots", instance.release_slot - schedule.start_slot, job),
            *broken(TOO_LATE, "slots", late, job),
            *broken(GPUS, "GPUs", used - instance.gpus, slot),
            *broken(POWER, "W", over_w, slot)]
