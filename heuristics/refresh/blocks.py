"""Blocks: each site's GPUs replaced together, the best times and generations by dynamic programming.

The equipment replacement problem (Wagner, *Principles of Operations Research*, 1975, chapter 10): nodes are periods, an
arc is a generation that serves from one to another, and the shortest path is the best sequence. For one device it is
the problem itself.
"""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.refresh.baselines import begun, ended
from ecoopt.heuristics.refresh.plan import Plan, completed, least_in_all, within_limits
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.allocation import allocate
from ecoopt.instances.refresh.tables import Tables

_TRACE = 1e-9


def shortest_path(instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None) -> Outcome:
    """Replace each site's GPUs together. One iteration.

    Work that belongs nowhere is spread over sites as the first GPUs are. A site's arc is as many GPUs of a generation
    as carry its work in every period of it; where limits allow fewer purchases at once, they take longer. Where single
    devices are all that is asked (`one_at_a_time`) the path is optimal, and proven to be.
    """
    tables = begun(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    run.tick(1, 1)
    purchases = np.zeros(tables.gone.shape, dtype=np.int64)
    lengths = [_site(tables, s, demand, purchases) for s, demand in enumerate(_spread(tables))]
    plan = completed(Plan.of(tables, within_limits(tables, purchases)), least_in_all(tables))
    value = plan.offer(run)
    if one_at_a_time(tables) and np.isfinite(lengths[0]):
        run.prove(min(lengths[0], value))
    return ended(run)


def one_at_a_time(tables: Tables) -> bool:
    """Return whether some optimal plan has one device at a time, each bought when the last one stops.

    One site, one workload that one device of any generation can carry in every period, at most one device at first, no
    limits. Keeping a device costs and earns nothing; each can be bought from some period on for good; and either all
    serve equally long or all outlive the horizon. *Proof.* Let the device that works be the best there is, the
    youngest of equal ones. Devices bought later last at least as long, so that a device that was put aside for a better
    one never works again, and every device works in one stretch; buying it when that begins costs no more.
    """
    instance = tables.instance
    _, sites, periods = tables.gone.shape
    lone = sites == len(tables.demand) == 1 and tables.first.sum() <= 1
    free = instance.budget is None and instance.operational_cap_g is None and tables.never_early
    if not lone or not free:
        return False
    first = np.array([generation.first_period for generation in instance.generations])
    opened = np.arange(periods) >= first[:, None]
    lasting = bool((tables.life >= periods).all() and not tables.gone.any()) or len(set(tables.life.tolist())) == 1
    carried = (tables.unit_share[:, 0, 0] * tables.demand.max() <= 1.0).all()
    return lasting and bool(carried) and bool((tables.most[:, 0][opened] >= 1).all() and (
        tables.site_most[0][first.min():] >= 1).all())


def _spread(tables: Tables) -> list[FloatArray]:
    """Return each site's work, float arrays [W, T]."""
    there = tables.first.sum(axis=0).astype(np.float64)
    share = there / there.sum() if there.any() else np.full(len(there), 1.0 / len(there))
    homes = [workload.home for workload in tables.instance.workloads]
    return [np.array([row * (share[s] if home is None else float(site.name == home))
                      for row, home in zip(tables.demand, homes, strict=True)])
            for s, site in enumerate(tables.instance.sites)]


def _site(tables: Tables, s: int, demand: FloatArray, purchases: IntArray) -> float:
    """Write the purchases of the shortest path of a site into an array, and return its length in g."""
    periods = demand.shape[1]
    length = np.full(periods + 1, np.inf)
    came: list[tuple[int, int, int]] = [(0, -1, 0)] * (periods + 1)
    kept = _kept_g(tables, s, demand)
    length[: len(kept)] = kept
    work_g = _work_g(tables, s, demand)
    needed = np.maximum(np.ceil(tables.unit_share[:, s] @ demand - _TRACE), 0.0)
    for t in range(periods):
        if not np.isfinite(length[t]):
            continue
        for g, life in enumerate(tables.life.tolist()):
            end = min(t + life, periods)
            count = np.maximum.accumulate(needed[g, t:end])
            credit = float(tables.credit_g[g])
            each_g = tables.embodied_g[g, t] - credit * (end - t) + np.cumsum(tables.idle_g[g, s, t:end] + credit)
            grams = count * each_g + np.cumsum(work_g[g, t:end])
            reached = length[t] + grams if tables.on_sale[g, t] else np.full(end - t, np.inf)
            for u in np.flatnonzero(reached < length[t + 1:end + 1]).tolist():
                length[t + 1 + u], came[t + 1 + u] = reached[u], (t, g, int(count[u]))
    t = periods
    while t > 0 and came[t][1] >= 0:
        t, g, count_there = came[t]
        purchases[g, s, t] += count_there
    return float(length[periods])


def _work_g(tables: Tables, s: int, demand: FloatArray) -> FloatArray:
    """Return the carbon of a site's work on each generation, float array [G, T]."""
    unit_g = np.where(np.isfinite(tables.unit_g[:, :, s]), tables.unit_g[:, :, s], 0.0)
    return np.asarray(np.einsum("tgw,wt->gt", unit_g, demand), dtype=np.float64)


def _kept_g(tables: Tables, s: int, demand: FloatArray) -> FloatArray:
    """Return the carbon up to each period in which the site's first GPUs alone still serve its work."""
    there = (tables.first[:, s, None] - tables.gone[:, s]).astype(np.float64)
    own = allocate(tables, np.where(np.arange(tables.gone.shape[1])[None, :, None] == s, there[:, None], 0.0),
                   demand=demand)
    served = np.logical_and.accumulate(~own.missing.any(axis=1))
    grams = (np.where(own.work > 0, tables.unit_g, 0.0) * own.work).sum(axis=(1, 2, 3)) + (
        tables.idle_g[:, s] * there).sum(axis=0)
    return np.concatenate([[0.0], np.cumsum(grams)[served]])
