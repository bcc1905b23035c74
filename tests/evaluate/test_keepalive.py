"""The keep-alive referee against published figures and figures worked out by hand."""

import numpy as np
import pytest

from ecoopt.evaluate import evaluate
from ecoopt.instances.hardware import generation
from ecoopt.instances.keepalive import FunctionProfiles

# EcoLife (SC'24) artifact v1.0, data/avg_data/*.metal.json and function_mem.csv, Apache-2.0: memory GB, cold start s,
# execution s, cold start J of CPU and DRAM, execution J of CPU and DRAM.
MEASURED = {
    ("video", "i3"): (0.014375765, 3.535113, 3.188245, 182.60455, 61.68557, 209.54795, 74.17795),
    ("video", "m5zn"): (0.014375765, 2.951687, 2.750268, 200.45721, 43.42062, 214.77949, 40.09634),
    ("bfs-1000k", "i3"): (0.070914484, 1.537266, 8.208031, 87.7944, 33.07093, 626.1106, 219.12757),
    ("bfs-1000k", "c5n"): (0.070914484, 2.151187, 7.614743, 124.0248, 18.92725, 757.7487, 99.77158),
    ("dna", "c5"): (0.87816, 5.53152, 12.32903, 275.8829, 47.76405, 1125.9996, 155.48688),
    ("dna", "m5zn"): (0.87816, 6.09654, 11.1889, 303.6999, 68.15469, 1161.9132, 183.75911),
}

# What the artifact's own code gives at 100 g/kWh: cold g, warm g, 10 minutes of keep-alive g, cold s, warm s.
PUBLISHED = {
    ("video", "i3"): (0.012770799, 0.006711185, 0.018933244, 6.723358, 3.188245),
    ("video", "m5zn"): (0.013186951, 0.006763207, 0.024868647, 5.701955, 2.750268),
    ("bfs-1000k", "i3"): (0.022566842, 0.019696523, 0.019781519, 9.745297, 8.208031),
    ("bfs-1000k", "c5n"): (0.027597838, 0.023469017, 0.019774003, 9.765930, 7.614743),
    ("dna", "c5"): (0.047207477, 0.036985871, 0.032067768, 17.860550, 12.329030),
    ("dna", "m5zn"): (0.046217824, 0.035842267, 0.041316622, 17.285440, 11.188900),
}


@pytest.mark.parametrize(("app", "box"), MEASURED)
def test_one_cold_call_ten_minutes_of_waiting_and_one_warm_call_are_the_published_figures(cases, app, box):
    memory_gb, *measured = MEASURED[app, box]
    columns = ("cold_start_s", "warm_s", "cold_start_cpu_j", "cold_start_dram_j", "warm_cpu_j", "warm_dram_j")
    profiles = FunctionProfiles(
        names=(app,), memory_gb=[memory_gb], **{name: [[value]] for name, value in zip(columns, measured, strict=True)})
    cold_g, warm_g, keep_g, cold_s, warm_s = PUBLISHED[app, box]
    box_only = {"generations": (generation(box),), "profiles": profiles}
    alone = evaluate(cases.instance([[1]], 100.0, **box_only), cases.schedule([[1]]))
    assert alone.terms["carbon_g"].value == pytest.approx(cold_g, rel=1e-6)
    assert alone.terms["service_time_s"].value == pytest.approx(cold_s, rel=1e-6)
    for accounting in ("physical", "artifact"):
        instance = cases.instance([[1, *[0] * 9, 1]], 100.0, accounting=accounting, **box_only)
        both = evaluate(instance, cases.schedule([[1], [1]], [(0, 0, 1, 10)]))
        assert both.feasible
        assert both.terms["keep_carbon_g"].value == pytest.approx(keep_g, rel=1e-6)
        assert both.terms["execution_carbon_g"].value == pytest.approx(cold_g + warm_g, rel=1e-6)
        assert both.terms["service_time_s"].value == pytest.approx(cold_s + warm_s, rel=1e-6)
        assert both.terms["peak_memory_gb_" + box].value == memory_gb


def test_a_cold_call_pays_its_whole_time_the_whole_cpu_and_its_share_of_the_memory(cases):
    score = evaluate(cases.instance([[1]]), cases.schedule([[1]]))
    expected = {
        "service_time_s": 15, "mean_service_time_s": 15, "carbon_g": 1.53, "mean_carbon_mg": 1530,
        "execution_carbon_g": 1.53, "keep_carbon_g": 0, "operational_carbon_g": 1.5, "embodied_carbon_g": 0.03,
        "calls": 1, "warm_calls": 0, "warm_share": 0, "keep_container_min": 0, "peak_memory_gb_box0": 0,
        "objective_per_call": 1.68}
    assert {name: term.value for name, term in score.terms.items()} == pytest.approx(expected, rel=1e-14)
    assert score.objective == pytest.approx(1.68, rel=1e-14)
    assert score.feasible


INTENSITY = [2000.0, 1000.0, 0.0, 1000.0, 3000.0]


@pytest.mark.parametrize(("accounting", "keep_min", "keep_g", "warm"), [
    ("physical", 3, 3 * 0.09 + 0.85 * (2 + 1 + 0), 1),
    ("physical", 30, 3 * 0.09 + 0.85 * (2 + 1 + 0), 1),
    ("physical", 2, 2 * 0.09 + 0.85 * (2 + 1), 0),
    ("artifact", 3, 3 * 0.09 + 0.85 * (2 + 2 + 2), 1),
    ("artifact", 30, 3 * 0.09 + 0.85 * (2 + 2 + 2), 1),
    ("artifact", 2, 2 * 0.09 + 0.85 * (2 + 2), 0),
])
def test_a_container_waits_until_the_call_or_its_time_is_up(cases, accounting, keep_min, keep_g, warm):
    instance = cases.instance([[1, 0, 0, 1, 0]], INTENSITY, accounting=accounting)
    score = evaluate(instance, cases.schedule([[1], [1]], [(0, 0, 1, keep_min)]))
    assert score.feasible
    assert score.terms["warm_calls"].value == warm
    assert score.terms["keep_carbon_g"].value == pytest.approx(keep_g, rel=1e-14)
    assert score.terms["keep_container_min"].value == min(keep_min, 3)
    assert score.terms["execution_carbon_g"].value == pytest.approx(3.03 + (1.02 if warm else 1.53), rel=1e-14)


@pytest.mark.parametrize(("accounting", "keep_min", "keep_g"), [
    ("physical", 1, 0.09 + 0.85), ("physical", 2, 2 * 0.09 + 0.85 * 4), ("physical", 30, 2 * 0.09 + 0.85 * 4),
    ("artifact", 1, 0.09 + 0.85), ("artifact", 2, 0.0), ("artifact", 30, 0.0),
])
def test_a_wait_that_outlasts_the_horizon_pays_up_to_it_or_in_the_published_code_nothing(
    cases, accounting, keep_min, keep_g
):
    instance = cases.instance([[0, 0, 0, 1, 0]], INTENSITY, accounting=accounting)
    score = evaluate(instance, cases.schedule([[1]], [(0, 0, 1, keep_min)]))
    assert score.feasible
    assert score.terms["keep_carbon_g"].value == pytest.approx(keep_g, rel=1e-14)
    assert score.terms["keep_container_min"].value == min(keep_min, 2)


def test_as_many_calls_start_warm_as_containers_wait_where_they_run(cases):
    instance = cases.instance([[3, 0, 4]], boxes=2)
    keeps = [(0, 0, 1, 2), (0, 1, 1, 5), (0, 1, 1, 1)]
    score = evaluate(instance, cases.schedule([[3, 0], [2, 2]], keeps))
    assert score.feasible
    assert score.terms["warm_calls"].value == 2
    assert score.terms["warm_share"].value == pytest.approx(2 / 7)
    assert score.terms["service_time_s"].value == 3 * 15 + (10 + 15) + (20 + 30)
    assert score.terms["keep_container_min"].value == 2 + 2 + 1
    assert score.terms["peak_memory_gb_box0"].value == 1
    assert score.terms["peak_memory_gb_box1"].value == 2


def test_leftovers_are_released_at_a_call_unless_kept_anew(cases):
    calls, persist = [[2, 1, 2]], {"containers": "persist"}
    runs, first = [[2], [1], [2]], (0, 0, 2, 2)
    dropped = evaluate(cases.instance(calls), cases.schedule(runs, [first, (1, 0, 1, 1)]))
    kept = evaluate(cases.instance(calls, **persist), cases.schedule(runs, [first, (1, 0, 2, 1)]))
    assert (dropped.terms["warm_calls"].value, dropped.terms["keep_container_min"].value) == (2, 3)
    assert (kept.terms["warm_calls"].value, kept.terms["keep_container_min"].value) == (3, 4)
    assert dropped.feasible
    assert kept.feasible


def test_a_call_may_start_cold_on_purpose_and_leaves_one_container_more(cases):
    instance = cases.instance([[1, 1, 2]], containers="persist")
    runs, keeps = [[1], [1], [2]], [(0, 0, 1, 1), (1, 0, 2, 1)]
    score = evaluate(instance, cases.schedule(runs, keeps, fresh=[[0], [1], [0]]))
    assert score.feasible
    assert score.terms["warm_calls"].value == 2
    assert score.terms["service_time_s"].value == 15 + 15 + 10 + 10
    eager = evaluate(instance, cases.schedule(runs, keeps))
    assert [(v.what, v.by) for v in eager.violations] == [("more containers are kept than there are", 1)]


def test_the_paper_objective_divides_by_each_functions_own_worst_cases(cases):
    weights = {"normalisation": "paper", "time_weight": 0.25, "reference_intensity_g_per_kwh": 500.0,
               "reference_keep_min": 7.0}
    instance = cases.instance([[1, 1]], boxes=2, weights=weights)
    worst_s, worst_call_g, worst_keep_g = 30, 2 * 0.03 + 3.0 * 0.5, 7 * (0.09 + 0.85 * 0.5)
    score = evaluate(instance, cases.schedule([[0, 1], [1, 0]], [(0, 0, 1, 1)]))
    expected = 0.25 * (30 + 10) / worst_s + 0.75 * (3.06 + 1.02) / worst_call_g + 0.75 * 0.94 / worst_keep_g
    assert score.objective == pytest.approx(expected, rel=1e-14)
    assert score.terms["objective_per_call"].value == pytest.approx(expected / 2, rel=1e-14)


def test_what_costs_nothing_anywhere_is_divided_by_one(cases):
    free = cases.instance([[1]]).generations[0].replace(idle_cpu_w=0.0, idle_dram_w=0.0, embodied={})
    zero = {f"{part}_{kind}_j": [[0.0]] for part in ("warm", "cold_start") for kind in ("cpu", "dram")}
    profiles = cases.instance([[1]]).profiles.replace(**zero)
    instance = cases.instance([[1, 1]], generations=(free,), profiles=profiles, weights={"time_weight": 0.5})
    score = evaluate(instance, cases.schedule([[1], [1]], [(0, 0, 1, 1)]))
    assert score.objective == pytest.approx(0.5 * 25 / 15, rel=1e-14)
    assert score.terms["carbon_g"].value == 0


def test_carbon_steps_need_not_align_with_minutes(cases):
    instance = cases.instance([[1, 0]])
    carbon = instance.carbon.replace(step_s=90, start_utc="2023-02-03T07:59:00Z", intensity_g_per_kwh=[600.0, 1200.0])
    score = evaluate(instance.replace(carbon=carbon), cases.schedule([[1]], [(0, 0, 1, 2)]))
    assert score.terms["execution_carbon_g"].value == pytest.approx(0.03 + 1.5 * 0.9, rel=1e-14)
    assert score.terms["keep_carbon_g"].value == pytest.approx(2 * 0.09 + 0.85 * (0.9 + 1.2), rel=1e-14)


def test_an_instance_without_calls_scores_nothing(cases):
    score = evaluate(cases.instance([[0, 0]], boxes=2), cases.schedule(np.zeros((0, 2))))
    assert score.feasible
    assert score.objective == 0
    assert all(term.value == 0 for term in score.terms.values())


def test_generations_of_one_name_are_told_apart(cases):
    box = cases.instance([[1]]).generations[0]
    instance = cases.instance([[1, 1]], boxes=2, generations=(box, box))
    score = evaluate(instance, cases.schedule([[0, 1], [0, 1]], [(0, 1, 1, 1)]))
    assert score.terms["peak_memory_gb_box0"].value == 0
    assert score.terms["peak_memory_gb_box0_2"].value == 1


def test_short_waits_late_in_a_long_horizon_keep_full_precision(cases):
    late = 2_000_000
    table = np.zeros((1, late + 2), dtype=int)
    table[0, late:] = 1
    score = evaluate(cases.instance(table, 999.7), cases.schedule([[1], [1]], [(0, 0, 1, 1)]))
    assert score.terms["keep_carbon_g"].value == pytest.approx(0.09 + 0.85 * 0.9997, rel=4e-16)
