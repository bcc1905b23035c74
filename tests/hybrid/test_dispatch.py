"""The clairvoyant methods of dispatch: proven optima at the load of KAIROS's study, good schedules of long streams."""

import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.formulations.dispatch.relaxation import prove
from ecoopt.formulations.dispatch.time_indexed import program_of
from ecoopt.formulations.highs import solve_model


@pytest.mark.parametrize("seed", [0, 3])
def test_milp_proves_the_optimum_of_the_clairvoyant_study(seed):
    instance = ecoopt.generate("dispatch", queries=150, rate_per_s=140, tick_ms=10, seed=seed)
    found = ecoopt.solve(instance, "milp", time_limit=300)
    assert found.status is Status.OPTIMAL
    assert found.objective == {0: 148, 3: 147}[seed]


def test_beams_find_what_the_program_finds():
    instance = ecoopt.generate("dispatch", queries=60, rate_per_s=160, tick_ms=10, important=0.3, seed=4)
    found = ecoopt.solve(instance, "beam", iterations=100)
    priced = prove(instance, Run(Budget(), sense=Sense.MAX))
    program = solve_model(program_of(priced, 0.0).model, Run(Budget(seconds=120), sense=Sense.MAX))
    assert found.objective == program.objective == program.bound == found.bound


def test_a_wide_beam_proves_itself_where_no_price_does():
    instance = ecoopt.generate("dispatch", queries=14, counts=(1, 0, 1, 0), rate_per_s=25, tick_ms=10, seed=1)
    found = ecoopt.solve(instance, "beam", options={"width": 5000, "cells": 1})
    assert found.status is Status.OPTIMAL
    assert found.objective == ecoopt.solve(instance, "milp").objective


@pytest.mark.parametrize("tick_ms", [10, 0.01])
def test_a_stream_at_full_load_is_within_one_per_cent_of_its_bound(tick_ms):
    instance = ecoopt.generate("dispatch", queries=400, rate_per_s=140, tick_ms=tick_ms, seed=0)
    found = ecoopt.solve(instance, "beam", iterations=70)
    assert found.score.feasible
    assert found.bound <= 1.01 * found.objective
