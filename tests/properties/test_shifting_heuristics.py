"""Laws of shifting's fast side on tiny random instances: feasible, honest, repeatable, and blind to what is to come."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.method import Kind
from ecoopt.evaluate.shifting import evaluate
from ecoopt.heuristics.shifting import METHODS
from ecoopt.hybrid.shifting import METHODS as HYBRID
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.shifting import ShiftingInstance
from ecoopt.instances.shifting.generate import generate
from ecoopt.testing.shifting import best_schedule, shifting_instances

BY_NAME = {method.name: method for method in (*METHODS, *HYBRID)}
ONLINE = sorted(name for name, method in BY_NAME.items() if method.kind is Kind.ONLINE)
FEWER = settings(max_examples=max(settings.default.max_examples // 3, 1))


@given(instance=shifting_instances(), data=st.data())
def test_a_heuristic_is_feasible_honest_repeatable_and_no_better_than_the_optimum(
    instance: ShiftingInstance, data: st.DataObject
) -> None:
    method = BY_NAME[data.draw(st.sampled_from(sorted(BY_NAME)))]
    budget = Budget(iterations=data.draw(st.sampled_from((1, 2, 7))))
    found = method.run(instance, budget=budget, seed=3)
    again = method.run(instance, budget=budget, seed=3)
    assert found.iterations <= budget.iterations
    assert (found.schedule is None) == (again.schedule is None)
    if found.schedule is None:
        return
    score = evaluate(instance, found.schedule)
    assert score.feasible
    assert found.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    assert found.schedule.digest == again.schedule.digest
    best = best_schedule(instance)
    assert best is not None
    assert found.objective >= best[0] - 1e-9 * (1 + best[0])


@given(instance=shifting_instances(), data=st.data())
def test_a_heuristic_is_never_worse_than_its_start(instance: ShiftingInstance, data: st.DataObject) -> None:
    best = best_schedule(instance)
    if best is not None:
        method = BY_NAME[data.draw(st.sampled_from(sorted(BY_NAME)))]
        found = method.run(instance, budget=Budget(iterations=2), start=best[1])
        assert found.objective == pytest.approx(best[0], rel=1e-9, abs=1e-9)


@given(instance=shifting_instances(jobs=4))
def test_ejections_find_a_place_for_every_job_of_tiny_instances(
    instance: ShiftingInstance
) -> None:
    found = BY_NAME["annealing"].run(instance, budget=Budget(iterations=10))
    assert (found.schedule is None) == (best_schedule(instance) is None)


@FEWER
@given(instance=shifting_instances(jobs=6, slots=8), data=st.data())
@pytest.mark.parametrize("name", ONLINE)
def test_decisions_do_not_depend_on_the_future(name: str, instance: ShiftingInstance, data: st.DataObject) -> None:
    now = data.draw(st.integers(0, instance.slots - 1), label="last slot in common")
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    options = {} if name == "fcfs-home" else data.draw(st.sampled_from(
        ({"forecast": "persistence"}, {"lookahead_h": 1}, {"forecast": "persistence", "haste": 0.0})))
    known = now + (options["lookahead_h"] * 3600 // instance.slot_s if "lookahead_h" in options else 0)
    later = instance.release_slot > now
    length = np.where(later, 1, instance.length_slots)
    other = instance.replace(
        regions=tuple(region.model_copy(update={"carbon": _other_later(region.carbon, known, rng)})
                      for region in instance.regions),
        length_slots=length, gpus=np.where(later, 1, instance.gpus),
        power_kw=np.where(later, 9.0, instance.power_kw), home=np.where(later, 0, instance.home))
    decided = []
    for one in (instance, other):
        found = BY_NAME[name].run(one, seed=1, options=options)
        if found.schedule is None:
            return
        schedule = found.schedule
        job = np.repeat(np.arange(one.jobs), np.diff(schedule.run_offsets))
        decided.append([
            (j, schedule.region[j], start, min(start + size, now + 1) if one.interruptible[j] else start + size)
            for j, start, size in zip(job, schedule.run_start, schedule.run_length, strict=True) if start <= now])
    assert decided[0] == decided[1]


def test_the_integer_program_begins_with_a_schedule_of_annealing_and_a_dive() -> None:
    instance = generate(jobs=60, hours=24, seed=1)
    found = BY_NAME["milp"].run(instance, budget=Budget(seconds=1.0))
    assert found.objective <= BY_NAME["list-greedy"].run(instance).objective
    assert found.bound <= found.objective


def _other_later(carbon: CarbonTrace, known: int, rng: np.random.Generator) -> CarbonTrace:
    """Return a trace that is another one after a slot."""
    intensity = carbon.intensity_g_per_kwh.copy()
    intensity[known + 1:] = rng.uniform(0, 900, max(len(intensity) - known - 1, 0))
    return carbon.replace(intensity_g_per_kwh=intensity)
