"""Offline optima of a day of EcoLife's trace: those measured by hand are reproduced to 0.1 %, and beaten where free.

The hand-measured optima choose waits freely but start cold calls where EcoLife's placement rule puts them; ours choose
both, so that they cost less or the same.
"""

from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.arrays import FloatArray
from ecoopt.instances.carbon import read_carbon
from ecoopt.instances.keepalive import KeepAliveInstance, Weights, instance_from_trace, read_counts_npz
from ecoopt.instances.keepalive.costs import cost_table
from ecoopt.instances.keepalive.gaps import find_gaps

ANNUAL_MEAN = 193.5


@pytest.fixture(scope="module")
def day(shared_data: Path) -> KeepAliveInstance:
    carbon = read_carbon(shared_data / "carbon" / "ecolife_US-CAL-CISO_2023_hourly.csv.xz", signal="direct")
    return instance_from_trace(
        read_counts_npz(shared_data / "serverless" / "ecolife_azure_1000fn_12d_per_minute.npz"), carbon=carbon,
        start_utc="2023-02-03T08:00:00Z", start_min=20, end_min=1460, history_min=20, memory_gb=[512.0, 512.0],
        max_keep_min=60, accounting="artifact", weights=Weights(reference_intensity_g_per_kwh=ANNUAL_MEAN))


def paper(time_weight: float) -> Weights:
    return Weights(time_weight=time_weight, reference_intensity_g_per_kwh=ANNUAL_MEAN)


def grams(grams_per_s: float) -> Weights:
    return Weights(normalisation="grams", grams_per_s=grams_per_s)


def with_published_placement(instance: KeepAliveInstance, placement_weight: float) -> tuple[float, float]:
    """Return seconds and milligrams per call when only waits are chosen, gap by gap, to minimise the objective."""
    costs, calls, gaps = cost_table(instance), instance.invocations, find_gaps(instance)
    profile, at_call = instance.cell_profile, instance.intensity_g_per_kwh[calls.minutes][:, None]
    cold_g = costs.cold_embodied_g[profile] + costs.cold_kwh[profile] * at_call
    cold_s = costs.cold_s[profile]
    score = placement_weight * cold_s / cold_s.max(axis=1, keepdims=True)
    score += (1 - placement_weight) * cold_g / cold_g.max(axis=1, keepdims=True)
    newest_on_ties = score.shape[1] - 1 - score[:, ::-1].argmin(axis=1)
    every = np.arange(calls.cells)
    seconds, milligrams = cold_s[every, newest_on_ties], cold_g[every, newest_on_ties]

    kind, minutes = gaps.profile, (gaps.end_min - gaps.start_min)[:, None]
    warm_s, warm_g = costs.warm_s[kind], costs.warm_embodied_g[kind] + costs.warm_kwh[kind] * at_call[gaps.end_cell]
    keep_g = costs.keep_embodied_g[kind] * minutes + costs.keep_kwh[kind] * gaps.exposure[:, None]
    saved_s, saved_g = warm_s - seconds[gaps.end_cell, None], warm_g - milligrams[gaps.end_cell, None]

    def weighed(weight: FloatArray, amount: FloatArray) -> FloatArray:
        return weight[kind][:, None] * amount

    change = weighed(costs.time_weight, saved_s) + weighed(costs.execution_weight, saved_g)
    change += weighed(costs.keep_weight, keep_g)
    best = change.argmin(axis=1)
    gap = np.arange(len(best))
    used = np.where(change[gap, best] < 0, gaps.containers, 0)
    total_s = (calls.counts * seconds).sum() + (used * saved_s[gap, best]).sum()
    total_g = (calls.counts * milligrams).sum() + (used * (saved_g + keep_g)[gap, best]).sum()
    return total_s / calls.calls, 1000 * total_g / calls.calls


@pytest.mark.parametrize(("weights", "service_s", "carbon_mg"), [
    (paper(0.5), 2.8805, 24.182), (paper(0.1), 3.2327, 22.91), (paper(0.25), 3.1258, 23.24),
    (paper(0.75), 2.7622, 24.96), (paper(0.9), 2.7225, 25.78),
    (grams(0.0), 3.4557, 22.594), (grams(0.01), 2.8043, 24.330), (grams(0.02), 2.7397, 25.166),
])
def test_offline_optima_of_the_day_are_reproduced_and_not_missed(
    day: KeepAliveInstance, weights: Weights, service_s: float, carbon_mg: float
) -> None:
    instance = day.replace(weights=weights)
    seconds, milligrams = with_published_placement(instance, 0.5)
    assert seconds == pytest.approx(service_s, rel=1e-3)
    assert milligrams == pytest.approx(carbon_mg, rel=1e-3)
    ours = ecoopt.solve(instance, "exact-unconstrained")
    assert ours.status == "optimal"
    if weights.normalisation == "grams":
        assert ours.objective is not None
        theirs = instance.invocations.calls * (weights.grams_per_s * seconds + milligrams / 1000)
        assert ours.objective <= theirs * (1 + 1e-12)


def test_the_day_has_the_published_size(day: KeepAliveInstance) -> None:
    assert (day.invocations.calls, day.invocations.cells) == (857_068, 423_815)
