"""Time to cut one GPU for its jobs, next to an assignment for each layout; of snapshot programs and searches."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import ecoopt
from ecoopt.core.arrays import FloatArray
from ecoopt.heuristics.mig_partition.one_gpu import best_profiles
from ecoopt.instances.mig import geometry, layout_counts, maximal_layouts

GPUS, JOBS = 4000, 7
A100 = geometry("A100-40").restricted_to(["7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb"])


def assigned(values: FloatArray) -> FloatArray:
    """Return the best value of each GPU by an assignment for each distinct maximal layout."""
    layouts = np.unique([layout_counts(A100, layout) for layout in maximal_layouts(A100)], axis=0)
    slices = [np.repeat(np.arange(len(A100.profiles)), counts) for counts in layouts]
    best = np.zeros(len(values))
    for g, table in enumerate(values):
        for profiles in slices:
            jobs, places = linear_sum_assignment(-table[:, profiles])
            best[g] = max(best[g], table[jobs, profiles[places]].sum())
    return best


@pytest.mark.ceiling(ms=0.1)
@pytest.mark.ratio(at_least=20)
def bench_one_gpu(race: Callable[..., list[Any]]) -> None:
    values = np.random.default_rng(1).random((GPUS, JOBS, len(A100.profiles)))
    jobs = np.full(GPUS, JOBS)
    few = values[:100]
    ours, reference = race(
        lambda: best_profiles(A100, values, jobs, "some").value, {"assignments": lambda: assigned(few)},
        rounds=5, units=GPUS, reference_units=len(few), unit="GPU")
    assert np.allclose(ours[:len(few)], reference)


@pytest.mark.parametrize(("gpus", "method"), [
    pytest.param(1000, "milp", marks=pytest.mark.ceiling(ms=2000)),
    pytest.param(10000, "milp", marks=pytest.mark.ceiling(ms=5000)),
    pytest.param(1000, "milp-per-job", marks=pytest.mark.ceiling(ms=20000))])
def bench_snapshot(race: Callable[..., list[Any]], gpus: int, method: str) -> None:
    """From the instance to the proven schedule, the model's building and the decoding included."""
    instance = ecoopt.generate("mig_partition", gpus=gpus, jobs_per_gpu=4.0, seed=1)
    (done,) = race(lambda: ecoopt.solve(instance, method), rounds=3)
    assert done.status == "optimal"
    assert done.gap <= 1e-6


@pytest.mark.ratio(at_least=100)
@pytest.mark.parametrize(("method", "gap"), [("greedy", 0.03), ("local-search", 0.005)])
def bench_searches(race: Callable[..., list[Any]], method: str, gap: float) -> None:
    instance = ecoopt.generate("mig_partition", gpus=1000, jobs_per_gpu=4.0, seed=1)
    ours, exact = race(lambda: ecoopt.solve(instance, method), {
        "the per-job program": lambda: ecoopt.solve(instance, "milp-per-job")}, rounds=3, reference_rounds=1)
    assert exact.objective - ours.objective <= gap * exact.objective


@pytest.mark.parametrize(("gpus", "gap"), [(6, 1e-3), (60, 5e-4), (600, 2e-4)])
def bench_serving(benchmark: Any, gpus: int, gap: float) -> None:
    """Three services over 49 hours, GPUs that can be off: a proven gap within a minute."""
    instance = ecoopt.generate("mig_serving", gpus=gpus)
    done = benchmark.pedantic(lambda: ecoopt.solve(instance, "milp", time_limit=60.0, gap=gap), rounds=1)
    assert done.gap <= gap
