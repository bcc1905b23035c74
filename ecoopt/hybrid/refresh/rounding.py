"""Rounding: counts to date rounded up at one threshold keep every row of stocks; what is missing then is bought."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.heuristics.refresh.plan import Plan, completed, least_in_all, within_limits
from ecoopt.instances.refresh.tables import Tables

THRESHOLDS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
_WHOLE = 1e-6


def rounded(tables: Tables, bought: FloatArray, run: Run) -> Plan | None:
    """Return the best plan by rounding purchases to date [G, S, T] of a relaxation, None where none serves all work.

    For any threshold h in (0, 1), ``ceil(B - h)`` never falls where B does not, so that purchases stay at least 0 and
    lives are kept. Purchases beyond a limit wait for the next period. Each plan is offered.
    """
    best: Plan | None = None
    value = np.inf
    for threshold in THRESHOLDS:
        if best is not None and run.stop() is not None:
            break
        whole = np.maximum.accumulate(np.ceil(bought - threshold - _WHOLE).astype(np.int64), axis=2)
        wanted = np.diff(np.maximum(whole, 0), axis=2, prepend=0)
        plan = completed(Plan.of(tables, within_limits(tables, wanted)), least_in_all(tables))
        found = plan.offer(run)
        if found < value:
            best, value = plan, found
    return best
