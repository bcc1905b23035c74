"""Hardware refresh, fast side: the allocation is a linear program's, rolling does not see ahead, limits are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import ecoopt
from ecoopt.heuristics.refresh.blocks import one_at_a_time
from ecoopt.heuristics.refresh.plan import Plan, within_limits
from ecoopt.instances.refresh import RefreshInstance, generate, one_device
from ecoopt.instances.refresh.allocation import allocate
from ecoopt.instances.refresh.tables import tables_of


@given(seed=st.integers(0, 10_000), homes=st.sampled_from(("none", "tied", "moving")), spare=st.integers(0, 3))
def test_the_allocation_is_the_optimum_of_the_linear_program(seed, homes, spare):
    rng = np.random.default_rng(seed)
    tables = tables_of(generate(generations=int(rng.integers(2, 5)), sites=int(rng.integers(1, 4)), periods=1, gpus=20,
                                homes=homes, moving_kwh=0.5, seed=seed, load=0.7))
    generations, sites, _ = tables.gone.shape
    gpus = rng.integers(0, 5 + 2 * spare, (generations, sites, 1)).astype(float)
    found = allocate(tables, gpus)
    workloads, groups = len(tables.demand), generations * sites
    cost, share = tables.unit_g[0].ravel(), tables.unit_share.reshape(groups, workloads)
    bear = [np.where(np.arange(groups)[:, None] == p, share, 0.0).ravel() for p in range(groups)]
    serve = np.tile(np.eye(workloads), groups)
    plain = linprog(np.where(np.isfinite(cost), cost, 0.0), A_ub=bear, b_ub=gpus.ravel(), A_eq=serve,
                    b_eq=tables.demand[:, 0], bounds=[(0, None if np.isfinite(one) else 0) for one in cost])
    assert (plain.status == 0) == (not found.missing.any())
    if plain.status == 0:
        grams = np.where(found.work > 0, tables.unit_g, 0.0) * found.work
        assert grams.sum() == pytest.approx(plain.fun, rel=1e-7)
        assert found.work.sum(axis=(1, 2))[0] == pytest.approx(tables.demand[:, 0])
    assert (np.einsum("tgsw,gsw->gst", found.work, tables.unit_share) <= gpus * (1 + 1e-9) + 1e-9).all()


@pytest.mark.parametrize("forecast", ["constant", "seasonal"])
def test_rolling_decides_the_same_whatever_comes_later(forecast):
    one = generate(sites=2, periods=16, gpus=30, growth=0.3, seed=4)
    changed = [workload.replace(demand=np.where(np.arange(16) < 9, workload.demand, 0.5 * workload.demand))
               for workload in one.workloads]
    sites = [site.replace(carbon=None, intensity_g_per_kwh=np.where(np.arange(16) < 9, means, 1.0))
             for site, means in zip(one.sites, one.intensity_g_per_kwh, strict=True)]
    other = one.replace(workloads=tuple(changed), sites=tuple(sites))
    first, second = (ecoopt.solve(each, "rolling", options={"forecast": forecast}).schedule for each in (one, other))
    for field in ("purchases", "retirements", "work"):
        assert (getattr(first, field)[..., :9] == getattr(second, field)[..., :9]).all(), field
    assert not (first.purchases == second.purchases).all()


def test_what_limits_cut_waits_and_nothing_is_lost():
    tables = tables_of(generate(sites=2, periods=8, gpus=40, budget=0.05, seed=2))
    wanted = np.zeros(tables.gone.shape, dtype=np.int64)
    wanted[2, :, 0] = 6
    bought = within_limits(tables, wanted)
    assert bought.sum() == 12
    assert (bought.sum(axis=0) <= tables.site_most).all()
    assert (bought.sum(axis=(0, 1)) * 12.0 <= np.cumsum(tables.instance.budget)).all()


def test_a_plan_retires_what_is_never_needed_again_and_no_more():
    tables = tables_of(generate(sites=1, periods=6, gpus=20, load=0.5, seed=1))
    plan = Plan.of(tables, np.zeros(tables.gone.shape, dtype=np.int64))
    there = tables.first[:, :, None] - plan.retired()
    busy = np.einsum("tgsw,gsw->gst", plan.work, tables.unit_share)
    assert (there >= busy - 1e-9).all()
    assert (there - np.maximum.accumulate(busy[:, :, ::-1], axis=2)[:, :, ::-1] < 1).all()


def test_single_devices_are_told_from_fleets():
    lone = one_device("CV", np.full(6, 100.0))
    assert one_at_a_time(tables_of(lone))
    for change in ({"budget": np.ones(6)}, {"operational_cap_g": np.full(6, 1e9)},
                   {"generations": tuple(one.replace(idle_w=1.0) for one in lone.generations)},
                   {"generations": tuple(one.replace(life_periods=3 + k) for k, one in enumerate(lone.generations))},
                   {"workloads": (lone.workloads[0].replace(demand=np.full(6, 300.0)),)}):
        assert not one_at_a_time(tables_of(lone.replace(**change))), change


def test_a_generation_that_another_dominates_is_not_bought():
    lone = one_device("CV", np.full(6, 100.0))
    figures = lone.workloads[0]
    worse = lone.replace(
        generations=(*lone.generations, lone.generations[2].replace(name="worse", embodied_g=50_000.0)),
        workloads=(figures.replace(energy_kwh=[*figures.energy_kwh, figures.energy_kwh[2]],
                                   gpu_h=[*figures.gpu_h, figures.gpu_h[2]]),))
    assert isinstance(worse, RefreshInstance)
    tables = tables_of(worse)
    assert tables.dominated.any(axis=1).tolist() == [False, False, False, True]
    assert not tables.most[3].any()


@pytest.mark.parametrize("shorter", [3.0, 4.0, 5.0])
def test_gpus_are_retired_at_their_fixed_age(shorter):
    instance = generate(sites=1, periods=20, period_days=90, gpus=20, life_periods=40, purchases=None, seed=1)
    schedule = ecoopt.solve(instance, "fixed-years", options={"years": shorter}).schedule
    age = round(shorter * 365 / 90)
    bought, gone = (np.cumsum(counts, axis=2) for counts in (schedule.purchases, schedule.retirements))
    first = tables_of(instance).first[:, :, None]
    assert (gone[:, :, age:] >= (first + bought[:, :, :-age])[:, :, :20 - age]).all()
