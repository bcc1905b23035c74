"""Rolling horizon: in every slot in which jobs come HiGHS plans the jobs known that have not begun, over a forecast."""

from time import perf_counter
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.budget import Budget
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.shifting.model import shifting_model
from ecoopt.heuristics.shifting.online.methods import LOOKAHEAD_H, Error, Haste, Hours, walked
from ecoopt.heuristics.shifting.online.outlook import DAY_S, Forecast, Outlook
from ecoopt.heuristics.shifting.online.policies import replan
from ecoopt.heuristics.shifting.online.view import Plan, Policy, View
from ecoopt.hybrid.shifting.settling import settled
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.carbon.forecasters import LOG_ERROR_SD
from ecoopt.instances.shifting import Placement, Region, ShiftingCosts, ShiftingInstance, ShiftingSchedule

Nodes: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

SHARE = 2.0
"""What a program may take of the time left, in even shares of it for the slots left."""

_START_UTC = "2000-01-01T00:00:00Z"


def rolling(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, nodes: Nodes = 5,
    forecast: Forecast = "lognormal", error: Error = LOG_ERROR_SD, lookahead_h: Hours = LOOKAHEAD_H,
    haste: Haste = 12.0,
) -> Outcome:
    """Plan the jobs known by the integer program, and begin those that are due; again when jobs have come.

    Jobs that have begun keep their plan. The plan of the list greedy is the start of each program;
    it stands where the program finds no better one in its nodes and its share of the time left.

    Parameters
    ----------
    nodes : int
        Branch-and-bound nodes of each program.
    forecast : {"lognormal", "persistence"}
        Carbon to come with errors as large as those of Great Britain's published forecasts, which grow with the lead;
        or the day before again.
    error : float
        Standard deviation of the logarithm of the error on the first day (``lognormal``).
    lookahead_h : int
        Hours forecast.
    haste : float
        Charge for a day of waiting in plans, as a share of the mean carbon of a GPU; it leaves room for jobs to come.
        Programs fill slots tighter than lists do and need more of it.
    """
    policy = _Program(instance, run, nodes, haste, seed)
    return walked(instance, run, start, policy, Outlook(instance, forecast, error, lookahead_h, seed), haste)


class _Program(Policy):
    """The policy: of the instance it keeps what does not change with time."""

    def __init__(self, instance: ShiftingInstance, run: Run, nodes: int, haste: float, seed: int) -> None:
        self.regions = [(region.name, region.pue, region.embodied_g_per_gpu_h) for region in instance.regions]
        self.migration_g_per_gpu, self.slot_s = instance.migration_g_per_gpu, instance.slot_s
        self.run, self.nodes, self.haste, self.seed = run, nodes, haste, seed
        self.built_s = 0.0

    def decide(self, view: View, plan: Plan) -> None:
        """Plan anew if jobs have come."""
        if not view.new.any():
            return
        replan(view, plan)
        slots = view.grams.shape[1] - 1
        seconds = None if self.run.budget.seconds is None else SHARE * self.run.seconds_left / slots
        jobs = np.flatnonzero(view.region < 0)
        if not len(jobs) or (seconds is not None and seconds <= self.built_s):
            return
        began = perf_counter()
        costs = ShiftingCosts(self._known(view, plan, jobs))
        placement = Placement.empty(costs)
        placement.region[:] = [plan.region(i) for i in jobs.tolist()]
        placement.slot[:] = np.concatenate([plan.slots(i) for i in jobs.tolist()])
        planned = placement.schedule()
        model = shifting_model(costs)
        x = model.solution(settled(costs, planned))
        self.built_s = perf_counter() - began
        left_s = None if seconds is None else max(seconds - self.built_s, 0.0)
        found = solve_model(model.handed.model, Run(Budget(seconds=left_s, iterations=self.nodes)), start=x,
                            seed=self.seed)
        if found.x is not None and found.objective is not None and found.objective < costs.objective(planned):
            better = Placement.of(costs, model.schedule(found.x))
            plan.put(jobs, better.region, np.split(better.slot, better.offsets[1:-1]))

    def _known(self, view: View, plan: Plan, jobs: np.ndarray) -> ShiftingInstance:
        """Return the instance of some jobs known, from now on to their last deadline."""
        slots, many = int(view.deadline[jobs].max()), len(jobs)
        slot_h, later = self.slot_s / 3600.0, self.haste * self.slot_s / DAY_S * np.arange(slots)
        regions = []
        for z, (name, pue, embodied) in enumerate(self.regions):
            expected = np.diff(view.grams[z, :slots + 1]) / (pue * slot_h)
            trace = CarbonTrace(zone=name, start_utc=_START_UTC, step_s=self.slot_s,
                                intensity_g_per_kwh=expected + later * expected.mean())
            regions.append(Region(name=name, carbon=trace, pue=pue, embodied_g_per_gpu_h=embodied))
        return ShiftingInstance(
            name="known", regions=tuple(regions), start_utc=_START_UTC, slot_s=self.slot_s,
            capacity_gpus=plan.free(jobs)[:, :slots], migration_g_per_gpu=self.migration_g_per_gpu,
            release_slot=np.zeros(many, dtype=np.int64), deadline_slot=view.deadline[jobs],
            length_slots=view.left[jobs], gpus=view.gpus[jobs], power_kw=view.power_kw[jobs], home=view.home[jobs],
            interruptible=view.interruptible[jobs], resume_g=view.resume_g[jobs])
