"""Rounding: counts to date rounded up at one threshold keep every row of stocks; what is missing then is bought."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.heuristics.refresh.plan import Plan, completed, least_in_all, within_limits
from ecoopt.instances.refresh.tables import Tables

THRESHOLDS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
_WHOLE = 1e-6


def rounded(tables: Tables, bought: FloatArray, retired: FloatArray, run: Run) -> Plan | None:
    """Return the best plan by rounding counts to date [G, S, T] of a relaxation, None where none serves all work.

    For any threshold h in (0, 1), ``ceil(B - h)`` never falls where B does not, so that purchases stay at least 0 and
    lives are kept. Purchases beyond a limit wait for the next period. Retirements are rounded down, so that GPUs are
    enough. Each plan is offered.
    """
    best: Plan | None = None
    value = np.inf
    for threshold in THRESHOLDS:
        if best is not None and run.stop() is not None:
            break
        whole = np.maximum.accumulate(np.ceil(bought - threshold - _WHOLE).astype(np.int64), axis=2)
        purchases = within_limits(tables, np.diff(np.maximum(whole, 0), axis=2, prepend=0))
        there = tables.first[:, :, None] + np.cumsum(purchases, axis=2)
        gone = np.maximum.accumulate(np.floor(retired + _WHOLE).astype(np.int64), axis=2)
        plan = completed(Plan.of(tables, purchases, np.clip(gone, 0, there)), least_in_all(tables))
        found = plan.offer(run)
        if found < value:
            best, value = plan, found
    return best
