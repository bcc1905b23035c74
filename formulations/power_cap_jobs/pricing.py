"""Pricing: prices on GPUs and power by slot take the jobs apart; each then takes its cheapest option.

An option's price is a difference of running sums over the slots, so that all options together take O(M), however long
jobs are. The best prices give the bound of the linear program, without building one.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.dual import DualResult, Priced, maximise_by_bundle
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options, options_of

MOST_PRICE = 1000.0
"""Highest price, as a multiple of the largest cost of an option."""


@dataclass(frozen=True, eq=False)
class Pricing:
    """The priced subproblem of an instance each of whose jobs has an option.

    Prices are grams per GPU and per kW in each slot; where the highest power has a price, T further ones say in which
    slots it is highest.
    """

    options: Options

    @property
    def prices(self) -> int:
        """Number of prices."""
        return self.options.horizon * (3 if self.options.peak_g_per_w else 2)

    def priced_g(self, prices: FloatArray) -> FloatArray:
        """Return what options cost at prices, float array [M]."""
        o, slots = self.options, self.options.horizon
        per_gpu = np.append(0.0, np.cumsum(prices[:slots]))
        per_kw = np.append(0.0, np.cumsum(prices[slots:2 * slots] + (prices[2 * slots:] if o.peak_g_per_w else 0.0)))
        end = o.start + o.slots[o.job, o.cap]
        cost: FloatArray = (o.cost_g + o.gpus[o.job] * (per_gpu[end] - per_gpu[o.start])
                            + o.power_w[o.job, o.cap] / 1000 * (per_kw[end] - per_kw[o.start]))
        return cost

    def answer(self, prices: FloatArray) -> Priced:
        """Return bound and subgradient at prices."""
        o, slots = self.options, self.options.horizon
        cost = np.where(o.fits, self.priced_g(prices), np.inf)
        first = o.of_job[:-1]
        least = np.minimum.reduceat(cost, first)
        hit = np.flatnonzero(cost == least[o.job])
        taken = hit[np.searchsorted(o.job[hit], np.arange(o.jobs))]
        start, cap = o.start[taken], o.cap[taken]
        free_kw, drawn_kw = o.free_w / 1000, o.drawn_w(start, cap) / 1000
        slope = np.concatenate([o.used_gpus(start, cap) - float(o.free_gpus), drawn_kw - free_kw])
        value = o.base_g + o.peak_g_per_w * o.base_w + float(least.sum())
        value -= o.free_gpus * float(prices[:slots].sum()) + float(prices[slots:2 * slots] @ free_kw)
        if o.peak_g_per_w:
            left = 1000 * o.peak_g_per_w - float(prices[2 * slots:].sum())
            highest_kw = float(free_kw.max()) if left < 0 else 0.0
            value += left * highest_kw
            slope = np.concatenate([slope, drawn_kw - highest_kw])
        return Priced(value, slope)


def best_prices(options: Options, run: Run) -> DualResult:
    """Return the best prices found within a run, which is told the bounds; an iteration is a subproblem."""
    pricing = Pricing(options)
    # Without a limit prices rise for ever where jobs do not fit together.
    most = MOST_PRICE * (float(np.abs(options.cost_g).max()) + 1000 * options.peak_g_per_w + 1)
    return maximise_by_bundle(pricing.answer, np.zeros(pricing.prices), run, upper=most)


def lagrangian(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
) -> Outcome:
    """Bound by the best prices of GPUs and power, found by a bundle method; an iteration is a subproblem."""
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(options.value(start.start_slot, start.cap), start)
    if (reason := run.stop()) is not None:
        return run.outcome(reason)
    found = best_prices(options, run)
    return run.outcome(None if found.termination is Termination.PROOF else found.termination)
