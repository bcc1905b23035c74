"""Hypothesis strategies for tiny MIG clusters, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.mig import MigGeometry, geometry
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule, SpeedTable

_A100 = geometry("A100-40").restricted_to(("7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb"))
GEOMETRIES: tuple[MigGeometry, ...] = (
    _A100.forbidding("4g.20gb", "3g.20gb"), _A100, geometry("A30-24"), geometry("H100-80"))
"""Two drivers of the measured GPU, one with four slices, one with double memory."""


@st.composite
def mig_cluster_instances(draw: st.DrawFn, *, gpus: int = 3, jobs: int = 7) -> MigClusterInstance:
    """Draw a tiny instance: ties in arrivals and speeds, jobs that do not fit everywhere, free and dear checkpoints.

    Parameters
    ----------
    gpus, jobs : int
        Most GPUs and jobs.
    """
    gpu = draw(st.sampled_from(GEOMETRIES))
    sizes = [profile.compute_slices for profile in gpu.profiles]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds, number = draw(st.integers(1, 3)), draw(st.integers(1, jobs))
    share = np.array(sizes) / gpu.compute_slices
    speed = share ** rng.uniform(0.2, 1.2, (kinds, 1))
    speed[share < rng.choice([0.0, 0.2, 0.5], (kinds, 1))] = 0.0
    speed[:, sizes.index(gpu.compute_slices)] = 1.0
    arrival_s = np.sort(rng.integers(0, draw(st.sampled_from((1, 60, 2000))), number)).astype(float)
    whole = draw(st.booleans())
    work_s = rng.integers(1, 400, number) if whole else rng.uniform(0.5, 400.0, number)
    dear_s = draw(st.sampled_from((0.0, 5.0, 80.0)))
    least = rng.integers(0, gpu.compute_slices + 1, number) if draw(st.booleans()) else None
    return MigClusterInstance(
        name="tiny", geometry=gpu, gpus=draw(st.integers(1, gpus)),
        speeds=SpeedTable(names=tuple(f"type{k}" for k in range(kinds)), speed=speed),
        job_type=rng.integers(0, kinds, number), arrival_s=arrival_s, work_s=work_s.astype(float),
        overhead_s=np.round(rng.uniform(0, dear_s, number)), least_compute_slices=least,
        shared_rate=draw(st.sampled_from((1 / 3, 0.1, 1.0))), profiling_s=draw(st.sampled_from((30.0, 0.0, 3.0))))


@st.composite
def mig_cluster_schedules(draw: st.DrawFn, instance: MigClusterInstance) -> MigClusterSchedule:
    """Draw any schedule of an instance: most break rules, some name jobs, GPUs and profiles that do not exist."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, beyond = draw(st.integers(0, 12)), draw(st.integers(0, 1))
    begin_s = np.round(rng.uniform(0, 500, size), draw(st.integers(0, 3)))
    return MigClusterSchedule(
        job=rng.integers(0, instance.jobs + beyond, size), gpu=rng.integers(0, instance.gpus + beyond, size),
        profile=rng.integers(0, len(instance.geometry.profiles) + beyond, size),
        start=rng.integers(0, instance.geometry.memory_slices + beyond, size), shared=rng.random(size) < 0.3,
        begin_s=begin_s, end_s=np.maximum(begin_s + np.round(rng.uniform(-20, 300, size)), 0.0))
