"""Hypothesis strategies for tiny power-cap instances, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EffectCurve, gpu
from ecoopt.instances.power_cap import GpuPool, Hall, PowerCapInstance, PowerCapSchedule, WorkClass

_START_UTC = "2023-01-01T00:00:00Z"


@st.composite
def power_cap_instances(
    draw: st.DrawFn, *, classes: int = 2, hours: int = 3, caps: int = 3, choices: int = 64, mixed: bool = False
) -> PowerCapInstance:
    """Draw a tiny instance; see `random_power_cap`."""
    seed = draw(st.integers(0, 2**32 - 1))
    return random_power_cap(np.random.default_rng(seed), classes=classes, hours=hours, caps=caps, choices=choices,
                            mixed=mixed)


def random_power_cap(
    rng: np.random.Generator, *, classes: int = 2, hours: int = 3, caps: int = 3, choices: int = 64, mixed: bool = False
) -> PowerCapInstance:
    """Return a tiny instance: tight and slack limits, rebounds from none to absurd, pools, quotas, initial states.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of everything.
    classes, hours, caps : int
        Most of each.
    choices : int
        Most plans of caps there may be, so that they can be enumerated.
    mixed : bool
        As in ``PowerCapInstance``.
    """
    number, steps = int(rng.integers(1, classes + 1)), int(rng.integers(1, hours + 1))
    most = max(1, min(caps, int(choices ** (1 / (number * steps)) + 1e-9)))
    pools = int(rng.integers(1, 3))
    sizes = rng.integers(5, 30, pools)
    idle_w = float(rng.choice([0.0, 35.0]))
    work = []
    for k in range(number):
        n, pool = int(rng.integers(1, most + 1)), int(rng.integers(0, pools))
        cap_w = np.sort(rng.choice(np.arange(100, 250, 10), n, replace=False)).astype(float)
        time = np.append(1.0 + np.sort(rng.uniform(0, 1.2, n))[::-1][: n - 1] * rng.choice([0, 1]), 1.0)
        energy = np.append(rng.uniform(0.4, 1.2, n - 1), 1.0)
        work.append(WorkClass(
            name=f"class{k}", pool=pool, quota_gpus=float(sizes[pool] * rng.choice([0.5, 1.0])),
            curve=EffectCurve(name="made", uncapped_power_w=float(rng.integers(60, 300)), cap_w=cap_w, time_ratio=time,
                              energy_ratio=energy),
            cap_w=cap_w, rebound=float(rng.choice([0.0, 0.5, 2.0, 8.0])),
            submitted_gpu_h=np.round(rng.uniform(0, 12, steps), int(rng.integers(0, 3))),
            initial_cap=int(rng.integers(0, n)) if rng.random() < 0.4 else None,
            initial_backlog_gpu_h=float(rng.choice([0.0, 0.0, 3.0])),
            most_backlog_gpu_h=float(rng.choice([4.0, 30.0])) if rng.random() < 0.25 else None))
    gpus = int(sizes.sum())
    idle_w = min(idle_w, *(float(entry.curve.power_at(entry.cap_w).min()) for entry in work))
    base_w = gpus * idle_w
    limit_w = np.round(base_w + rng.uniform(0, 2500, steps)) if rng.random() < 0.6 else None
    hall = Hall(keep=float(rng.choice([0.0, 0.6])), ambient_c=rng.uniform(15, 30, steps), rise_c_per_w=0.2,
                start_c=30.0, most_c=float(rng.choice([40.0, 55.0]))) if rng.random() < 0.5 else None
    return PowerCapInstance(
        name="tiny", start_utc=_START_UTC, mixed=mixed, classes=tuple(work),
        pools=tuple(GpuPool(gpu=gpu("V100-PCIe-32"), gpus=int(size), idle_power_w=idle_w) for size in sizes),
        carbon=CarbonTrace(zone="GB", start_utc=_START_UTC, step_s=3600,
                           intensity_g_per_kwh=rng.uniform(0, 600, steps)),
        pue=rng.uniform(1, 1.5, steps), power_limit_w=limit_w, hall=hall,
        price_g_per_kwh=rng.uniform(0, 200, steps) if rng.random() < 0.3 else None,
        backlog_g_per_gpu_h=float(rng.choice([0.0, 5.0, 20.0])),
        final_backlog_g_per_gpu_h=float(rng.choice([0.0, 400.0])),
        change_g=float(rng.choice([0.0, 50.0])))


@st.composite
def power_cap_schedules(draw: st.DrawFn, instance: PowerCapInstance) -> PowerCapSchedule:
    """Draw any schedule of an instance: most break rules."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    classes, hours, caps = instance.shape
    number = np.array([len(entry.cap_w) for entry in instance.classes])
    there = (np.arange(caps) < number[:, None])[:, None, :]
    if draw(st.booleans()):
        cap = rng.integers(0, number[:, None], (classes, hours))
        share = (cap[:, :, None] == np.arange(caps)).astype(float)
    else:
        share = rng.uniform(0.01, 1, (classes, hours, caps)) * there
        share /= share.sum(axis=2, keepdims=True) * draw(st.sampled_from((1.0, 1.25)))
    scale = draw(st.sampled_from((0.0, 4.0, 20.0)))
    work = np.round(rng.uniform(0, scale, share.shape), 2) * (share > 0) * there
    return PowerCapSchedule(share=share, work_gpu_h=work)
