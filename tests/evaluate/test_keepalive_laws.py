"""Laws of the keep-alive referee on random instances and schedules."""

from datetime import datetime, timedelta
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.evaluate import evaluate
from ecoopt.evaluate.keepalive import rules
from ecoopt.instances.keepalive import KeepAliveSchedule
from ecoopt.testing.keepalive import keepalive_instances, keepalive_schedules, replay_plainly

SUMS = ("service_time_s", "carbon_g", "execution_carbon_g", "keep_carbon_g", "operational_carbon_g",
        "embodied_carbon_g", "calls", "warm_calls", "keep_container_min", "objective")


def values(score):
    return {name: term.value for name, term in score.terms.items()} | {"objective": score.objective}


@st.composite
def scored(draw, feasible=False, **wishes):
    instance = draw(keepalive_instances(**wishes))
    return instance, draw(keepalive_schedules(instance, feasible=feasible))


def fresh_of(schedule, cells):
    return None if schedule.fresh is None else schedule.fresh[cells]


def told(score, *kinds):
    return fsum(v.by for v in score.violations if v.what in kinds)


@given(scored())
def test_the_replay_equals_a_plain_loop_over_minutes_and_single_containers(case):
    instance, schedule = case
    score, plain = evaluate(instance, schedule), replay_plainly(instance, schedule)
    execution, keep = ([fsum(part) for part in zip(*grams, strict=True)] or [0, 0]
                       for grams in (plain.execution_g, plain.keep_g))
    expected = {
        "objective": plain.objective, "service_time_s": fsum(plain.service_s), "execution_carbon_g": sum(execution),
        "keep_carbon_g": sum(keep), "embodied_carbon_g": execution[0] + keep[0],
        "operational_carbon_g": execution[1] + keep[1], "warm_calls": plain.warm_calls,
        "keep_container_min": plain.container_min}
    expected |= {f"peak_memory_gb_gen{s}": max(used) for s, used in enumerate(plain.used_gb)}
    found = values(score)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12, abs=0)

    assert told(score, rules.NOT_RUN, rules.RUN_TWICE) == plain.calls_off
    assert told(score, rules.NO_SUPPLY) == plain.containers_short
    rows = (rules.UNKNOWN_CELL, rules.UNKNOWN_GENERATION, rules.NO_CONTAINER, rules.TOO_SHORT, rules.TOO_LONG)
    assert sum(v.what in rows for v in score.violations) == plain.rows_broken
    pools = instance.pool_memory_gb.tolist()
    for s, (used, pool) in enumerate(zip(plain.used_gb, pools, strict=True)):
        overflows = [v for v in score.violations if v.what == rules.NO_MEMORY]
        worst = [v.by for v in overflows if v.where.startswith(f"generation gen{s},")]
        over = max(used) - pool
        assert bool(worst) == (over > 1e-9 * max(1, pool))
        assert not worst or max(worst) == pytest.approx(over, rel=1e-9)


@given(scored(feasible=True))
def test_schedules_drawn_as_feasible_are(case):
    assert evaluate(*case).violations == ()


@given(scored(), st.sampled_from((0.0, 0.5, 3.0)))
def test_scaling_the_intensity_scales_operational_carbon_and_nothing_else(case, factor):
    instance, schedule = case
    before = values(evaluate(instance, schedule))
    after = values(evaluate(instance.replace(carbon=instance.carbon.scaled(factor)), schedule))
    assert after["operational_carbon_g"] == pytest.approx(factor * before["operational_carbon_g"], rel=1e-12)
    for name in ("embodied_carbon_g", "service_time_s", "warm_calls", "keep_container_min"):
        assert after[name] == before[name]


@given(scored(), st.randoms(use_true_random=False))
def test_the_order_of_functions_and_of_rows_shows_in_no_bit_of_the_score(case, random):
    instance, schedule = case
    calls = instance.invocations
    order = random.sample(range(calls.functions), calls.functions)
    cells = np.concatenate([np.arange(calls.offsets[f], calls.offsets[f + 1]) for f in order])
    renumbered = np.append(np.argsort(cells), [calls.cells, calls.cells + 1])
    rows = random.sample(range(len(schedule.keep_cell)), len(schedule.keep_cell))
    cell = schedule.keep_cell[rows]
    shuffled_schedule = KeepAliveSchedule(
        runs=schedule.runs[cells], fresh=fresh_of(schedule, cells), keep_cell=renumbered[cell],
        keep_generation=schedule.keep_generation[rows], keep_containers=schedule.keep_containers[rows],
        keep_min=schedule.keep_min[rows])
    shuffled = instance.replace(
        invocations=calls.select(order), function_profile=instance.function_profile[order], history=None,
        function_names=None)
    one, other = evaluate(instance, schedule), evaluate(shuffled, shuffled_schedule)
    assert values(one) == values(other)
    assert sorted((v.what, v.by) for v in one.violations) == sorted((v.what, v.by) for v in other.violations)


@given(scored(), st.sampled_from((1.0, 1.5, 1e9)))
def test_more_memory_only_takes_violations_away(case, factor):
    instance, schedule = case
    before = evaluate(instance, schedule)
    after = evaluate(instance.replace(pool_memory_gb=instance.pool_memory_gb * factor), schedule)
    assert values(before) == values(after)
    others = [v for v in before.violations if v.what != rules.NO_MEMORY]
    assert [v for v in after.violations if v.what != rules.NO_MEMORY] == others
    assert told(after, rules.NO_MEMORY) <= told(before, rules.NO_MEMORY)
    if factor == 1e9:
        assert after.violations == tuple(others)


@given(scored(accounting="physical"), st.data())
def test_a_trace_split_where_nothing_waits_adds_up(case, data):
    instance, schedule = case
    calls = instance.invocations
    split = data.draw(st.integers(1, max(1, calls.horizon_min - 1)))
    if split >= calls.horizon_min:
        return
    known = schedule.keep_cell < calls.cells
    start = np.where(known, calls.minutes[np.where(known, schedule.keep_cell, 0)] if calls.cells else 0, split)
    crosses = (start < split) & (schedule.keep_min >= split - start)
    kept = np.flatnonzero(known & ~crosses)

    def part(inside, rows, **changes):
        renumbered = np.cumsum(inside) - 1
        return evaluate(instance.replace(history=None, **changes), KeepAliveSchedule(
            runs=schedule.runs[inside], fresh=fresh_of(schedule, inside),
            keep_cell=renumbered[schedule.keep_cell[rows]], keep_generation=schedule.keep_generation[rows],
            keep_containers=schedule.keep_containers[rows], keep_min=schedule.keep_min[rows]))

    first_half = calls.minutes < split
    noon = datetime.fromisoformat(instance.start_utc) + timedelta(minutes=split)
    whole = part(np.ones(calls.cells, dtype=bool), kept)
    parts = (
        part(first_half, kept[start[kept] < split], invocations=calls.window(0, split)),
        part(~first_half, kept[start[kept] >= split], invocations=calls.window(split, calls.horizon_min),
             start_utc=noon.strftime("%Y-%m-%dT%H:%M:%SZ")))
    one, two = map(values, parts)
    for name in SUMS:
        assert values(whole)[name] == pytest.approx(one[name] + two[name], rel=1e-12)
    for s in range(len(instance.generations)):
        peak = f"peak_memory_gb_gen{s}"
        assert values(whole)[peak] == max(one[peak], two[peak])
    for kind in (rules.NOT_RUN, rules.RUN_TWICE, rules.NO_SUPPLY, rules.TOO_LONG):
        assert told(whole, kind) == told(parts[0], kind) + told(parts[1], kind)


@given(scored())
def test_a_score_is_the_same_to_the_last_bit_every_time(case):
    assert evaluate(*case).model_dump_json() == evaluate(*case).model_dump_json()
