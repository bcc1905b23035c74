"""Thresholds: what the generator promises, what the schema refuses, and what oversubscription is worth."""

import numpy as np
import pytest
from pydantic import ValidationError

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.status import Status
from ecoopt.instances.power_cap_thresholds import generate
from ecoopt.instances.power_cap_thresholds.tables import tables_of


def test_a_hundred_scenarios_with_ten_levels_are_solved_and_the_relaxation_is_all_but_integral():
    instance = generate(least_added=6, most_added=8, step_s=1800, seed=0)
    exact, relaxed = ecoopt.solve(instance, "milp"), ecoopt.solve(instance, "lp")
    assert exact.status is Status.OPTIMAL
    assert exact.objective == pytest.approx(ecoopt.solve(instance, "enumeration").objective, rel=1e-9)
    assert relaxed.bound == pytest.approx(exact.objective, rel=0.02)


def test_nobody_is_slowed_down_where_power_suffices():
    instance = generate(scenarios=5, most_added=0, step_s=3600, seed=1)
    found = ecoopt.solve(instance, "enumeration")
    assert found.objective == 0
    assert not found.schedule.level.any()


def test_choices_are_in_order_and_full_speed_is_the_first():
    tables = tables_of(generate(scenarios=2, levels=4, most_added=0, step_s=7200, seed=1))
    assert (np.diff(tables.choice, axis=1) <= 0).all()
    assert not tables.choice[0].any()
    assert (tables.choice[-1] == tables.instance.levels - 1).all()
    assert len(tables.choice) == 10


def test_every_wrong_argument_and_field_is_named():
    with pytest.raises(InputError) as caught:
        generate(servers=0, levels=0, curve="toaster", step_s=7000, trip_share=1.0)
    named = {problem.field for problem in caught.value.problems}
    assert named == {"servers", "levels", "curve", "step_s", "trip_share"}
    instance = generate(scenarios=2, step_s=7200, seed=1)
    with pytest.raises(ValidationError) as refused:
        instance.replace(share=np.array([0.5, 0.6]), thresholds=np.array([0.9, 0.8]), most_added=0, least_added=1)
    assert all(part in str(refused.value) for part in ("adds up to 1.1", "do not increase", "above most_added"))
