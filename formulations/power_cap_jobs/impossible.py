"""Impossible: which jobs have no place at all, and where all jobs together need more than there is."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.power_cap_jobs.program import program_of
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance
from ecoopt.instances.power_cap_jobs.options import Options, options_of

_SECONDS, _TOLD = 60.0, 100


def reasons(instance: PowerCapJobsInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when it has one."""
    options = options_of(instance)
    lines = _alone(instance, options)
    if lines:
        return lines
    overload = _overload(instance, options)
    if overload:
        return overload
    if _together(options):
        return []
    return ["no job and no stretch of slots is impossible by itself, all jobs together are: add GPUs or power, or "
            "widen windows"]


def _together(options: Options) -> bool:
    """Return whether a minute's search leaves it open that there is a schedule."""
    linear = program_of(options, options.fits).linear
    found = solve_model(linear.replaced(cost=np.zeros(linear.columns)), Run(Budget(seconds=_SECONDS)))
    return found.status is not Status.INFEASIBLE


def _alone(instance: PowerCapJobsInstance, options: Options) -> list[str]:
    """Name slots whose idle GPUs draw too much, and jobs that do not fit even when alone."""
    lines = [f"slot {t}: idle GPUs draw {options.base_w:.6g} W, the limit is {instance.power_limit_w[t]:.6g} W; raise "
             "it" for t in np.flatnonzero(options.free_w < 0)[:_TOLD].tolist()]
    if lines:
        return lines
    window = instance.deadline_slot - instance.release_slot
    least_w = options.power_w.min(axis=1)
    for j in range(options.jobs):
        free_w = options.free_w[instance.release_slot[j]:instance.deadline_slot[j]]
        if options.slots[j].min() > window[j]:
            lines.append(f"job {j}: it takes {options.slots[j].min()} slots at least, its window has {window[j]}; "
                         "widen the window, or shorten the job")
        elif instance.job_gpus[j] > instance.gpus:
            lines.append(f"job {j}: it takes {instance.job_gpus[j]} of {instance.gpus} GPUs; add GPUs")
        elif least_w[j] > free_w.max() * (1 + 1e-9):
            lines.append(f"job {j}: it draws {least_w[j]:.6g} W beyond idle GPUs at least, its window has "
                         f"{free_w.max():.6g} W; raise power_limit_w or add a lower cap")
        if len(lines) == _TOLD:
            break
    return lines


def _overload(instance: PowerCapJobsInstance, options: Options) -> list[str]:
    """Name the first stretch of slots in which the jobs that must run there need more GPUs than there are.

    A job whose window sticks out of the stretch needs what is left when it is pushed out as far as its window allows.
    """
    least, g = options.slots.min(axis=1), instance.job_gpus
    release, deadline = instance.release_slot, instance.deadline_slot
    for first in np.unique(release).tolist():
        for last in np.unique(deadline[deadline > first]).tolist():
            early, late = np.maximum(first - release, 0), np.maximum(deadline - last, 0)
            inside = np.clip(np.minimum(least - early, least - late), 0, last - first)
            need = int((g * inside).sum())
            if need > instance.gpus * (last - first):
                return [f"slots {first} to {last}: jobs need {need} GPU slots there, there are "
                        f"{instance.gpus * (last - first)}; add GPUs, or widen windows"]
    return []
