"""The mean-busy-time program and the snapshot program, held against enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.formulations.highs import hand_over, solve_lp, solve_model
from ecoopt.formulations.mig_cluster.busy_time import busy_time_model
from ecoopt.formulations.mig_cluster.points import grid_of, merged_points, split_points
from ecoopt.formulations.mig_cluster.snapshot_model import Present, best_snapshot
from ecoopt.instances.mig import all_layouts, count_vectors, layout_counts
from ecoopt.testing.mig_cluster import mig_cluster_instances


@settings(max_examples=12)
@given(instance=mig_cluster_instances(gpus=2, jobs=3), slots=st.integers(2, 3))
def test_the_integer_program_is_the_best_of_all_ways_to_say_when_jobs_are_done(instance, slots):
    grid_s = grid_of(instance, slots + 1)
    source = busy_time_model(instance, split_points(instance, grid_s), completions=True)
    model = hand_over(source.model).model
    found = solve_model(model, Run(), gap=0.0)
    whole = np.flatnonzero(model.integer)
    best = np.inf
    for values in product((0.0, 1.0), repeat=len(whole)):
        lower, upper = model.lower.copy(), model.upper.copy()
        lower[whole] = upper[whole] = values
        tried = solve_lp(model.replaced(lower=lower, upper=upper))
        if tried.objective is not None and tried.status.value == "optimal":
            best = min(best, tried.objective)
    assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6)


@settings(max_examples=20)
@given(instance=mig_cluster_instances(gpus=2, jobs=5), most=st.integers(2, 8))
def test_points_share_all_time_between_them(instance, most):
    grid_s = grid_of(instance, most)
    for points in (merged_points(instance, grid_s), split_points(instance, grid_s)):
        assert points.width_s.sum() == pytest.approx(grid_s[-1] - grid_s[0])
        assert (points.first_width_s >= 0).all()
        assert (points.first_width_s <= points.width_s[points.first] + 1e-9).all()
        assert (points.time_s[points.first] <= instance.arrival_s).all()


@settings(max_examples=15)
@given(instance=mig_cluster_instances(gpus=2, jobs=4), most=st.integers(2, 6))
def test_integers_only_raise_the_bound_and_both_grids_say_the_same_without_them(instance, most):
    grid_s = grid_of(instance, most)
    merged = solve_lp(busy_time_model(instance, merged_points(instance, grid_s)).model).objective
    split = solve_lp(busy_time_model(instance, split_points(instance, grid_s)).model).objective
    whole = solve_lp(busy_time_model(instance, split_points(instance, grid_s), completions=True).model).objective
    assert merged <= split * (1 + 1e-6)
    assert split <= whole * (1 + 1e-6)


def test_a_finer_grid_gives_no_weaker_bound_on_the_published_run():
    run = ecoopt.generate("mig_cluster", published=True)
    coarse, fine = (solve_lp(busy_time_model(run, merged_points(run, grid_of(run, most, 9000.0))).model,
                             options={"solver": "ipm"}).objective for most in (12, 40))
    assert 850 < coarse < fine < 960


def test_one_job_is_bounded_by_its_work():
    instance = ecoopt.generate("mig_cluster", gpus=1, jobs=1)
    bound = ecoopt.solve(instance, "bound").bound
    assert bound == pytest.approx(float(instance.work_s[0]), rel=1e-9)


def test_a_gpu_whose_rows_are_unknown_is_refused():
    instance = ecoopt.generate("mig_cluster", gpus=1, jobs=2)
    profiles = tuple(p if p.name != "2g.10gb" else p.replace(max_instances=1) for p in instance.geometry.profiles)
    odd = instance.replace(geometry=instance.geometry.replace(profiles=profiles))
    with pytest.raises(InputError, match="exact rows"):
        busy_time_model(odd, merged_points(odd, grid_of(odd, 3)))
    with pytest.raises(InputError, match="exact rows"):
        best_snapshot(odd.geometry, 1, Present(np.array([-1]), np.array([-1]), np.zeros(1), np.ones((1, 5))),
                      nodes=1, seed=0)


@settings(max_examples=20)
@given(instance=mig_cluster_instances(gpus=2, jobs=4), seed=st.integers(0, 2**31))
def test_the_snapshot_program_is_the_best_of_all_placements(instance, seed):
    gpu, gpus = instance.geometry, instance.gpus
    rng = np.random.default_rng(seed)
    number, profiles = instance.jobs, len(gpu.profiles)
    layout = all_layouts(gpu)[rng.integers(0, len(all_layouts(gpu)))][:number]
    home, profile = np.full(number, -1), np.full(number, -1)
    for job, placement in enumerate(layout):
        home[job], profile[job] = 0, placement.profile
    move = np.round(rng.uniform(0, 3, (number, profiles)) * (rng.random((number, profiles)) < 0.8), 2)
    stay = np.where(home >= 0, np.round(rng.uniform(0, 4, number), 2), 0.0)
    chosen = best_snapshot(gpu, gpus, Present(home, profile, stay, move), nodes=1000, seed=0)
    vectors = {tuple(vector) for vector in count_vectors(gpu).tolist()}
    assert layout_counts(gpu, layout).tolist() in [list(vector) for vector in vectors]

    def worth(where, kinds):
        used = [[0] * profiles for _ in range(gpus)]
        total = 0.0
        for job, (g, p) in enumerate(zip(where, kinds, strict=True)):
            if g >= 0:
                used[g][p] += 1
                here = g == home[job] and p == profile[job]
                if not here and move[job, p] <= 0:
                    return -np.inf
                total += max(stay[job], move[job, p]) if here else move[job, p]
        return total if all(tuple(row) in vectors for row in used) else -np.inf

    places = [(-1, -1), *product(range(gpus), range(profiles))]
    best = max(worth(*zip(*choice, strict=True)) for choice in product(places, repeat=number)) if number <= 3 else None
    value = worth(chosen.gpu.tolist(), chosen.profile.tolist())
    assert np.isfinite(value)
    if best is not None:
        assert value == pytest.approx(best, abs=1e-5)
