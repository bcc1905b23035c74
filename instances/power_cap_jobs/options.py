"""Options: every cap and start that a job may take, with the slots and the power it holds and what it costs.

Costs come from one running sum over the slots, so that an option takes O(1) however long the job is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.power_cap_jobs.schema import ROUNDING_SLOTS, PowerCapJobsInstance

MOST_OPTIONS = 50_000_000
FITS = 1e-9
"""Share of what is free by which an option may exceed it, as rounding."""


@dataclass(frozen=True, eq=False)
class Options:
    """M options of J jobs under C caps on T slots, by job, cap, start. Power is what a job adds to idle GPUs.

    Parameters
    ----------
    slots : int array [J, C]
        Slots that a job holds.
    power_w : float array [J, C]
        Power that it adds in each of them.
    first : int array [J C + 1]
        First option of each job and cap, and M.
    cost_g : float array [M]
        Carbon beyond idle GPUs, and the price of delay.
    job, cap, start : int array [M]
        What the options are.
    fits : bool array [M]
        Whether there are GPUs and power for an option if nothing else runs.
    gpus, release : int array [J]
        GPUs and first slot of each job.
    free_gpus : int
        GPUs there are.
    free_w : float array [T]
        Power there is beyond idle GPUs; negative where that is too little.
    base_g, base_w : float
        Carbon and power of idle GPUs.
    peak_g_per_w : float
        Price of the highest power.
    """

    slots: IntArray
    power_w: FloatArray
    first: IntArray
    cost_g: FloatArray
    job: IntArray
    cap: IntArray
    start: IntArray
    fits: NDArray[np.bool_]
    gpus: IntArray
    release: IntArray
    free_gpus: int
    free_w: FloatArray
    base_g: float
    base_w: float
    peak_g_per_w: float

    @property
    def jobs(self) -> int:
        """Number of jobs J."""
        return len(self.gpus)

    @property
    def horizon(self) -> int:
        """Number of slots T."""
        return len(self.free_w)

    @property
    def of_job(self) -> IntArray:
        """First option of each job, and M, int array [J + 1]."""
        return np.append(self.first[:-1:self.slots.shape[1]], self.first[-1])

    @property
    def impossible(self) -> bool:
        """Whether a job has no option that fits, or idle GPUs alone draw more than the limit."""
        return bool((np.bincount(self.job[self.fits], minlength=self.jobs) == 0).any() or (self.free_w < 0).any())

    def index(self, start: IntArray, cap: IntArray) -> IntArray:
        """Return the options that jobs take, int array [J]; each must be one."""
        caps, jobs = self.slots.shape[1], np.arange(self.jobs)
        found: IntArray = self.first[jobs * caps + cap] + start - self.release
        return found

    def used_gpus(self, start: IntArray, cap: IntArray) -> IntArray:
        """Return the GPUs that jobs hold in each slot, int array [T]."""
        held = self.slots[np.arange(self.jobs), cap]
        change = (np.bincount(start, self.gpus, self.horizon + 1)
                  - np.bincount(start + held, self.gpus, self.horizon + 1))
        return np.cumsum(change)[:-1].astype(np.int64)

    def drawn_w(self, start: IntArray, cap: IntArray) -> FloatArray:
        """Return the power that jobs add in each slot, float array [T]."""
        power_w = self.power_w[np.arange(self.jobs), cap]
        held = self.slots[np.arange(self.jobs), cap]
        slot = np.repeat(start, held) + np.arange(held.sum()) - np.repeat(np.cumsum(held) - held, held)
        return np.bincount(slot, np.repeat(power_w, held), self.horizon).astype(np.float64)

    def value(self, start: IntArray, cap: IntArray) -> float:
        """Return the objective of starts and caps, int arrays [J], each of which is an option."""
        cost = self.base_g + float(self.cost_g[self.index(start, cap)].sum())
        if self.peak_g_per_w:
            cost += self.peak_g_per_w * (self.base_w + float(self.drawn_w(start, cap).max()))
        return cost


def options_of(instance: PowerCapJobsInstance) -> Options:
    """Return the options of an instance.

    Raises
    ------
    InputError
        When there are more than `MOST_OPTIONS`.
    """
    gpus = instance.job_gpus
    ratio = np.array([curve.time_at(instance.caps_w) for curve in instance.classes])[instance.job_class]
    gpu_w = np.array([curve.power_at(instance.caps_w) for curve in instance.classes])[instance.job_class]
    runs_h = instance.base_h[:, None] * ratio
    slots = np.maximum(np.ceil(runs_h / instance.slot_h - ROUNDING_SLOTS), 1).astype(np.int64)
    power_w = gpus[:, None] * (gpu_w - instance.idle_w)
    counts = np.maximum((instance.deadline_slot - instance.release_slot)[:, None] - slots + 1, 0).ravel()
    first = np.append(0, np.cumsum(counts))
    if first[-1] > MOST_OPTIONS:
        raise InputError.one(instance.name, "", f"jobs have {first[-1]:,} options of cap and start together, more than "
                             f"{MOST_OPTIONS:,}", "narrow the windows, or take longer slots or fewer caps")
    pair = np.repeat(np.arange(len(counts)), counts)
    job, cap = pair // len(instance.caps_w), pair % len(instance.caps_w)
    wait = np.arange(first[-1]) - first[pair]
    start = instance.release_slot[job] + wait
    rate = instance.intensity_g_per_kwh * instance.pue * instance.slot_h / 1000
    before = np.append(0.0, np.cumsum(rate))
    last = start + slots.ravel()[pair] - 1
    share = (runs_h / instance.slot_h - (slots - 1)).ravel()[pair]
    carbon_g = power_w.ravel()[pair] * (before[last] - before[start] + share * rate[last])
    late_h = wait * instance.slot_h + (runs_h - instance.base_h[:, None]).ravel()[pair]
    base_w = instance.idle_w * instance.gpus
    free_w = instance.power_limit_w - base_w
    fits = (gpus <= instance.gpus)[job] & (power_w.ravel()[pair] <= _least(free_w, start, slots.ravel()[pair])
                                           * (1 + FITS))
    return Options(
        slots=slots, power_w=power_w, first=first, cost_g=carbon_g + instance.delay_g_per_gpu_h * gpus[job] * late_h,
        job=job, cap=cap, start=start, fits=fits, gpus=gpus, release=instance.release_slot, free_gpus=instance.gpus,
        free_w=free_w, base_g=base_w * float(rate.sum()), base_w=base_w,
        peak_g_per_w=instance.peak_g_per_kw / 1000)


def _least(values: FloatArray, start: IntArray, held: IntArray) -> FloatArray:
    """Return the least value of stretches of slots, float array like `start`; O(T log T) and O(1) for each stretch."""
    levels = [values]
    while 2 ** len(levels) <= len(values):
        half = 2 ** (len(levels) - 1)
        levels.append(np.minimum(levels[-1][:-half], levels[-1][half:]))
    found = np.empty(len(start))
    level = np.frexp(held.astype(np.float64))[1] - 1
    for k, table in enumerate(levels):
        here = np.flatnonzero(level == k)
        found[here] = np.minimum(table[start[here]], table[start[here] + held[here] - 2**k])
    return found


def useful(options: Options) -> NDArray[np.bool_]:
    """Return which options fit and are not dominated, bool array [M].

    An option is dominated by one of the same job under another cap that holds some of its slots and no others, draws no
    more power and costs no more. Starts tried are those with which both begin or both end together.
    """
    caps = options.slots.shape[1]
    kept = options.fits.copy()
    for c in range(caps):
        here = np.flatnonzero(options.cap == c)
        job = options.job[here]
        for other in range(caps):
            if other == c:
                continue
            held = options.slots[job, c] - options.slots[job, other]
            able = (held >= 0) & (options.power_w[job, other] <= options.power_w[job, c])
            strictly = (held > 0) | (options.power_w[job, other] < options.power_w[job, c]) | (other < c)
            rows, jobs = here[able], job[able]
            base = options.first[jobs * caps + other] + options.start[rows] - options.release[jobs]
            for at in (base, base + held[able]):
                gain = options.cost_g[rows] - options.cost_g[at]
                kept[rows[(gain > 0) | ((gain == 0) & strictly[able])]] = False
    return kept
