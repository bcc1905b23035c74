"""The closed form without memory limits: each gap decides for itself; a bound always, an optimum when it fits."""

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.keepalive.persistent_bound import persistent_bound
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.gap_pools import pool_gaps
from ecoopt.instances.keepalive.plans import schedule_from_pools


def exact_unconstrained(
    instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None
) -> Outcome:
    """Put every gap on its best generation. O(C log C).

    The value is a bound on every schedule. With `release` semantics it is optimal if the memory suffices; with
    `persist` the bound is that of free relocation and the schedule may stay above it.
    """
    if not run.iterations_left:
        return run.outcome()
    pools = pool_gaps(instance)
    kept = pools.unconstrained()
    run.tick()
    if instance.containers == "release":
        run.prove(pools.objective(kept))
    else:
        run.prove(persistent_bound(instance, np.zeros(pools.generations * pools.horizon_min)))
    capacity = np.asarray(instance.pool_memory_gb, dtype=float)[:, None]
    if (pools.memory(kept) <= capacity * (1 + 1e-12)).all():
        run.offer(pools.objective(kept), lambda: schedule_from_pools(pools, kept))
    return run.outcome()
