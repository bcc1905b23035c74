"""Laws of the pool's programs: they find what enumeration finds, and the referee agrees."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.evaluate.pool import evaluate
from ecoopt.formulations.pool import explain
from ecoopt.formulations.pool.cutting import frontiers_of
from ecoopt.formulations.pool.exact import by_rounds
from ecoopt.hybrid.pool import exact as hybrid
from ecoopt.instances.pool import PoolInstance
from ecoopt.instances.pool.routing import route
from ecoopt.instances.pool.terms import terms_of
from ecoopt.testing.pool import best_by_enumeration, pool_instances

EXACT = ("milp", "benders", "fluid")


def agreed(found: float, best: float) -> bool:
    """Return whether an objective is the best one."""
    return abs(found - best) <= 1e-6 * max(1.0, abs(best))


@given(instance=pool_instances(), method=st.sampled_from(EXACT))
def test_a_program_finds_what_enumeration_finds(instance: PoolInstance, method: str) -> None:
    best = best_by_enumeration(instance)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hybrid, "SMALL", 0)  # taken apart, however small
        result = ecoopt.solve(instance, method, seed=0)
    if best == -math.inf:
        assert result.status is Status.INFEASIBLE
        assert explain(instance)
        return
    assert result.status is Status.OPTIMAL
    assert result.score is not None
    assert not result.score.violations
    assert agreed(result.score.objective, best)
    assert not explain(instance)


@given(instance=pool_instances())
def test_the_relaxation_is_no_less_than_the_optimum_and_the_greedy_no_more(instance: PoolInstance) -> None:
    best = best_by_enumeration(instance)
    relaxed, greedy = ecoopt.solve(instance, "lp", seed=0), ecoopt.solve(instance, "greedy", seed=0)
    if best > -math.inf:
        assert relaxed.bound is not None
        assert relaxed.bound >= best - 1e-6 * max(1.0, abs(best))
    if greedy.score is not None and not greedy.score.violations:
        assert greedy.score.objective <= best + 1e-6 * max(1.0, abs(best))


@given(instance=pool_instances(), data=st.data())
def test_prices_of_routing_bound_what_any_machines_serve(instance: PoolInstance, data: st.DataObject) -> None:
    if instance.trials is not None:
        return
    terms = terms_of(instance)
    frontiers = frontiers_of(terms)
    draw = np.array([[data.draw(st.integers(0, int(most))) for most in instance.max_count] for _ in range(2)])
    for m, frontier in enumerate(frontiers):
        here, there = (terms.capacity(m, count) for count in draw)
        frontier.cut_off(here, 1e6, 0.0, 1e-9)
        served = route(frontier.work, there).rate_per_s
        for row in frontier.rate_rows:
            assert served <= float(row @ there) * (1 + 1e-7) + 1e-9


@given(instance=pool_instances())
def test_rounds_from_the_optimum_stay_there(instance: PoolInstance) -> None:
    if instance.trials is not None:
        return
    terms, first = terms_of(instance), ecoopt.solve(instance, "benders", seed=0)
    if first.schedule is None:
        return
    known = first.schedule.machines(*terms.demand.shape, len(instance.types))
    run = Run(sense=Sense.MAX)
    terms.offer_schedule(run, first.schedule)
    again = by_rounds(terms, frontiers_of(terms), run, known, 0, 1)
    assert again.objective is not None
    assert agreed(again.objective, first.objective)
    assert agreed(evaluate(instance, again.schedule).objective, first.objective)
