"""Laws of the MIG cluster: referee, simulators and bounds agree on random tiny instances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.evaluate.mig_cluster import evaluate
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.mig_cluster.busy_time import busy_time_model
from ecoopt.formulations.mig_cluster.points import grid_of, merged_points, split_points
from ecoopt.formulations.mig_cluster.relaxation import lone_bound
from ecoopt.testing.mig_cluster import mig_cluster_instances, mig_cluster_schedules, replay_plainly

SIMULATED = ("nopart", "optsta", "miso", "oracle", "snapshot")


@given(st.data())
def test_the_referee_says_what_a_replay_in_plain_python_says(data):
    instance = data.draw(mig_cluster_instances())
    schedule = data.draw(mig_cluster_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = replay_plainly(instance, schedule)
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-6)
    assert score.feasible == allowed


@pytest.mark.parametrize("method", SIMULATED)
@settings(max_examples=25)
@given(instance=mig_cluster_instances(), seed=st.integers(0, 3))
def test_what_a_simulator_claims_is_what_the_referee_finds(method, instance, seed):
    outcome = ecoopt.families()["mig_cluster"].methods[method].run(instance, seed=seed)
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9)
    value, allowed = replay_plainly(instance, outcome.schedule)
    assert allowed
    assert value == pytest.approx(score.objective, rel=1e-9)


@settings(max_examples=20)
@given(instance=mig_cluster_instances(), most=st.integers(2, 12))
def test_no_schedule_is_better_than_a_bound(instance, most):
    methods = ecoopt.families()["mig_cluster"].methods
    best = min(methods[name].run(instance).objective for name in (*SIMULATED, "greedy"))
    grid_s = grid_of(instance, most)
    merged, split = (solve_lp(busy_time_model(instance, points(instance, grid_s)).model).objective
                     for points in (merged_points, split_points))
    assert lone_bound(instance) <= best * (1 + 1e-9)
    assert merged <= split + 1e-6 * best
    assert split <= best * (1 + 1e-6)


@given(instance=mig_cluster_instances(gpus=3, jobs=3))
def test_where_every_job_can_have_a_gpu_its_completion_time_is_its_work(instance):
    spread = instance.replace(gpus=instance.jobs, speeds=instance.speeds.replace(
        speed=np.minimum(instance.speeds.speed, 1.0)))
    outcome = ecoopt.families()["mig_cluster"].methods["milp"].run(spread)
    assert outcome.objective == pytest.approx(float(spread.work_s.mean()), rel=1e-12)
    assert outcome.objective == pytest.approx(outcome.bound, rel=1e-9)


@pytest.mark.parametrize("method", ["nopart", "miso", "oracle", "snapshot"])
@settings(max_examples=15)
@given(instance=mig_cluster_instances(gpus=2, jobs=7), kept=st.integers(1, 6))
def test_an_online_method_does_before_an_arrival_what_it_would_do_without_it(method, instance, kept):
    if kept >= instance.jobs:
        return
    columns = ("job_type", "arrival_s", "work_s", "overhead_s", "least_compute_slices")
    cut = instance.replace(**{name: getattr(instance, name)[:kept] for name in columns
                              if getattr(instance, name) is not None})
    run = ecoopt.families()["mig_cluster"].methods[method].run
    # A seed draws errors row by row; those of the jobs kept are the same only where there are none.
    options = {"predictor": "exact"} if method == "miso" else None
    whole, part = run(instance, options=options).schedule, run(cut, options=options).schedule
    assert _until(whole, instance.arrival_s[kept], kept) == _until(part, instance.arrival_s[kept], kept)


def _until(schedule, time_s, jobs):
    """Return what happens before a moment, as sorted rows; stretches under way are cut there."""
    return sorted(
        (*row, begin_s, min(end_s, time_s)) for *row, begin_s, end_s in zip(
            schedule.job.tolist(), schedule.gpu.tolist(), schedule.profile.tolist(), schedule.start.tolist(),
            schedule.shared.tolist(), schedule.begin_s.tolist(), schedule.end_s.tolist(), strict=True)
        if begin_s < time_s)
