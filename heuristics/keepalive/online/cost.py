"""The objective of a schedule as the solvers see it, vectorised; the referee has its own."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.costs import cost_table
from ecoopt.instances.keepalive.schedule import KeepAliveSchedule
from ecoopt.instances.keepalive.schema import KeepAliveInstance


@dataclass(frozen=True)
class ScheduleCost:
    """Objective of a schedule and the figures people report beside it.

    Parameters
    ----------
    objective : float
        In the unit of the instance's weights.
    service_time_s, execution_g, keep_g : float
        Totals over all calls and waits.
    calls, warm_calls : int
        Calls in all, and those that found a container waiting.
    """

    objective: float
    service_time_s: float
    execution_g: float
    keep_g: float
    calls: int
    warm_calls: int

    @property
    def mean_service_time_s(self) -> float:
        """Service time per call."""
        return self.service_time_s / max(self.calls, 1)

    @property
    def mean_carbon_mg(self) -> float:
        """Execution and keep-alive carbon per call."""
        return 1000 * (self.execution_g + self.keep_g) / max(self.calls, 1)


def schedule_cost(instance: KeepAliveInstance, schedule: KeepAliveSchedule) -> ScheduleCost:
    """Return what a feasible schedule costs. O(C G + K)."""
    costs, calls = cost_table(instance), instance.invocations
    profile, at_call = instance.cell_profile, instance.intensity_g_per_kwh[calls.minutes]
    gap = _gap_after(instance)
    waiting = np.zeros(schedule.runs.shape, np.int64)
    useful = schedule.keep_min >= gap[schedule.keep_cell]
    cell = schedule.keep_cell[useful]
    np.add.at(waiting, (cell + 1, schedule.keep_generation[useful]), schedule.keep_containers[useful])
    warm = np.minimum(schedule.willing, waiting)
    cold = schedule.runs - warm
    time_s = execution_g = objective = 0.0
    for s in range(schedule.runs.shape[1]):
        for number, length, fixed, slope in (
            (warm[:, s], costs.warm_s, costs.warm_embodied_g, costs.warm_kwh),
            (cold[:, s], costs.cold_s, costs.cold_embodied_g, costs.cold_kwh),
        ):
            seconds = number * length[profile, s]
            grams = number * (fixed[profile, s] + slope[profile, s] * at_call)
            objective += float((costs.time_weight[profile] * seconds + costs.execution_weight[profile] * grams).sum())
            time_s += float(seconds.sum())
            execution_g += float(grams.sum())
    keep_g = _keep_grams(instance, schedule, gap)
    objective += float((costs.keep_weight[profile[schedule.keep_cell]] * keep_g).sum())
    return ScheduleCost(
        objective=objective, service_time_s=time_s, execution_g=execution_g, keep_g=float(keep_g.sum()),
        calls=calls.calls, warm_calls=int(warm.sum()))


def cheapest_cold(instance: KeepAliveInstance, cells: IntArray) -> IntArray:
    """Return the generation on which a cold start in each of `cells` costs least, int array [n]. O(n G)."""
    costs, profile = cost_table(instance), instance.cell_profile[cells]
    intensity = instance.intensity_g_per_kwh[instance.invocations.minutes[cells]]
    cold: IntArray = np.argmin(costs.cold_fixed[profile] + costs.cold_slope[profile] * intensity[:, None], axis=1)
    return cold


def _gap_after(instance: KeepAliveInstance) -> FloatArray:
    """Return the minutes from each cell to its function's next, infinite after the last, float array [C]."""
    calls = instance.invocations
    gap = np.full(calls.cells, np.inf)
    if calls.cells:
        same = calls.cell_function[1:] == calls.cell_function[:-1]
        gap[:-1] = np.where(same, np.diff(calls.minutes), np.inf)
    return gap


def _keep_grams(instance: KeepAliveInstance, schedule: KeepAliveSchedule, gap: FloatArray) -> FloatArray:
    """Return the carbon of each keep, float array [K]."""
    costs, horizon = cost_table(instance), instance.invocations.horizon_min
    intensity = instance.intensity_g_per_kwh
    cell, s = schedule.keep_cell, schedule.keep_generation
    profile, start = instance.cell_profile[cell], instance.invocations.minutes[cell]
    minutes = np.minimum(np.minimum(schedule.keep_min, gap[cell]), horizon - start).astype(np.int64)
    if instance.accounting == "artifact":
        cut = (gap[cell] > schedule.keep_min) & (start + schedule.keep_min > horizon - 1)
        minutes = np.where(cut, 0, minutes)
        exposure = minutes * intensity[start]
    else:
        total = np.concatenate([[0.0], np.cumsum(intensity)])
        exposure = total[start + minutes] - total[start]
    grams: FloatArray = schedule.keep_containers * (
        costs.keep_embodied_g[profile, s] * minutes + costs.keep_kwh[profile, s] * exposure)
    return grams
