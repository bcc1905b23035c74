"""Laws of KV admission's exact side: referee, programs, prices and enumeration agree on random tiny instances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.evaluate.kv_admission import evaluate
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.kv_admission.broken import flow_program
from ecoopt.formulations.kv_admission.kinds import kinds_of
from ecoopt.formulations.kv_admission.pricing import Pricing, best_prices
from ecoopt.formulations.kv_admission.unbroken import start_program, starts_of
from ecoopt.instances.kv_admission.objective import objective_of
from ecoopt.testing.kv_admission import (
    best_by_enumeration,
    judge_plainly,
    kv_admission_instances,
    kv_admission_schedules,
)

LAWS = settings(max_examples=3 * settings.default.max_examples)


def run(method, instance, **arguments):
    return ecoopt.families()["kv_admission"].methods[method].run(instance, **arguments)


def tiny(data):
    """Return an instance that enumeration can do; those with breaks are smaller."""
    breaks = data.draw(st.booleans())
    return data.draw(kv_admission_instances(requests=2 if breaks else 3, rounds=6 if breaks else 7, breaks=breaks))


@LAWS
@given(data=st.data())
def test_the_referee_says_what_a_plain_judge_says(data):
    instance = data.draw(kv_admission_instances())
    schedule = data.draw(kv_admission_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = judge_plainly(instance, schedule)
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert score.feasible == allowed
    if allowed:
        assert objective_of(instance, schedule) == pytest.approx(value, rel=1e-9, abs=1e-9)


@LAWS
@given(data=st.data())
def test_programs_find_the_optimum_and_take_it_as_a_start(data):
    instance = tiny(data)
    optimum = best_by_enumeration(instance)
    programs = [flow_program(instance)] + ([] if instance.may_break else [start_program(starts_of(kinds_of(instance)))])
    for program in programs:
        found = solve_model(program.linear, Run())
        if optimum == np.inf:
            assert found.status is Status.INFEASIBLE
            continue
        assert found.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
        score = evaluate(instance, schedule := program.schedule(found.x))
        assert score.violations == ()
        assert score.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
        x = program.solution(schedule)
        assert program.linear.violation(x) <= 1e-9
        assert program.linear.objective(x) == pytest.approx(optimum, rel=1e-7, abs=1e-7)


@LAWS
@given(data=st.data(), price=st.sampled_from((0.0, 0.1, 1.0)), seed=st.integers(0, 9))
def test_no_prices_claim_more_than_the_optimum(data, price, seed):
    instance = tiny(data)
    pricing = Pricing(kinds_of(instance))
    if not pricing.possible:
        return
    prices = price * np.random.default_rng(seed).exponential(1.0, len(pricing.limits))
    assert pricing.answer(prices).value <= best_by_enumeration(instance) + 1e-7


@given(instance=kv_admission_instances(breaks=False, plain=True))
def test_the_best_prices_are_worth_the_linear_program(instance):
    bound = best_prices(Pricing(kinds_of(instance)), Run(Budget(iterations=200)), tolerance=1e-7).bound
    relaxed = solve_lp(start_program(starts_of(kinds_of(instance))).linear).objective
    assert bound <= relaxed + 1e-6 * abs(relaxed)
    assert bound == pytest.approx(relaxed, rel=1e-3)


@given(data=st.data())
def test_the_milp_finds_the_optimum_or_that_there_is_none(data):
    instance = tiny(data)
    found, optimum = run("milp", instance, options={"search_iterations": 3}), best_by_enumeration(instance)
    if optimum == np.inf:
        assert found.status is Status.INFEASIBLE
        return
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
    assert evaluate(instance, found.schedule).violations == ()


@given(data=st.data())
def test_a_reason_is_given_where_there_is_no_schedule_and_nowhere_else(data):
    instance = tiny(data)
    reasons = ecoopt.families()["kv_admission"].explain()(instance)
    assert bool(reasons) == (best_by_enumeration(instance) == np.inf)
