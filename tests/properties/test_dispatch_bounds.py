"""Laws of the exact side of dispatch: bound >= optimum, program and beams find it, time turned is the same time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.evaluate.dispatch import evaluate
from ecoopt.formulations.dispatch.columns import columns_of
from ecoopt.formulations.dispatch.relaxation import Priced, prove
from ecoopt.formulations.dispatch.time_indexed import program_of
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.instances.dispatch.prices import bound_of, paid_of, profits_of
from ecoopt.instances.dispatch.timeline import timeline_of
from ecoopt.testing.dispatch import best_by_enumeration, dispatch_instances


def run(method, instance, **arguments):
    return ecoopt.families()["dispatch"].methods[method].run(instance, **arguments)


def priced(data, instance):
    """Draw prices of any size on cells of any length; None where nobody can be on time."""
    line = timeline_of(instance, data.draw(st.integers(1, 7)))
    if line is None:
        return None
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    return Priced(line, rng.exponential(data.draw(st.sampled_from((0.0, 0.1, 1.0))), (len(line.counts), line.cells)))


@given(data=st.data())
def test_any_prices_give_a_bound_and_it_is_the_same_with_time_turned(data):
    instance = data.draw(dispatch_instances())
    found = priced(data, instance)
    if found is None:
        assert best_by_enumeration(instance) == 0
        return
    values = []
    for way in (found, found.backwards(), found.backwards().backwards()):
        paid = paid_of(way.price)
        values.append(bound_of(way.line, paid, profits_of(way.line, paid)))
    assert values[0] >= best_by_enumeration(instance)
    assert values[1:] == pytest.approx([values[0]] * 2, rel=1e-12)


@given(data=st.data())
def test_a_query_pays_least_at_some_column_of_the_program(data):
    found = priced(data, data.draw(dispatch_instances()))
    if found is None:
        return
    line, paid = found.line, paid_of(found.price)
    profits, columns = profits_of(line, paid), columns_of(line)
    loss = columns.loss(line, paid, profits)
    least = np.minimum.reduceat(loss, columns.first[:-1])
    assert least == pytest.approx(np.where(profits > 0, 0.0, np.maximum(least, 0.0)), abs=1e-9)
    for q in range(len(line.query)):
        own = slice(columns.first[q], columns.first[q + 1])
        for k in set(columns.kind[own].tolist()):
            begins = columns.begin[own][columns.kind[own] == k]
            assert begins[0] == line.arrival[q]
            assert begins[-1] == line.arrival[q] + line.qos - line.service[q, k]
            assert (np.diff(begins) > 0).all()


@given(data=st.data())
def test_the_interior_point_method_finds_what_the_simplex_method_finds(data):
    instance = data.draw(dispatch_instances(queries=8))
    found = prove(instance, Run(Budget(), sense=Sense.MAX), cells=instance.qos_ticks, tolerance=1e-9)
    if found is None:
        return
    program = program_of(Priced(found.line, np.zeros_like(found.price)), 0.0)
    exact = solve_lp(program.model, Run(Budget(), sense=Sense.MAX)).objective
    paid = paid_of(found.price)
    assert bound_of(found.line, paid, profits_of(found.line, paid)) == pytest.approx(exact, rel=1e-6)


@settings(max_examples=25 * settings.default.max_examples)
@given(instance=dispatch_instances())
def test_the_optimum_is_between_bound_and_beam_which_mostly_meet(instance):
    optimum = best_by_enumeration(instance)
    found = run("beam", instance, budget=Budget(iterations=40))
    score = evaluate(instance, found.schedule)
    assert score.violations == ()
    assert found.objective == score.objective
    assert score.objective <= optimum <= found.bound + 1e-9
    if found.status is Status.OPTIMAL:
        assert found.objective == optimum


@settings(max_examples=5 * settings.default.max_examples)
@given(data=st.data())
def test_the_program_that_prices_leave_has_the_optimum_if_it_reaches_the_target(data):
    instance = data.draw(dispatch_instances())
    line = timeline_of(instance, 1)
    if line is None:
        return
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    price = rng.exponential(data.draw(st.sampled_from((0.0, 0.02, 0.2))), (len(line.counts), line.cells))
    optimum = best_by_enumeration(instance)
    target = optimum + data.draw(st.integers(-2, 1))
    program = program_of(Priced(line, price), target)
    found = solve_model(program.model, Run(Budget(), sense=Sense.MAX))
    if target > optimum:
        assert found.objective is None or found.objective < target
        return
    assert found.objective == pytest.approx(optimum)
    schedule = line.schedule(instance.queries, program.machines(found.x))
    score = evaluate(instance, schedule)
    assert score.violations == ()
    assert score.objective == pytest.approx(optimum)


@settings(max_examples=3 * settings.default.max_examples)
@given(instance=dispatch_instances(), width=st.sampled_from((1, 20)))
def test_milp_finds_the_optimum(instance, width):
    found = run("milp", instance, options={"width": width, "patience": 1, "cells": instance.qos_ticks})
    assert found.objective == best_by_enumeration(instance)
    assert found.status is Status.OPTIMAL
    assert evaluate(instance, found.schedule).objective == found.objective


@pytest.mark.parametrize("method", ["bound", "beam", "milp"])
@given(instance=dispatch_instances(), iterations=st.integers(0, 5))
def test_no_method_is_worse_than_its_start_or_claims_too_low_a_bound(method, instance, iterations):
    start = run("greedy", instance).schedule
    found = run(method, instance, start=start, budget=Budget(iterations=iterations))
    assert found.iterations <= iterations
    assert found.objective >= evaluate(instance, start).objective
    assert found.bound is None or found.bound >= best_by_enumeration(instance) - 1e-9
