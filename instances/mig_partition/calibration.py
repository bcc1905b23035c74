"""Calibration: blocks of GPUs with measured speeds, the power model, and the law of the jobs' lengths.

Measured are speeds and power on an A100-40GB (``instances.mig.job_types``). What is not measured is assumed:

- Another GPU with seven compute slices is faster in proportion to the SMs of its whole-GPU profile; its instances keep
  the measured ratios.
- A job's power above idle falls with its speed, so that its energy above idle is that on the whole GPU.
- An idle A100 takes `IDLE_POWER_W`; the least loaded job measured made it take 67 W.
"""

from collections.abc import Sequence

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.instances.mig import GEOMETRIES, JobType, MigGeometry, geometry, speed_table
from ecoopt.instances.mig_partition.schema import GpuBlock

IDLE_POWER_W = 55.0
MEASURED_SMS = 98
WORK_MEDIAN_S, WORK_SPREAD_LN = 244.5, 1.515
"""Lognormal law with the median and the mean (770 s) of MISO's trace of 100 jobs."""
WORK_LEAST_S, WORK_MOST_S = 60.0, 7200.0

CALIBRATED = tuple(entry.name for entry in GEOMETRIES
                   if entry.compute_slices == 7 and entry.profiles[0].sms is not None)
"""GPUs for which blocks can be made."""


def offered(name: str, double_memory: bool, old_driver: bool) -> MigGeometry:
    """Return a GPU of the catalogue with or without its 1g of double memory, and with a driver before R510 or after."""
    gpu = geometry(name)
    wide, four, three = gpu.names[4], gpu.names[1], gpu.names[2]
    if not double_memory:
        gpu = gpu.restricted_to([profile for profile in gpu.names if profile != wide])
    return gpu.forbidding(four, three) if old_driver else gpu


def block(gpu: MigGeometry, gpus: int, types: Sequence[JobType]) -> GpuBlock:
    """Return a block of identical GPUs with the measured speeds of some types of jobs.

    Raises
    ------
    InputError
        If no speeds can be had for the GPU.
    """
    sms = gpu.profiles[0].sms
    if sms is None:
        raise InputError.one("MIG calibration", "geometry", f"the SMs of {gpu.name} are not known",
                             f"use one of {', '.join(CALIBRATED)}")
    speed = speed_table(types, gpu)
    above_idle_w = np.maximum([kind.power_w - IDLE_POWER_W for kind in types], 0.0)
    return GpuBlock(geometry=gpu, gpus=gpus, speed=speed * (sms / MEASURED_SMS),
                    active_power_w=above_idle_w[:, None] * speed, idle_power_w=IDLE_POWER_W)


def memory_need_gb(types: Sequence[JobType]) -> FloatArray:
    """Return the memory of the smallest instance that held each type when it was measured, float array [K]."""
    a100 = geometry("A100-40")
    room_gb = dict(zip((profile.compute_slices for profile in reversed(a100.profiles)), reversed(a100.memory_gb),
                       strict=True))
    smallest_1g_gb = float(a100.memory_gb[-1])
    return np.array([smallest_1g_gb if kind.least_slices == 1 else float(room_gb[kind.least_slices])
                     for kind in types])


def draw_work_s(rng: np.random.Generator, jobs: int) -> FloatArray:
    """Draw whole seconds of work, float array [jobs]."""
    drawn = WORK_MEDIAN_S * np.exp(WORK_SPREAD_LN * rng.standard_normal(jobs))
    return np.rint(np.clip(drawn, WORK_LEAST_S, WORK_MOST_S))
