"""Laws of shifting on tiny random instances: the referee, the enumeration, single jobs, bounds and models."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.evaluate.shifting import evaluate
from ecoopt.formulations.shifting import explain
from ecoopt.formulations.shifting.dive import dive
from ecoopt.formulations.shifting.exact import lp
from ecoopt.formulations.shifting.lagrangian import lagrangian
from ecoopt.hybrid.shifting.exact import milp
from ecoopt.instances.shifting import ShiftingCosts, ShiftingInstance
from ecoopt.testing.shifting import best_schedule, charge_plainly, shifting_instances, shifting_schedules


@given(shifting_instances(), st.data())
def test_the_referee_agrees_with_charges_written_out_slot_by_slot(
    instance: ShiftingInstance, drawn: st.DataObject
) -> None:
    schedule = drawn.draw(shifting_schedules(instance))
    carbon, allowed = charge_plainly(instance, schedule)
    score = evaluate(instance, schedule)
    assert score.objective == pytest.approx(carbon, rel=1e-12, abs=1e-9)
    assert score.feasible == allowed


@given(shifting_instances())
def test_the_enumerated_optimum_is_what_the_referee_and_the_tables_of_costs_say(instance: ShiftingInstance) -> None:
    best = best_schedule(instance)
    if best is not None:
        score = evaluate(instance, best[1])
        assert score.feasible
        assert score.objective == pytest.approx(best[0], rel=1e-12, abs=1e-9)
        assert ShiftingCosts(instance).objective(best[1]) == pytest.approx(best[0], rel=1e-12, abs=1e-9)
        assert score.objective == pytest.approx(
            np.sum([score.terms[name].value for name in ("operational_g", "embodied_g", "migration_g", "resume_g")]))


@given(shifting_instances(jobs=4, slots=5))
def test_the_integer_program_finds_the_enumerated_optimum_and_bounds_stay_below_it(instance: ShiftingInstance) -> None:
    best = best_schedule(instance)
    exact = milp(instance, Run(), seed=0, start=None)
    priced = lagrangian(instance, Run(Budget(iterations=30)), seed=0, start=None)
    if best is None:
        assert exact.status is Status.INFEASIBLE
        assert priced.schedule is None
        assert priced.bound is None or priced.bound <= ShiftingCosts(instance).dearest_g
        assert explain(instance)
        return
    assert not explain(instance)
    close = pytest.approx(best[0], rel=1e-6, abs=1e-6)
    assert exact.objective == close
    assert evaluate(instance, exact.schedule).objective == close
    assert evaluate(instance, exact.schedule).feasible
    assert lp(instance, Run(), seed=0, start=None).bound <= best[0] + 1e-6 * (1 + best[0])
    assert priced.bound <= best[0] * (1 + 1e-12)
    assert priced.status is not Status.INFEASIBLE
    dived = dive(instance, Run(), seed=0, start=None)
    assert dived.bound <= best[0] + 1e-6 * (1 + best[0])
    assert dived.schedule is not None
    for schedule in (priced.schedule, dived.schedule):
        if schedule is not None:
            score = evaluate(instance, schedule)
            assert score.feasible
            assert score.objective >= best[0] * (1 - 1e-12) - 1e-9
