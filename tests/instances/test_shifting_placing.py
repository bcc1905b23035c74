"""Placing: the best place of a single job is that of brute force, with and without breaks, prices and full slots."""

import numpy as np
import pytest

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.shifting import Placement, Region, ShiftingCosts, ShiftingInstance, used_gpus
from ecoopt.testing.shifting.strategies import START

SLOTS, PLACES, JOBS = 8, 3, 250
SETS = (np.arange(1, 2**SLOTS)[:, None] >> np.arange(SLOTS)) & 1
RUNS = (np.diff(SETS, axis=1, prepend=0) == 1).sum(axis=1)
FIRST, LAST = SETS.argmax(axis=1), SLOTS - SETS[:, ::-1].argmax(axis=1)


def jobs_of(rng: np.random.Generator, *, interruptible: bool, resume_g: float) -> ShiftingInstance:
    """Return jobs with any window of eight slots, in three regions that are full here and there."""
    length = rng.integers(1, SLOTS + 1, JOBS)
    release = rng.integers(0, SLOTS - length + 1)
    gpus = rng.integers(1, 5, JOBS)
    intensity = rng.uniform(0, 400, (PLACES, SLOTS)) if rng.random() < 0.5 else rng.integers(0, 4, (PLACES, SLOTS))
    return ShiftingInstance(
        name="single", start_utc=START, regions=tuple(Region(
            name=f"region{z}", pue=1.0 + z / 10, embodied_g_per_gpu_h=float(z), carbon=CarbonTrace(
                zone="zone", start_utc=START, step_s=3600, intensity_g_per_kwh=intensity[z].astype(float)))
            for z in range(PLACES)),
        capacity_gpus=rng.integers(1, 12, (PLACES, SLOTS)), migration_g_per_gpu=5.0 * (1 - np.eye(PLACES)),
        release_slot=release, deadline_slot=rng.integers(release + length, SLOTS + 1), length_slots=length, gpus=gpus,
        power_kw=gpus * rng.choice([0.2, 0.35], JOBS), home=rng.integers(0, PLACES, JOBS),
        interruptible=np.full(JOBS, interruptible), resume_g=resume_g * rng.integers(0, 3, JOBS))


def brute_force(instance: ShiftingInstance, rent: np.ndarray) -> np.ndarray:
    """Return the least carbon and rent of every job over all sets of slots, infinite where nothing fits."""
    pue = np.array([region.pue for region in instance.regions])
    embodied = np.array([region.embodied_g_per_gpu_h for region in instance.regions])
    energy = SETS @ (instance.intensity_g_per_kwh * pue[:, None]).T
    cost = (instance.power_kw[:, None, None] * energy + instance.gpus[:, None, None] * (SETS @ rent.T)
            + (instance.gpus * instance.length_slots)[:, None, None] * embodied
            + (instance.gpus[:, None] * instance.migration_g_per_gpu[instance.home])[:, None, :]
            + (instance.resume_g[:, None] * (RUNS - 1))[:, :, None])
    allowed = ((SETS.sum(axis=1) == instance.length_slots[:, None]) & (instance.release_slot[:, None] <= FIRST)
               & (instance.deadline_slot[:, None] >= LAST) & (instance.interruptible[:, None] | (RUNS == 1)))
    full = instance.capacity_gpus[None] < instance.gpus[:, None, None]
    fits = (np.einsum("st,jzt->jsz", SETS, full) == 0) & allowed[:, :, None]
    return np.asarray(np.where(fits, cost, np.inf).min(axis=(1, 2)))


@pytest.mark.parametrize(("interruptible", "resume_g"), [(False, 0.0), (True, 0.0), (True, 30.0)])
def test_the_best_place_of_a_single_job_is_that_of_brute_force_on_ten_thousand_cases(
    interruptible: bool, resume_g: float
) -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        instance = jobs_of(rng, interruptible=interruptible, resume_g=resume_g)
        rent = rng.uniform(0, 100, (PLACES, SLOTS)) * rng.integers(0, 2)
        placement = Placement.empty(ShiftingCosts(instance))
        paid = placement.place(np.arange(JOBS), rent, held=False)
        np.testing.assert_allclose(paid, brute_force(instance, rent), rtol=1e-12, atol=1e-9)


def test_what_is_placed_costs_what_was_paid_and_is_free_again_when_it_leaves() -> None:
    rng = np.random.default_rng(11)
    for resume_g in (0.0, 30.0):
        instance = jobs_of(rng, interruptible=True, resume_g=resume_g)
        instance = instance.replace(capacity_gpus=np.full((PLACES, SLOTS), 10_000))
        costs = ShiftingCosts(instance)
        placement = Placement.empty(costs)
        paid = placement.place(np.arange(JOBS))
        schedule = placement.schedule()
        assert paid.sum() == pytest.approx(costs.objective(schedule), rel=1e-12)
        assert (placement.usage() == used_gpus(instance, schedule)).all()
        assert (placement.free == 10_000 - placement.usage()).all()
        assert (Placement.of(costs, schedule).slot == placement.slot).all()
        assert placement.place(np.arange(JOBS)[::-1]).sum() == pytest.approx(paid.sum(), rel=1e-12)
        placement.take_out(np.arange(JOBS))
        assert (placement.free == instance.capacity_gpus).all()
