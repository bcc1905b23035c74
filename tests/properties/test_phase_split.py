"""Laws of phase splits on tiny random instances: program = enumeration = referee, bounds below, schedules above."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecoopt.core.status import Status
from ecoopt.evaluate.phase_split import evaluate
from ecoopt.formulations.phase_split import explain
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import PhaseSplitInstance
from ecoopt.instances.phase_split.routing import least_work, route, routed_schedule
from ecoopt.instances.phase_split.tables import split_tables
from ecoopt.registry import method, methods
from ecoopt.testing.phase_split import best_by_referee, phase_split_instances

OTHERS = tuple(name for name in methods("phase_split") if name not in ("milp", "pso"))


@given(phase_split_instances())
def test_program_is_enumeration_and_bounds_and_schedules_lie_around_it(instance: PhaseSplitInstance) -> None:
    best = best_by_referee(instance)
    outcome = method("phase_split", "milp").run(instance)
    if best is None:
        assert outcome.status is Status.INFEASIBLE
        assert explain(instance)
    else:
        assert outcome.status is Status.OPTIMAL
        assert outcome.schedule is not None
        score = evaluate(instance, outcome.schedule)
        assert score.feasible, score.violations
        assert score.objective == pytest.approx(best, rel=1e-7, abs=1e-9)
        assert outcome.objective == pytest.approx(score.objective, rel=1e-12, abs=1e-12)
        assert not explain(instance)
    for name in OTHERS:
        found = method("phase_split", name).run(instance)
        if found.schedule is not None:
            assert best is not None, name
            told = evaluate(instance, found.schedule)
            assert told.feasible, (name, told.violations)
            assert told.objective == pytest.approx(found.objective, rel=1e-12, abs=1e-12), name
            assert told.objective >= best - 1e-7 * abs(best) - 1e-9, name
        if found.bound is not None and best is not None:
            assert found.bound <= best + 1e-9 * abs(best) + 1e-12, name


@given(phase_split_instances(), st.data())
def test_what_cannot_be_routed_has_prices_that_show_it(instance: PhaseSplitInstance, data: st.DataObject) -> None:
    tables = split_tables(instance)
    units = np.array([data.draw(st.integers(0, int(most))) for most in tables.most])
    routed = route(tables, instance.rate_per_s[0], units)
    if routed.share is None:
        capacity = np.where(np.isfinite(tables.capacity(units)), tables.capacity(units), 0.0)
        least = least_work(tables, instance.rate_per_s[0], routed.prices, units > 0)
        assert float((routed.prices * capacity).sum()) < least
    elif Ground(instance).within(units) and instance.periods == 1:
        schedule = routed_schedule(instance, units[None])
        assert schedule is not None
        assert evaluate(instance, schedule).feasible


@given(phase_split_instances())
@settings(max_examples=max(settings.default.max_examples // 4, 1) if settings.default else 5)
def test_no_method_returns_worse_than_its_start(instance: PhaseSplitInstance) -> None:
    start = method("phase_split", "milp").run(instance).schedule
    if start is None:
        return
    best = evaluate(instance, start).objective
    for name in OTHERS:
        found = method("phase_split", name).run(instance, start=start)
        assert found.objective is not None
        assert found.objective <= best + 1e-9 * abs(best)
