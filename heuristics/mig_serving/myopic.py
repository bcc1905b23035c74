"""Myopic: online, each hour the best configuration that a search finds for it, the change from the hour before paid."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_serving.greedy import choose
from ecoopt.heuristics.mig_serving.plan import Plan
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule


def myopic(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None,
    caution: Annotated[float, Field(ge=0, le=100)] = 1.0,
) -> Outcome:
    """Choose each hour's configuration when it comes, from its load and intensity and what ran before.

    One iteration is an hour. When the budget ends, what runs goes on as long as it can bear the load.

    Parameters
    ----------
    caution : float
        Factor on what changes cost: below 1 counts on what is changed now to be of use in later hours too, above 1 on
        having to change it back.
    """
    plan = Plan.empty(instance)
    for t in range(len(plan.held)):
        if run.stop() is None:
            choose(plan, t, pairs=True, caution=caution)
            run.tick(1, 1)
        elif t:
            plan.instances[t], plan.held[t] = plan.instances[t - 1], plan.held[t - 1]
    if np.isfinite(plan.objective):
        plan.offer(run)
    return run.outcome()
