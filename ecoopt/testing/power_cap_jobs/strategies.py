"""Hypothesis strategies for tiny instances of capped jobs, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EffectCurve, Gpu
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule

_START = "2023-06-01T00:00:00Z"


@st.composite
def power_cap_jobs_instances(draw: st.DrawFn, *, jobs: int = 4, slots: int = 6) -> PowerCapJobsInstance:
    """Draw a tiny instance: scarce and plentiful power, idle GPUs that draw some, prices of delay and peak, ties.

    Parameters
    ----------
    jobs, slots : int
        Most jobs and slots.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number, horizon, caps = draw(st.integers(1, jobs)), draw(st.integers(1, slots)), draw(st.integers(1, 3))
    slot_s = draw(st.sampled_from((1800, 3600)))
    caps_w = rng.permutation(np.array([250.0, 200.0, 150.0])[:caps])
    idle_w = draw(st.sampled_from((None, 0.0, 30.0)))
    gpus = draw(st.integers(1, 5))
    release = rng.integers(0, horizon, number)
    length = rng.integers(1, horizon + 1, number)
    return PowerCapJobsInstance(
        name="tiny", gpu=Gpu(name="board", memory_gb=16.0, tdp_w=250.0, idle_w=idle_w), gpus=gpus, caps_w=caps_w,
        classes=tuple(_curve(rng, k) for k in range(2)), job_class=rng.integers(0, 2, number),
        job_gpus=rng.integers(1, gpus + 1, number), base_h=slot_s / 3600 * rng.choice(
            [0.3, 1.0, 1.4, 1.9, 2.0], number), release_slot=release,
        deadline_slot=np.minimum(release + length, horizon), slot_s=slot_s, start_utc=_START,
        carbon=CarbonTrace(zone="GB", start_utc=_START, step_s=slot_s,
                           intensity_g_per_kwh=rng.choice(25.0 * np.arange(20), horizon)),
        pue=rng.choice([1.0, 1.25, 1.5], horizon),
        power_limit_w=np.round(gpus * rng.choice([120.0, 170.0, 260.0], horizon), 0),
        delay_g_per_gpu_h=draw(st.sampled_from((0.0, 5.0, 40.0))),
        peak_g_per_kw=draw(st.sampled_from((0.0, 0.0, 60.0, 400.0))))


def _curve(rng: np.random.Generator, k: int) -> EffectCurve:
    uncapped_w = float(rng.choice([60.0, 180.0, 240.0]))
    time = np.append(np.sort(1 + rng.choice([0.0, 0.05, 0.3, 0.8], 2))[::-1], 1.0)
    power = np.minimum(uncapped_w, np.array([140.0, 190.0, uncapped_w]))
    return EffectCurve(name=f"class{k}", uncapped_power_w=uncapped_w, cap_w=np.array([150.0, 200.0, 250.0]),
                       time_ratio=time, energy_ratio=time * power / uncapped_w)


@st.composite
def power_cap_jobs_schedules(draw: st.DrawFn, instance: PowerCapJobsInstance) -> PowerCapJobsSchedule:
    """Draw any schedule of an instance: some start too early, end too late, or have caps that do not exist."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    beyond = draw(st.integers(0, 1))
    return PowerCapJobsSchedule(start_slot=rng.integers(0, instance.slots + 2 * beyond, instance.jobs),
                                cap=rng.integers(0, len(instance.caps_w) + beyond, instance.jobs))
