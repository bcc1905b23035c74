"""The integer programs of keep-alive: exact, sparse, and translated to schedules and back without loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.run import Run
from ecoopt.evaluate import evaluate
from ecoopt.formulations.highs import LinearModel, hand_over, solve_lp, solve_model
from ecoopt.formulations.keepalive.gap_model import GapModel, gap_model
from ecoopt.formulations.keepalive.occupancy import Waits, capacity_rows, memory_rows
from ecoopt.formulations.keepalive.persistent_model import PersistentModel, persistent_model
from ecoopt.heuristics.keepalive.packing import Packing
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.gap_pools import pool_gaps
from ecoopt.instances.keepalive.plans import kept_from_schedule, schedule_from_pools
from ecoopt.testing.keepalive import enumerate_optimum, keepalive_instances, keepalive_schedules

Source = GapModel | PersistentModel
HALF = settings(max_examples=settings().max_examples // 2)


def model_of(instance: KeepAliveInstance) -> Source:
    return gap_model(pool_gaps(instance)) if instance.containers == "release" else persistent_model(instance)


def arrays_of(source: Source) -> LinearModel:
    return hand_over(source.model).model


def schedule_of(source: Source, x: np.ndarray) -> KeepAliveSchedule:
    if isinstance(source, GapModel):
        return schedule_from_pools(source.pools, source.kept(x))
    return source.schedule(x)


def solution_of(source: Source, schedule: KeepAliveSchedule) -> np.ndarray:
    if isinstance(source, GapModel):
        return source.solution(kept_from_schedule(source.pools, schedule))
    return source.solution(schedule)


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-7, abs=1e-7)


@given(keepalive_instances(schedules=2_000))
def test_the_relaxation_is_below_the_program_and_the_program_is_the_enumerated_optimum(
    instance: KeepAliveInstance
) -> None:
    optimum, _ = enumerate_optimum(instance)
    source = model_of(instance)
    linear = arrays_of(source)
    relaxed, found = solve_lp(linear), solve_model(linear, Run())
    assert found.objective is not None
    assert found.x is not None
    assert relaxed.bound is not None
    assert found.objective == close(optimum)
    assert relaxed.bound <= optimum + 1e-7 * max(1.0, abs(optimum))
    score = evaluate(instance, schedule_of(source, found.x))
    assert score.feasible
    assert score.objective == close(optimum)


@given(keepalive_instances(minutes=12, schedules=10**9))
@HALF
def test_running_sums_leave_the_relaxation_as_it_is(instance: KeepAliveInstance) -> None:
    name = "gap_model" if instance.containers == "release" else "persistent_model"
    values = []
    for long_min in (0, 2, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"ecoopt.formulations.keepalive.{name}.LONG_MIN", long_min)
            source = model_of(instance)
        assert (source.memory.levels == 0) or long_min < 10**9
        values.append(solve_lp(arrays_of(source)).bound)
    assert values[0] == close(values[2])
    assert values[1] == close(values[2])


@given(st.data())
def test_a_feasible_schedule_becomes_a_feasible_solution_that_is_no_worse_and_comes_back(data: st.DataObject) -> None:
    instance = data.draw(keepalive_instances(minutes=12, calls=4, schedules=10**9))
    schedule = data.draw(keepalive_schedules(instance, feasible=True))
    source = model_of(instance)
    linear, objective = arrays_of(source), evaluate(instance, schedule).objective
    x = solution_of(source, schedule)
    assert x.shape == (linear.columns,)
    assert linear.violation(x) <= 1e-9
    assert linear.objective(x) <= objective + 1e-9 * max(1.0, abs(objective))
    back = schedule_of(source, x)
    score = evaluate(instance, back)
    assert score.feasible
    assert score.objective == close(linear.objective(x))
    again = solution_of(source, back)
    assert linear.violation(again) <= 1e-9
    assert linear.objective(again) == close(linear.objective(x))


@given(keepalive_instances(minutes=40, calls=4, schedules=10**12, containers="persist"))
@HALF
def test_containers_that_no_call_needs_do_not_spoil_a_start(instance: KeepAliveInstance) -> None:
    hoard = ecoopt.solve(instance, "fixed")
    assert isinstance(hoard.schedule, KeepAliveSchedule)
    assert hoard.score is not None
    source = model_of(instance)
    linear, x = arrays_of(source), solution_of(source, hoard.schedule)
    assert linear.violation(x) <= 1e-9
    assert linear.objective(x) <= hoard.score.objective + 1e-9 * max(1.0, abs(hoard.score.objective))


@pytest.mark.parametrize("relocation", [True, False])
def test_plans_in_which_many_containers_wait_past_calls_are_solutions_that_are_no_worse(relocation: bool) -> None:
    instance = ecoopt.generate("keepalive", functions=12, hours=1, seed=3, memory=0.5, heavy_share=0.3,
                               containers="persist", relocation=relocation)
    source, pools = model_of(instance), pool_gaps(instance)
    linear = arrays_of(source)
    pool, generation = np.nonzero(pools.delta < 0)
    for seed in range(4):
        rng, packing = np.random.default_rng(seed), Packing.empty(pools)
        order = rng.permutation(len(pool))
        packing.insert(pool[order], generation[order], rng.integers(0, 4, len(pool)))
        schedule = schedule_from_pools(pools, packing.kept)
        assert schedule.fresh is not None
        x = solution_of(source, schedule)
        assert linear.violation(x) <= 1e-9
        assert linear.objective(x) <= packing.objective * (1 + 1e-9)
        score = evaluate(instance, schedule_of(source, x))
        assert score.feasible
        assert score.objective == pytest.approx(linear.objective(x), rel=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_memory_rows_hold_exactly_where_every_minute_holds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    horizon, capacity = 12, np.array([3.0, 5.0])
    start = rng.integers(0, horizon - 1, 8)
    end = np.minimum(start + rng.integers(1, 9, 8), horizon)
    waits = Waits(start, end, rng.integers(0, 2, 8), rng.integers(0, 3, 8), rng.uniform(0.4, 2.0, 8),
                  rng.integers(1, 4, 8))
    memory = memory_rows(waits, capacity, horizon, 3)
    for _ in range(20):
        wait = rng.integers(0, waits.most + 1).astype(float)
        load = np.zeros((2, horizon))
        for v in range(8):
            load[waits.generation[v], start[v]: end[v]] += waits.memory_gb[v] * wait[v]
        values = np.concatenate([wait, memory.long_levels(wait)]).tolist()
        rows = [sum(c * x for c, x in zip(*memory.direct.terms(r, values[:8], values[8:]), strict=True))
                for r in range(memory.direct.rows)]
        assert rows == pytest.approx(load[memory.generation, memory.minute])
        sums = [sum(c * x for c, x in zip(*memory.running.terms(r, values[:8], values[8:]), strict=True))
                for r in range(memory.running.rows)]
        assert sums == pytest.approx([0.0] * memory.running.rows, abs=1e-12)
        fits = all(row <= right + 1e-9 for row, right in zip(rows, memory.direct.right, strict=True))
        assert fits == (load <= capacity[:, None] + 1e-9).all()
    for number, row in enumerate(capacity_rows(waits, memory, horizon)):
        s, m = memory.generation[number], memory.minute[number]
        inside = (waits.generation == s) & (start <= m) & (end > m)
        assert sorted(row.columns.tolist()) == np.flatnonzero(inside).tolist()
        assert (row.kind == waits.kind[row.columns]).all()


@pytest.fixture(scope="module")
def crowd() -> KeepAliveInstance:
    """Three hundred functions, memory for half of what could be kept."""
    instance = ecoopt.generate("keepalive", functions=300, hours=2, seed=1, memory=0.3)
    assert isinstance(instance, KeepAliveInstance)
    return instance


@pytest.mark.parametrize("containers", ["release", "persist"])
def test_a_model_has_at_most_six_nonzeros_per_wait_however_long_the_waits(
    crowd: KeepAliveInstance, containers: str
) -> None:
    source = model_of(crowd.replace(containers=containers))
    linear, waits = arrays_of(source), len(source.waits.most)
    per_wait = np.diff(linear.matrix.tocsc().indptr)[:waits]
    assert source.memory.levels > 100
    assert (source.waits.end_min - source.waits.start_min).max() > 10
    if containers == "release":
        assert per_wait.max() <= 5
        assert linear.matrix.nnz <= 6 * waits
    else:
        # each wait also enters the flow of its function: useful, left here, left at the next call, waited
        assert per_wait.max() <= 4 + 4
        assert linear.matrix.nnz <= 10 * waits


def test_columns_belong_to_minutes_of_the_horizon(crowd: KeepAliveInstance) -> None:
    for changes in ({}, {"containers": "persist"}, {"containers": "persist", "relocation": False}):
        source = model_of(crowd.replace(**changes))
        begin, end = source.column_minutes()
        assert len(begin) == len(end) == len(list(source.model.component_data_objects(ctype=source.model.wait.ctype)))
        assert (begin >= 0).all()
        assert (end > begin).all()
        assert end.max() <= crowd.invocations.horizon_min
