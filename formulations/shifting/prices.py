"""Prices of GPUs by region and slot: the Lagrangian of capacity, first prices from a market, and ascent in batches."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.shifting import Placement, ShiftingCosts

_REACH_H = 12
_ROUNDING = 4 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class PricedJobs:
    """The capacity rows priced: every job decides for itself.

    ``L(rent) = sum_j min_{z, slots} (carbon_j + gpus_j sum rent) - sum_zt rent_zt capacity_zt`` for a rent >= 0 of a
    GPU in a region and slot. Each minimum is exact, with breaks too: the best L is the bound of a model that has a
    column for every way to do a job.

    Parameters
    ----------
    costs : ShiftingCosts
        Tables of the instance.
    """

    costs: ShiftingCosts

    @cached_property
    def alone(self) -> Placement:
        """Jobs as if each came alone."""
        return Placement.empty(self.costs)

    @cached_property
    def capacity(self) -> FloatArray:
        """GPUs there are, float array [Z, T]."""
        return self.costs.instance.capacity_gpus.astype(np.float64)

    @cached_property
    def everyone(self) -> IntArray:
        """All jobs, int array [J]."""
        return np.arange(self.costs.instance.jobs)

    def value(self, rent: FloatArray) -> tuple[float, FloatArray]:
        """Return the bound of prices [Z, T], lowered by what rounding may add, and GPUs wanted beyond those there are.

        The bound is infinite where a job fits nowhere even alone.
        """
        paid = self.alone.place(self.everyone, rent, held=False)
        beyond = self.alone.usage() - self.capacity
        instance = self.costs.instance
        sums = (float(instance.power_kw.sum()) * float(self.costs.grams.max())
                + float(instance.gpus.sum()) * float(rent.sum(axis=1).max(initial=0.0)))
        taken = float((rent * self.capacity).sum())
        slack = _ROUNDING * (instance.slots * sums + len(paid) * float(np.abs(paid).max()) + rent.size * taken)
        return float(paid.sum()) - taken - (slack if np.isfinite(slack) else 0.0), beyond

    def batch(self, jobs: IntArray, rent: FloatArray) -> FloatArray:
        """Return the GPUs that some jobs want, float array [Z, T]."""
        self.alone.region[:] = -1
        self.alone.place(jobs, rent, held=False)
        return self.alone.usage().astype(np.float64)


def first_prices(costs: ShiftingCosts) -> FloatArray:
    """Return the prices at which a market of equal GPU-hours would clear, float array [Z, T].

    In a window of a day about each slot the cheapest regions and slots are filled with the work whose windows have
    their middle there. Their rent is what they are cheaper than the dearest one that is used.
    """
    instance = costs.instance
    kw_per_gpu = float(instance.power_kw.sum()) / float(instance.gpus.sum())
    carbon = costs.slot_g_per_kw * kw_per_gpu
    reach = max(round(_REACH_H / instance.slot_h), 1)
    middle = (instance.release_slot + instance.deadline_slot) // 2
    work = np.bincount(middle, instance.gpus * instance.length_slots, instance.slots)[:instance.slots]
    total = np.concatenate([[0.0], np.cumsum(work)])
    level = np.zeros(instance.slots)
    for t in range(instance.slots):
        low, high = max(t - reach, 0), min(t + reach + 1, instance.slots)
        near, room = carbon[:, low:high].ravel(), instance.capacity_gpus[:, low:high].ravel()
        order = np.argsort(near, kind="stable")
        filled = int(np.searchsorted(np.cumsum(room[order]), total[high] - total[low]))
        level[t] = near[order[min(filled, len(order) - 1)]]
    return np.maximum(level - carbon, 0.0)


def ascend_in_batches(
    priced: PricedJobs, rent: FloatArray, run: Run, *, seed: int, batches: int, passes: int, step: float = 0.1,
) -> FloatArray:
    """Return better prices: after every batch of jobs they follow what that batch wants, scaled up to all jobs.

    An incremental subgradient method (Bertsekas 2011, *Incremental gradient, subgradient, and proximal methods*) with
    steps that fall as 1/pass, in the mean carbon of a GPU and slot times the share by which wishes miss capacity. The
    prices averaged over a pass give the bound. A pass costs as much as one subproblem and counts as an iteration.

    Parameters
    ----------
    priced : PricedJobs
        The Lagrangian.
    rent : float array [Z, T]
        First prices.
    run : Run
        Every better bound is proven to it.
    seed : int
        Of the order of batches.
    batches : int
        Batches of a pass; each has jobs from all of the horizon.
    passes : int
        Most passes.
    step : float
        Of the first pass.

    Returns
    -------
    float array [Z, T]
        Those of the best bound.
    """
    instance = priced.costs.instance
    rng = np.random.default_rng(seed)
    line = np.argsort(instance.release_slot, kind="stable")
    unit = float(priced.costs.slot_g_per_kw.mean()) * float(instance.power_kw.sum()) / float(instance.gpus.sum())
    scale = step * unit / (np.maximum(priced.capacity, 1.0) * np.sqrt(batches))
    best, best_rent = priced.value(rent)[0], rent
    run.prove(best)
    for number in range(1, passes + 1):
        mean = np.zeros_like(rent)
        for part in rng.permutation(batches):
            beyond = batches * priced.batch(line[part::batches], rent) - priced.capacity
            rent = np.maximum(rent + scale / number * beyond, 0.0)
            mean += rent / batches
        bound = priced.value(mean)[0]
        run.tick(1, 1)
        if bound > best:
            best, best_rent = bound, mean
            run.prove(bound)
        if run.stop() is not None:
            break
    return best_rent
