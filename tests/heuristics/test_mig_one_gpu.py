"""The inner problem of one GPU: equal to brute force and to assignments over all multisets, and quick."""

from itertools import product
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from ecoopt.heuristics.mig_partition.one_gpu import Rule, best_profiles, gpu_states
from ecoopt.instances.mig import JOB_TYPES, MigGeometry, count_vectors, geometry, layout_counts, maximal_layouts
from ecoopt.instances.mig.job_types import speed_table

A100 = geometry("A100-40")
FIVE = A100.restricted_to(["7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb"])
GEOMETRIES = (FIVE, FIVE.forbidding("4g.20gb", "3g.20gb"), A100, geometry("A30-24"))
RULES: tuple[Rule, ...] = ("all", "some", "exact")


def brute_force(gpu: MigGeometry, values: np.ndarray, rule: Rule) -> float:
    """Try every profile for every job."""
    held = {tuple(vector) for vector in count_vectors(gpu).tolist()}
    maximal = {tuple(layout_counts(gpu, layout).tolist()) for layout in maximal_layouts(gpu)}
    options = range(-1 if rule == "some" else 0, len(gpu.profiles))
    best = -np.inf
    for choice in product(options, repeat=len(values)):
        taken = [p for p in choice if p >= 0]
        counts = tuple(np.bincount(taken, minlength=len(gpu.profiles)).tolist())
        if counts in (maximal if rule == "exact" else held):
            best = max(best, sum(values[j, p] for j, p in enumerate(choice) if p >= 0))
    return best


def by_assignment(gpu: MigGeometry, values: np.ndarray) -> float:
    """Solve an assignment of the jobs to the instances of every maximal layout."""
    best = -np.inf
    for layout in maximal_layouts(gpu):
        if len(layout) >= len(values):
            cost = -np.maximum(values[:, [placement.profile for placement in layout]], -1e6)
            jobs, slots = linear_sum_assignment(cost)
            best = max(best, -float(cost[jobs, slots].sum()))
    return best if best > -1e5 else -np.inf


@given(st.integers(0, 2**32 - 1), st.sampled_from(GEOMETRIES), st.sampled_from(RULES), st.integers(0, 4))
def test_choices_are_those_of_brute_force(seed: int, gpu: MigGeometry, rule: Rule, jobs: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, 4, len(gpu.profiles)))
    values[rng.random(values.shape) < 0.2] = -np.inf
    found = best_profiles(gpu, values, np.array([jobs, 0]), rule)
    wanted = brute_force(gpu, values[0, :jobs], rule)
    assert found.value[0] == pytest.approx(wanted, abs=1e-12)
    assert found.value[1] == (-np.inf if rule == "exact" else 0.0)
    chosen = found.profile[0, :jobs]
    if np.isfinite(wanted):
        assert (chosen >= 0).all() or rule == "some"
        assert sum(values[0, j, p] for j, p in enumerate(chosen) if p >= 0) == pytest.approx(wanted)
        counts = np.bincount(chosen[chosen >= 0], minlength=len(gpu.profiles))
        assert (gpu_states(gpu).counts == counts).all(axis=1).any()
    else:
        assert (found.profile == -1).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(GEOMETRIES[:3]), st.integers(1, 7))
def test_choices_are_those_of_assignments_over_all_layouts(seed: int, gpu: MigGeometry, jobs: int) -> None:
    rng = np.random.default_rng(seed)
    speeds = speed_table(JOB_TYPES, gpu)[rng.integers(0, len(JOB_TYPES), (1, jobs))]
    values = np.where(speeds > 0, speeds, -np.inf)
    found = best_profiles(gpu, values, np.array([jobs]))
    assert found.value[0] == pytest.approx(by_assignment(gpu, values[0]), abs=1e-9)


def test_more_jobs_than_instances_have_no_choice_unless_some_may_be_left_out() -> None:
    values = np.ones((1, 8, 5))
    assert best_profiles(FIVE, values, np.array([8])).value[0] == -np.inf
    assert best_profiles(FIVE, values, np.array([8]), "some").value[0] == 7.0


def test_seven_jobs_take_less_than_a_hundred_microseconds() -> None:
    gpus = 2000
    values = np.random.default_rng(0).random((gpus, 7, 5))
    jobs = np.full(gpus, 7)
    best_profiles(FIVE, values[:1], jobs[:1])
    began = perf_counter()
    best_profiles(FIVE, values, jobs)
    assert (perf_counter() - began) / gpus < 100e-6
