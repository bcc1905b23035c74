"""A fleet taken apart by hours: prices from the relaxation, a bound from stretches, and their GPUs joined."""

from functools import partial

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.directives.fleet_model import FleetModel
from ecoopt.formulations.directives.stretches import Stretches
from ecoopt.formulations.highs import HighsResult, LinearModel, solve_lp, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.instances.directives.staffing import fewest_gpus, within_ramp

LONGEST_H, COLUMNS, WHOLE_COLUMNS = 24, 2000, 500
"""Most hours in a stretch, and most columns, fewer where groups may not be split.

Shorter stretches prove nearly as much in less time, but their GPUs join badly where ramps are small.
"""

PRICED_SHARE = 0.6

SLACK_SHARE, LEAST_SLACK = 0.1, 1e-5
"""Distance at which a stretch may stop: a part of the target gap, and where there is none, of the objective."""

JOIN_NODES, ROUNDS = 200, 3
_WHOLE = 1e-6
_INTERIOR: Options = {"solver": "ipm"}


class Apart:
    """A fleet's model in stretches.

    Parameters
    ----------
    model : FleetModel
        The whole.
    run : Run
        Told of every bound and schedule.
    seed : int
        Of HiGHS.
    """

    def __init__(self, model: FleetModel, run: Run, seed: int) -> None:
        self.model, self.run, self.seed = model, run, seed
        self.x: FloatArray | None = None

    def search(self) -> Status | None:
        """Prove a bound and find a solution; return the status where the instance has no schedule."""
        model, run = self.model, self.run
        relaxed = self._relaxation(model.linear)
        run.tick(1)
        if relaxed.x is None or relaxed.row_dual is None or relaxed.bound is None:
            return Status.INFEASIBLE if relaxed.status is Status.INFEASIBLE else None
        run.prove(relaxed.bound)
        instance = model.costs.instance
        if not instance.integer:
            self._offer(relaxed.x, fewest_gpus(instance, model.costs.busy_s(model.shares(relaxed.x))))
        if run.stop() is not None:
            return None
        target = LEAST_SLACK if run.budget.gap is None else max(SLACK_SHARE * run.budget.gap, LEAST_SLACK)
        columns = WHOLE_COLUMNS if instance.integer else COLUMNS
        length_h = int(np.clip(columns * instance.hours // model.linear.columns, 1, LONGEST_H))
        stretches = Stretches(model.linear, model.column_hour, length_h)
        slack = target * abs(relaxed.bound) * length_h / instance.hours
        part = run.part(seconds=None if run.budget.seconds is None else PRICED_SHARE * run.seconds_left)
        priced = stretches.priced(relaxed.row_dual, part, slack=slack, seed=self.seed)
        if priced is None or priced.infeasible:
            return None if priced is None else Status.INFEASIBLE
        run.tick(1)
        run.prove(priced.bound)
        if priced.x is not None and run.stop() is None:
            self._join(priced.x)
        return None

    def _relaxation(self, linear: LinearModel) -> HighsResult:
        """Solve a relaxation within the run's seconds; interior points take a third of the simplex method's time."""
        seconds = None if self.run.budget.seconds is None else self.run.seconds_left
        return solve_lp(linear, Run(Budget(seconds=seconds)), seed=self.seed, options=_INTERIOR)

    def _join(self, x: FloatArray) -> None:
        """Make a solution with the GPUs of stretches side by side.

        More GPUs are on where ramps between stretches need them, or windows more quality: the relaxation with at least
        these GPUs says where.
        """
        model, linear = self.model, self.model.linear
        instance = model.costs.instance
        needed, found = np.rint(x[model.gpus]).astype(np.int64), x
        for _ in range(ROUNDS):
            on = within_ramp(instance, needed)
            if on is None or self.run.stop() is not None:
                return
            lower = linear.lower.copy()
            lower[model.gpus] = on
            relaxed = self._relaxation(linear.replaced(lower=lower))
            if relaxed.x is None:
                return
            found = relaxed.x
            needed = np.ceil(found[model.gpus] - _WHOLE).astype(np.int64)
            if (needed == on).all():
                break
        if instance.integer:
            self._whole_shares(within_ramp(instance, needed))
        else:
            self._offer(found, within_ramp(instance, needed))

    def _offer(self, x: FloatArray, gpus: IntArray | None) -> None:
        """Offer a solution with other GPUs, which must bear it."""
        if gpus is None:
            return
        whole = x.copy()
        whole[self.model.gpus] = gpus
        value = self.model.linear.objective(whole)
        if self.x is None or value < self.model.linear.objective(self.x):
            self.x = whole
        self.run.offer(value, partial(self.model.schedule, whole))

    def _whole_shares(self, gpus: IntArray | None) -> None:
        """Search the shares, which may not be split, for these GPUs."""
        if gpus is None:
            return
        linear = self.model.linear
        lower, upper = linear.lower.copy(), linear.upper.copy()
        lower[self.model.gpus] = upper[self.model.gpus] = gpus
        seconds = None if self.run.budget.seconds is None else self.run.seconds_left / 2
        found = solve_model(linear.replaced(lower=lower, upper=upper), Run(Budget(
            seconds=seconds, iterations=JOIN_NODES, gap=self.run.budget.gap)), seed=self.seed, restricted=True)
        if found.x is not None:
            self._offer(found.x, gpus)
