"""Options of jobs without breaks: every region and start with its carbon, those left out that cannot be of use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.shifting.costs import ShiftingCosts


@dataclass(frozen=True, eq=False)
class RunOptions:
    """N ways to run jobs without a break, by job, region and start.

    Parameters
    ----------
    job, region, start : int array [N]
        What is run where and when.
    carbon_g : float array [N]
        Of the whole job.
    """

    job: IntArray
    region: IntArray
    start: IntArray
    carbon_g: FloatArray

    def kept(self, keep: IntArray | NDArray[np.bool_]) -> "RunOptions":
        """Return some of the options, by index or mask."""
        return RunOptions(self.job[keep], self.region[keep], self.start[keep], self.carbon_g[keep])


def run_options(costs: ShiftingCosts, jobs: IntArray) -> RunOptions:
    """Return every option of some jobs that has the GPUs in each of its slots.

    Parameters
    ----------
    costs : ShiftingCosts
        Tables of the instance.
    jobs : int array [n]
        Which, none of them twice.
    """
    instance = costs.instance
    regions = len(instance.regions)
    starts = np.maximum(instance.deadline_slot - instance.release_slot - instance.length_slots + 1, 0)[jobs]
    job = np.repeat(jobs, starts * regions)
    within = np.arange(len(job)) - np.repeat(np.cumsum(starts * regions) - starts * regions, starts * regions)
    many = np.repeat(starts, starts * regions)
    region, start = within // np.maximum(many, 1), instance.release_slot[job] + within % np.maximum(many, 1)
    fits = np.zeros(len(job), dtype=bool)
    end = start + instance.length_slots[job]
    for size in np.unique(instance.gpus[jobs]):
        lacking = np.zeros((regions, instance.slots + 1), dtype=np.int64)
        np.cumsum(instance.capacity_gpus < size, axis=1, out=lacking[:, 1:])
        here = instance.gpus[job] == size
        fits[here] = lacking[region[here], end[here]] == lacking[region[here], start[here]]
    job, region, start, end = job[fits], region[fits], start[fits], end[fits]
    carbon = instance.power_kw[job] * (costs.grams[region, end] - costs.grams[region, start]) + costs.fixed[job, region]
    return RunOptions(job, region, start, carbon)


def useful(costs: ShiftingCosts, options: RunOptions, others: IntArray) -> tuple[RunOptions, IntArray]:
    """Leave out options that a cheaper one makes needless wherever other jobs are.

    A slot in which all who may use it fit together never fills up. The cheapest option in such slots alone can always
    be had, so dearer ones of its job are of no use; and with every option left out more slots are of that kind.

    Parameters
    ----------
    costs : ShiftingCosts
        Tables of the instance.
    options : RunOptions
        Of jobs without breaks; all those of a job, one after another.
    others : int array [Z, T]
        GPUs that further jobs may take at most.

    Returns
    -------
    RunOptions
        Those of use.
    int array [Z, T]
        GPUs that may be in use at most, by all of them and the others.
    """
    instance = costs.instance
    while True:
        most = others + _most_used(costs, options)
        scarce = np.zeros((len(most), instance.slots + 1), dtype=np.int64)
        np.cumsum(most > instance.capacity_gpus, axis=1, out=scarce[:, 1:])
        end = options.start + instance.length_slots[options.job]
        free = scarce[options.region, end] == scarce[options.region, options.start]
        least = np.full(instance.jobs, np.inf)
        np.minimum.at(least, options.job[free], options.carbon_g[free])
        keep = options.carbon_g <= least[options.job]
        if keep.all():
            return options, most
        options = options.kept(keep)


def _most_used(costs: ShiftingCosts, options: RunOptions) -> IntArray:
    """Return the GPUs of all jobs with an option in a region and slot, int array [Z, T]; a job counts once."""
    instance = costs.instance
    regions, slots = instance.capacity_gpus.shape
    # Runs of a job in a region that touch or overlap are one stretch, counted at its beginning and its end.
    order = np.lexsort((options.start, options.region, options.job))
    job, region, start = options.job[order], options.region[order], options.start[order]
    end, change = start + instance.length_slots[job], np.zeros((regions, slots + 1), dtype=np.int64)
    begins = np.ones(len(job), dtype=bool)
    begins[1:] = (np.diff(job) != 0) | (np.diff(region) != 0) | (start[1:] > end[:-1])
    ends = np.ones(len(job), dtype=bool)
    ends[:-1] = begins[1:]
    np.add.at(change, (region[begins], start[begins]), instance.gpus[job[begins]])
    np.subtract.at(change, (region[ends], end[ends]), instance.gpus[job[ends]])
    used: IntArray = np.cumsum(change, axis=1)[:, :-1]
    return used
