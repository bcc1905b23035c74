"""Why an instance has no schedule: what idle GPUs break, or which limits must give for the work to be done in time."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import explain as reliefs_of
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.power_cap.plain_model import plain_model
from ecoopt.instances.power_cap import Hall, PowerCapInstance
from ecoopt.instances.power_cap.tables import CapTables, cap_tables

_LONGEST, _SECONDS = 20, 60.0


def reasons(instance: PowerCapInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when it has one.

    Hours on end are told in one line. With limits on waiting work and without mixed caps a minute's search may leave
    it open whether there is one.
    """
    tables = cap_tables(instance)
    lines = _when_idle(tables) or _lacking(tables) or _too_coarse(tables)
    more = [f"... and {len(lines) - _LONGEST} more"] if len(lines) > _LONGEST else []
    return [*lines[:_LONGEST], *more]


def _when_idle(tables: CapTables) -> list[str]:
    """Return the limits that are broken even when nothing is done."""
    instance = tables.instance
    limit_w = tables.base_w + tables.room_w
    lines = [f"{when}: idle GPUs draw {tables.base_w:.6g} W, and power_limit_w is {least}; raise it"
             for when, least in _stretches(np.where(tables.room_w < 0, limit_w, np.nan))]
    if instance.hall is not None:
        idle_c = _idle_temperature(instance.hall, tables.base_w / instance.gpus)
        lines += [f"{when}: the hall is at {warm} C even when all GPUs are idle, and most_c is "
                  f"{instance.hall.most_c:.6g}; raise it"
                  for when, warm in _stretches(np.where(tables.heat_w < 0, idle_c, np.nan))]
    return lines


def _idle_temperature(hall: Hall, idle_w: float) -> FloatArray:
    """Return the temperature at the end of each hour when all GPUs are idle, float array [T]."""
    found, last = np.empty(len(hall.ambient_c)), hall.start_c
    for t, ambient_c in enumerate(hall.ambient_c.tolist()):
        found[t] = last = hall.keep * last + (1 - hall.keep) * (ambient_c + hall.rise_c_per_w * idle_w)
    return found


def _lacking(tables: CapTables) -> list[str]:
    """Return what must give for the work to be done in time even with mixed caps."""
    model = plain_model(tables, integer=False).model
    if solve_lp(model).status is not Status.INFEASIBLE:
        return []
    classes, hours = tables.instance.classes, tables.shape[1]
    limited = np.flatnonzero(np.isfinite(tables.most_backlog)).tolist()
    powered = np.flatnonzero(np.isfinite(tables.room_w)).tolist()
    place = {f"waiting[{row},{t}]": (1 + row, t) for row in range(len(limited)) for t in range(hours)}
    place |= {f"power[{row}]": (0, t) for row, t in enumerate(powered)}
    found = reliefs_of(model, Run(Budget(seconds=_SECONDS)), may_give=lambda name: name in place)
    by = np.full((1 + len(limited), hours), np.nan)
    for relief in found.reliefs:
        by[place[relief.constraint]] = relief.by
    lines = [f"{when}: power_limit_w must rise by {watts} W" for when, watts in _stretches(by[0])]
    return lines + [f"{classes[k].name}, {when}: most_backlog_gpu_h must rise by {work}"
                    for k, row in zip(limited, by[1:], strict=True) for when, work in _stretches(row)]


def _too_coarse(tables: CapTables) -> list[str]:
    """Say so where a schedule needs mixed caps, as far as a minute's search tells."""
    if tables.instance.mixed or not np.isfinite(tables.most_backlog).any():
        return []
    linear = plain_model(tables, integer=True).model
    found = solve_model(linear.replaced(cost=np.zeros(linear.columns)), Run(Budget(seconds=_SECONDS)))
    return ["one cap for a class is too coarse for its limit on waiting work: raise most_backlog_gpu_h, or allow mixed "
            "caps"] if found.status is Status.INFEASIBLE else []


def _stretches(values: FloatArray) -> list[tuple[str, str]]:
    """Return hours on end with a value that is a number, and their values, in words."""
    told = np.flatnonzero(np.isfinite(values))
    found = []
    for part in np.split(told, np.flatnonzero(np.diff(told) > 1) + 1) if len(told) else []:
        low, high = f"{values[part].min():.6g}", f"{values[part].max():.6g}"
        when = f"hour {part[0]}" if len(part) == 1 else f"hours {part[0]} to {part[-1]}"
        found.append((when, low if low == high else f"{low} to {high}"))
    return found
