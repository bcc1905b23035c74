"""Laws of capped jobs: referee, programs and searches agree on random tiny instances, and nobody sees the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.evaluate.power_cap_jobs import evaluate
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.power_cap_jobs import explain
from ecoopt.formulations.power_cap_jobs.pricing import Pricing, best_prices
from ecoopt.formulations.power_cap_jobs.program import program_of
from ecoopt.formulations.power_cap_jobs.relaxation import lp
from ecoopt.instances.power_cap_jobs import PowerCapJobsSchedule, generate
from ecoopt.instances.power_cap_jobs.options import options_of, useful
from ecoopt.testing.power_cap_jobs import (
    best_by_enumeration,
    judge_plainly,
    power_cap_jobs_instances,
    power_cap_jobs_schedules,
)

HEURISTICS = ("greedy", "local-search", "pso", "online-greedy", "threshold", "no-cap", "static-cap", "edf")
ONLINE = ("online-greedy", "threshold")


def run(method, instance, **arguments):
    return ecoopt.families()["power_cap_jobs"].methods[method].run(instance, **arguments)


@settings(max_examples=100)
@given(data=st.data())
def test_the_referee_says_what_a_plain_judge_says(data):
    instance = data.draw(power_cap_jobs_instances())
    schedule = data.draw(power_cap_jobs_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = judge_plainly(instance, schedule)
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert score.feasible == allowed


@given(instance=power_cap_jobs_instances(jobs=1))
def test_a_job_of_billions_of_slots_is_judged_in_little_memory(instance):
    longest = instance.replace(base_h=np.array([1e6]), slot_s=1, carbon=instance.carbon.replace(
        step_s=1, intensity_g_per_kwh=instance.intensity_g_per_kwh))
    score = evaluate(longest, PowerCapJobsSchedule(start_slot=np.array([0]), cap=np.array([0])))
    assert not score.feasible
    assert np.isfinite(score.objective)


@given(instance=power_cap_jobs_instances())
def test_the_relaxation_has_a_bound_when_time_ends_before_the_program_is_built(instance):
    class Late(Run):
        def stop(self):
            return Termination.TIME if self.bound is not None else super().stop()

    options = options_of(instance)
    if options.impossible:
        return
    outcome = lp(instance, ledger := Late(), seed=0, start=None)
    assert outcome.termination is Termination.TIME
    optimum = best_by_enumeration(instance)
    assert ledger.bound == outcome.bound <= optimum + 1e-7 * abs(optimum)


@pytest.mark.parametrize("method", ONLINE)
def test_a_policy_cut_short_says_where(method):
    found = run(method, generate(jobs=5, gpus=8, hours=24, seed=1), budget=Budget(iterations=1))
    assert found.schedule is None
    assert "cut short in slot" in found.details["reason"]


@settings(max_examples=500)
@given(instance=power_cap_jobs_instances(jobs=3, slots=5), price=st.sampled_from((0.0, 3.0, 50.0)))
def test_bound_optimum_program_and_heuristic_are_in_order(instance, price):
    optimum, options = best_by_enumeration(instance), options_of(instance)
    if options.impossible:
        assert optimum == np.inf
        return
    pricing = Pricing(options)
    bound = pricing.answer(price * np.random.default_rng(1).exponential(1.0, pricing.prices)).value
    found = solve_model(program_of(options, useful(options)).linear, Run())
    greedy = run("greedy", instance)
    if optimum == np.inf:
        assert found.status is Status.INFEASIBLE
        assert greedy.schedule is None
        return
    assert bound <= optimum + 1e-7 * abs(optimum)
    assert found.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
    if greedy.schedule is not None:
        assert greedy.objective >= optimum - 1e-9 * abs(optimum)


@given(instance=power_cap_jobs_instances())
def test_the_milp_finds_the_optimum_or_that_there_is_none(instance):
    found, optimum = run("milp", instance), best_by_enumeration(instance)
    if optimum == np.inf:
        assert found.status is Status.INFEASIBLE
        return
    score = evaluate(instance, found.schedule)
    assert score.violations == ()
    assert found.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    assert found.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
    assert found.status is Status.OPTIMAL


@pytest.mark.parametrize("method", [*HEURISTICS, "lns"])
@given(instance=power_cap_jobs_instances(), seed=st.integers(0, 3))
def test_a_method_claims_what_the_referee_finds_and_no_less_than_the_optimum(method, instance, seed):
    options = {"trials": 20} if method == "local-search" else {}
    outcome = run(method, instance, seed=seed, budget=Budget(iterations=8), options=options)
    if outcome.schedule is None:
        return
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    optimum = best_by_enumeration(instance)
    assert outcome.objective >= optimum - 1e-9 * abs(optimum)


@pytest.mark.parametrize("method", [*HEURISTICS, "lns", "milp"])
@settings(max_examples=10)
@given(instance=power_cap_jobs_instances(), iterations=st.integers(0, 5))
def test_no_method_is_worse_than_its_start_or_spends_more_than_it_may(method, instance, iterations):
    start = run("local-search", instance, budget=Budget(iterations=6), options={"trials": 20}).schedule
    if start is None:
        return
    found = run(method, instance, start=start, budget=Budget(iterations=iterations))
    assert found.iterations <= iterations
    assert found.objective <= evaluate(instance, start).objective * (1 + 1e-12) + 1e-12


@settings(max_examples=15)
@given(instance=power_cap_jobs_instances())
def test_the_best_prices_are_those_of_the_linear_program(instance):
    options = options_of(instance)
    if options.impossible:
        return
    relaxed = solve_lp(program_of(options, options.fits).linear).objective
    if relaxed is not None:
        assert best_prices(options, Run(Budget(iterations=80))).bound == pytest.approx(relaxed, rel=1e-4, abs=1e-4)


@given(instance=power_cap_jobs_instances(), share=st.sampled_from((0.0, 0.6, 0.9)), slot=st.integers(0, 5))
def test_lowering_a_limit_never_lowers_the_optimum(instance, share, slot):
    limit_w = instance.power_limit_w.copy()
    limit_w[slot % instance.slots] *= share
    assert best_by_enumeration(instance.replace(power_limit_w=limit_w)) >= best_by_enumeration(instance) - 1e-9


@given(instance=power_cap_jobs_instances())
def test_an_option_is_left_out_only_for_one_that_is_no_worse(instance):
    options = options_of(instance)
    kept = useful(options)
    for j in range(options.jobs):
        own = np.flatnonzero(options.fits & (options.job == j))
        assert len(own) == 0 or options.cost_g[own[kept[own]]].min() == options.cost_g[own].min()


@settings(max_examples=60)
@given(instance=power_cap_jobs_instances())
def test_what_is_explained_has_no_schedule(instance):
    reasons = list(explain(instance))
    assert bool(reasons) == (best_by_enumeration(instance) == np.inf)


@pytest.mark.parametrize("method", ONLINE)
@settings(max_examples=25)
@given(seed=st.integers(0, 50), now=st.integers(1, 10), other=st.integers(51, 99))
def test_an_online_method_decides_alike_until_something_different_is_seen(method, seed, now, other):
    one, later = (generate(jobs=8, gpus=8, hours=12, slack_h=4.0, seed=s) for s in (seed, other))
    soon, late = one.release_slot < now, later.release_slot >= now
    columns = {name: np.concatenate([getattr(one, name)[soon], getattr(later, name)[late]])
               for name in ("job_class", "job_gpus", "base_h", "release_slot", "deadline_slot")}
    if not soon.any():
        return
    past = now + 24
    intensity = np.concatenate([one.carbon.intensity_g_per_kwh[:past], later.carbon.intensity_g_per_kwh[past:]])
    changed = one.replace(**columns, carbon=one.carbon.replace(intensity_g_per_kwh=intensity))
    decided = [run(method, instance).schedule for instance in (one, changed)]
    if any(schedule is None for schedule in decided):
        return
    begun = [[(int(start), int(cap)) for start, cap, known in zip(schedule.start_slot, schedule.cap, first, strict=True)
              if known and start < now]
             for schedule, first in zip(decided, (soon, np.arange(changed.jobs) < soon.sum()), strict=True)]
    assert begun[0] == begun[1]
