"""Hypothesis strategies for tiny shifting instances, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.shifting import Region, ShiftingInstance, ShiftingSchedule

START = "2023-03-01T00:00:00Z"


@st.composite
def shifting_instances(draw: st.DrawFn, *, jobs: int = 5, regions: int = 3, slots: int = 6,
                       interruptible: bool | None = None) -> ShiftingInstance:
    """Draw a tiny instance: ties in intensity and free energy, scarce and missing capacity, cheap and dear resumptions.

    Some have no schedule at all; windows hold their jobs.

    Parameters
    ----------
    jobs, regions, slots : int
        Most of each.
    interruptible : bool, optional
        Whether all jobs may be interrupted; by default some, all or none.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number, places, horizon = draw(st.integers(1, jobs)), draw(st.integers(1, regions)), draw(st.integers(1, slots))
    slot_s = draw(st.sampled_from((3600, 1800)))
    whole, most = draw(st.booleans()), draw(st.sampled_from((3, 400)))
    intensity = rng.integers(0, most, (places, horizon)) if whole else rng.uniform(0, most, (places, horizon))
    length = rng.integers(1, horizon + 1, number)
    release = rng.integers(0, horizon - length + 1)
    deadline = rng.integers(release + length, horizon + 1)
    gpus = rng.integers(1, 5, number)
    share = draw(st.sampled_from((0.0, 0.5, 1.0))) if interruptible is None else float(interruptible)
    dear_g = draw(st.sampled_from((0.0, 1.0, 300.0)))
    away = rng.uniform(0, draw(st.sampled_from((0.0, 20.0, 2000.0))), (places, places)) * (1 - np.eye(places))
    least = draw(st.sampled_from((0, 3, 5, 8)))
    return ShiftingInstance(
        name="tiny", start_utc=START, slot_s=slot_s,
        regions=tuple(Region(
            name=f"region{z}", carbon=CarbonTrace(zone=f"zone{z}", start_utc=START, step_s=slot_s,
                                                  intensity_g_per_kwh=intensity[z].astype(float)),
            pue=float(rng.choice([1.0, 1.3])), embodied_g_per_gpu_h=float(rng.choice([0.0, 2.4])))
            for z in range(places)),
        capacity_gpus=rng.integers(least, least + draw(st.integers(1, 5)), (places, horizon)),
        migration_g_per_gpu=away, release_slot=release, deadline_slot=deadline, length_slots=length, gpus=gpus,
        power_kw=gpus.astype(np.float64) * draw(st.sampled_from((0.35, 1.0))), home=rng.integers(0, places, number),
        interruptible=rng.random(number) < share, resume_g=np.round(rng.uniform(0, dear_g, number), 2))


@st.composite
def shifting_schedules(draw: st.DrawFn, instance: ShiftingInstance) -> ShiftingSchedule:
    """Draw any schedule of an instance: most break rules, some name regions and slots that do not exist."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    beyond = draw(st.integers(0, 1))
    runs = rng.integers(0, 3, instance.jobs) if draw(st.booleans()) else np.ones(instance.jobs, dtype=np.int64)
    number = int(runs.sum())
    job = np.repeat(np.arange(instance.jobs), runs)
    length = rng.integers(1, 4, number) if draw(st.booleans()) else instance.length_slots[job]
    return ShiftingSchedule(
        region=rng.integers(0, len(instance.regions) + beyond, instance.jobs),
        run_offsets=np.concatenate([[0], np.cumsum(runs)]), run_length=length,
        run_start=rng.integers(0, instance.slots + 2 * beyond, number))
