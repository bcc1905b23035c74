"""Laws of shifting on tiny random instances: the referee, the enumeration, single jobs, bounds and models."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.evaluate.shifting import evaluate
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
