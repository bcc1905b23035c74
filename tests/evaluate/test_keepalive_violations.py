"""The keep-alive referee names every broken rule, where and by how much, and refuses what is no schedule."""

import ast
from pathlib import Path

import numpy as np
import pytest

import ecoopt.evaluate
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.evaluate import evaluate
from ecoopt.registry import BUILTIN


def told(score):
    return [(v.what, v.where, v.by, v.unit) for v in score.violations]


def test_calls_that_do_not_run_and_runs_without_a_call_are_told(cases):
    instance = cases.instance([[3, 2], [0, 1]], function_names=("resize", "mail"))
    assert told(evaluate(instance, cases.schedule([[1], [5], [1]]))) == [
        ("calls are not run", "function 0 (resize), minute 0", 2, "calls"),
        ("more runs than calls", "function 0 (resize), minute 1", 3, "calls")]


def test_rows_of_keeps_that_make_no_sense_are_told(cases):
    instance = cases.instance([[9]], boxes=2, keep_alive_menu_min=[0, 5])
    keeps = [(7, 0, 1, 1), (0, 4, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0), (0, 1, 1, 9), (0, 1, 1, 5)]
    score = evaluate(instance, cases.schedule([[9, 0]], keeps))
    assert told(score) == [
        ("a keep follows an unknown cell", "keep row 0: cell 7, there are 1 from 0", 7, "cells"),
        ("a keep is on an unknown generation",
         "keep row 1 (function 0, minute 0): generation 4, there are 2 from 0", 3, "generations"),
        ("a keep holds no container", "keep row 2 (function 0, minute 0)", 1, "containers"),
        ("a keep is shorter than a minute", "keep row 3 (function 0, minute 0)", 1, "min"),
        ("a keep is longer than the longest keep-alive time",
         "keep row 4 (function 0, minute 0): 9 min, the longest is 5", 4, "min")]


def test_released_containers_cannot_be_kept_again(cases):
    instance = cases.instance([[3, 1]], boxes=2)
    score = evaluate(instance, cases.schedule([[3, 0], [1, 0]], [(0, 0, 3, 1), (1, 0, 2, 1), (1, 1, 1, 1)]))
    assert told(score) == [("more containers are kept than there are", "function 0, minute 1", 2, "containers")]


def test_idle_containers_that_persist_can_be_kept_where_they_are(cases):
    instance = cases.instance([[3, 1]], boxes=2, containers="persist")
    runs, first = [[3, 0], [1, 0]], (0, 0, 3, 1)
    assert evaluate(instance, cases.schedule(runs, [first, (1, 0, 3, 1)])).feasible
    assert evaluate(instance, cases.schedule(runs, [first, (1, 0, 2, 1), (1, 1, 1, 1)])).feasible
    moved = evaluate(instance, cases.schedule(runs, [first, (1, 0, 1, 1), (1, 1, 2, 1)]))
    assert told(moved) == [("more containers are kept than there are", "function 0, minute 1", 1, "containers")]


def test_each_idle_container_stays_on_its_own_generation_even_where_totals_would_allow_more(cases):
    instance = cases.instance([[2, 2]], boxes=3, containers="persist")
    runs, first = [[0, 0, 2], [2, 0, 0]], (0, 2, 2, 1)
    score = evaluate(instance, cases.schedule(runs, [first, (1, 0, 2, 1), (1, 1, 2, 1)]))
    assert told(score) == [("more containers are kept than there are", "function 0, minute 1", 2, "containers")]


def test_without_relocation_containers_stay_where_they_ran_or_waited(cases):
    instance = cases.instance([[3, 2]], boxes=2, containers="persist", relocation=False)
    runs, first = [[3, 0], [1, 1]], (0, 0, 3, 1)
    assert evaluate(instance, cases.schedule(runs, [first, (1, 0, 3, 1), (1, 1, 1, 1)])).feasible
    score = evaluate(instance, cases.schedule(runs, [first, (1, 0, 4, 1), (1, 1, 3, 1)]))
    assert told(score) == [
        ("more containers are kept than there are", "function 0, minute 1, generation box0", 1, "containers"),
        ("more containers are kept than there are", "function 0, minute 1, generation box1", 2, "containers")]


def test_overflowing_memory_is_told_stretch_by_stretch_with_its_worst_minute(cases):
    table = [[2, 0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0]]
    instance = cases.instance(table, boxes=2, pool_memory_gb=[1.5, 9.0])
    keeps = [(0, 0, 2, 4), (2, 0, 1, 2), (3, 0, 1, 1), (1, 0, 1, 2)]
    score = evaluate(instance, cases.schedule([[2, 0], [1, 0], [1, 0], [1, 0]], keeps))
    assert told(score) == [
        ("the warm pool exceeds its memory", "generation box0, minutes 0 to 3, worst at minute 1", 1.5, "GB"),
        ("the warm pool exceeds its memory", "generation box0, minute 5", 0.5, "GB")]
    assert score.terms["peak_memory_gb_box0"].value == 3


def test_memory_filled_to_the_brim_is_no_violation_however_many_containers_came_and_went(cases):
    rng = np.random.default_rng(7)
    minutes, sizes_gb = 400, 0.1 + rng.random(50)
    instance = cases.instance(np.ones((50, minutes), dtype=int))
    profiles = instance.profiles
    tables = {name: np.broadcast_to(getattr(profiles, name), (50, 1)) for name in type(profiles).model_fields
              if name not in ("names", "memory_gb")}
    profiles = profiles.replace(names=[f"p{f}" for f in range(50)], memory_gb=sizes_gb, **tables)
    instance = instance.replace(profiles=profiles, function_profile=np.arange(50), pool_memory_gb=[sizes_gb.sum()])
    cells = np.arange(50 * minutes)
    keeps = np.stack([cells, 0 * cells, 0 * cells + 1, 0 * cells + 1], axis=1)
    schedule = cases.schedule(np.ones((len(cells), 1)), keeps)
    assert evaluate(instance, schedule).feasible
    tight = instance.replace(pool_memory_gb=[sizes_gb.sum() * (1 - 1e-8)])
    overflow, = evaluate(tight, schedule).violations
    assert overflow.where.startswith("generation box0, minutes 0 to 399")


def test_many_violations_of_a_rule_are_told_as_the_worst_hundred_and_a_count(cases):
    counts = np.arange(1, 251)
    instance = cases.instance(counts[None, :])
    violations = evaluate(instance, cases.schedule(np.zeros((250, 1)))).violations
    assert len(violations) == 101
    assert [v.by for v in violations[:100]] == list(range(151, 251))
    assert (violations[100].where, violations[100].by) == ("150 more places", 150)


def test_nonsensical_numbers_are_violations_and_do_not_wrap_around(cases):
    huge = 2**63 - 1
    instance = cases.instance([[1, 0, 1]], containers="persist")
    keeps = [(huge, 0, 1, 1), (0, huge, 1, 1), (0, 0, huge, 2), (0, 0, huge, 2), (1, 0, 1, huge)]
    score = evaluate(instance, cases.schedule([[1], [2**31 - 1]], keeps))
    amounts = {v.what: v.by for v in score.violations}
    assert amounts["a keep follows an unknown cell"] > 9e18
    assert amounts["a keep is on an unknown generation"] > 9e18
    assert amounts["more containers are kept than there are"] > 1.8e19
    assert amounts["the warm pool exceeds its memory"] > 1.8e19
    assert amounts["a keep is longer than the longest keep-alive time"] > 9e18
    assert amounts["more runs than calls"] == 2**31 - 2
    assert np.isfinite(score.objective)


def test_a_schedule_of_another_shape_is_refused(cases):
    instance = cases.instance([[1, 1]], boxes=2)
    for runs in ([[1, 0]], [[1], [1]], [[1, 0, 0], [1, 0, 0]], np.zeros((0, 2))):
        with pytest.raises(InputError, match=r"runs: has shape .*, the instance \[2, 2\]; give one row per"):
            evaluate(instance, cases.schedule(runs))


def test_a_schedule_of_another_family_is_refused(cases):
    class OtherSchedule(Schedule):
        family: str = "other"
        schema_version: int = 1

    class OtherInstance(Instance):
        family: str = "other"
        schema_version: int = 1

    instance, schedule = cases.instance([[1]]), cases.schedule([[1]])
    with pytest.raises(InputError, match="belongs to family 'other', the instance to 'keepalive'"):
        evaluate(instance, OtherSchedule())
    for family in ("other", "exact_sum", "../keepalive", "keepalive.rules"):
        with pytest.raises(InputError, match="has no referee"):
            evaluate(OtherInstance(name="x", family=family), OtherSchedule(family=family))
    with pytest.raises(InputError, match="give a KeepAliveInstance and a KeepAliveSchedule"):
        evaluate(OtherInstance(name="x", family="keepalive"), schedule)
    with pytest.raises(InputError, match="is a dict; give an ecoopt Schedule"):
        evaluate(instance, {"runs": [[1]]})


def test_figures_beyond_what_a_float_holds_are_refused(cases):
    instance = cases.instance([[5, 5]])
    for field in ("warm_s", "cold_start_cpu_j"):
        profiles = instance.profiles.replace(**{field: [[1.5e308]]})
        with pytest.raises(InputError, match="more than a float holds; check the units"):
            evaluate(instance.replace(profiles=profiles), cases.schedule([[5], [5]]))
    heavy = instance.replace(profiles=instance.profiles.replace(memory_gb=[1e308]))
    with pytest.raises(InputError, match="more than a float holds; check the units"):
        evaluate(heavy, cases.schedule([[5], [5]], [(0, 0, 5, 1)]))


@pytest.mark.parametrize("family", [family.name for family in BUILTIN])
def test_the_referee_uses_nothing_that_solvers_compute(family):
    folder = Path(ecoopt.evaluate.__file__).parent / family
    imported = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported.update(name.name for name in node.names)
    ours = {name for name in imported if name.startswith("ecoopt.") and not name.startswith("ecoopt.evaluate")}
    schemas = {name for name in ours if not name.startswith("ecoopt.core.")}
    assert schemas - {"ecoopt.instances.mig"} == {f"ecoopt.instances.{family}"}
