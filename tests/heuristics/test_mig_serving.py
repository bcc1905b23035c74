"""MIG serving, fast side: Clover's setting reproduced, and what our heuristics and online policies keep."""

from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.status import Status
from ecoopt.heuristics.mig_serving.configurations import configurations_of, partitions_of
from ecoopt.heuristics.mig_serving.pairs import pairs_of
from ecoopt.instances.mig import geometry
from ecoopt.registry import methods

SERVICES = ("yolo", "efficientnet", "albert")
PUBLISHED = {"diurnal": 0.0, "noise": 0.0, "power_off": False, "carbon_weight": 0.1, "repartition_j": 0.0,
             "power_on_j": 0.0}
OURS = ("greedy", "local-search", "pso", "myopic")


def published(service, gpus=2, load=1.0):
    return ecoopt.generate("mig_serving", services=[service], gpus=gpus, load=load, **PUBLISHED)


def term(found, name):
    return found.score.terms[name].value


def test_the_published_graph_has_438_and_1282_configurations():
    assert len(partitions_of(geometry("A100-40").restricted_to([
        "7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb"]))) == 14
    assert [len(configurations_of(published(service)).counts) for service in SERVICES] == [438, 1282, 1282]


@pytest.mark.parametrize("service", SERVICES)
def test_consolidation_saves_about_four_fifths_and_annealing_comes_close_to_the_oracle(service):
    base = ecoopt.solve(published(service, gpus=10, load=0.2), "base")
    instance = published(service)
    found, oracle = ecoopt.solve(instance, "clover"), ecoopt.solve(instance, "oracle")
    saving = 1 - term(found, "carbon_per_request_mg") / term(base, "carbon_per_request_mg")
    assert 0.75 < saving < 0.88
    assert term(found, "clover_objective") >= 0.9 * term(oracle, "clover_objective")
    assert ecoopt.solve(instance, "base").status is Status.NONE


@pytest.mark.parametrize(("service", "variants", "saved"), [
    ("yolo", ("v5l", "v5x"), 0.26), ("efficientnet", ("b3", "b3"), 0.32), ("albert", ("base", "large"), 0.37)])
def test_the_archived_configuration_saves_a_quarter_to_two_fifths_at_equal_load(service, variants, saved):
    instance = published(service, load=0.2)
    pairs = pairs_of(instance)
    names = [variant.name for variant in instance.variants]
    counts = np.zeros((instance.periods, pairs.count), dtype=np.int64)
    for variant, profile in zip(variants, ("3g.20gb", "4g.20gb"), strict=True):
        counts[:, (pairs.variant == names.index(variant)) & (pairs.profile == instance.geometry.index(profile))] = 2
    schedule = pairs.schedule(counts, np.full(instance.periods, 2), pairs.slices(counts))
    score, base = ecoopt.evaluate(instance, schedule), ecoopt.solve(instance, "base")
    assert score.feasible
    assert 1 - score.terms["carbon_g"].value / term(base, "carbon_g") == pytest.approx(saved, abs=0.01)


def test_requests_are_shared_evenly_up_to_the_ceilings():
    instance = published("yolo", load=0.4)
    pairs = pairs_of(instance)
    names = [variant.name for variant in instance.variants]
    counts = np.zeros(pairs.count, dtype=np.int64)
    for variant, profile in (("v5x6", "7g.40gb"), ("v5l", "7g.40gb")):
        counts[(pairs.variant == names.index(variant)) & (pairs.profile == instance.geometry.index(profile))] = 1
    rates = pairs.schedule(np.tile(counts, (instance.periods, 1)), np.full(instance.periods, 2),
                           np.tile(pairs.slices(counts), (instance.periods, 1))).rate_rps[0]
    slow, fast = rates[names.index("v5x6"), 0], rates[names.index("v5l"), 0]
    at_two = pairs.capacity_rps[:, list(instance.pool_sizes).index(2)]
    ceiling = at_two[(pairs.variant == names.index("v5x6")) & (pairs.profile == 0)][0]
    assert slow == pytest.approx(ceiling)
    assert slow < fast
    assert slow + fast == pytest.approx(instance.load_rps[0, 0])


@pytest.mark.parametrize("gpus", [6, 60])
def test_greedy_and_local_search_are_close_to_the_proven_bound(gpus):
    instance = ecoopt.generate("mig_serving", gpus=gpus, hours=3)
    exact = ecoopt.solve(instance, "lagrangian", iterations=8)
    greedy, local = ecoopt.solve(instance, "greedy"), ecoopt.solve(instance, "local-search")
    assert exact.bound is not None
    assert greedy.objective <= 1.02 * exact.bound
    assert local.objective <= 1.005 * exact.bound
    assert local.objective <= greedy.objective


def test_online_policies_do_not_see_the_future():
    short, long = (ecoopt.generate("mig_serving", gpus=4, hours=hours, seed=3, services=("yolo", "albert"))
                   for hours in (5, 8))
    long = long.replace(load_rps=np.column_stack([short.load_rps, 0.5 * long.load_rps[:, 5:]]), carbon=long.carbon)
    for name in ("myopic", "clover", "blover"):
        one, other = ecoopt.solve(short, name, seed=1).schedule, ecoopt.solve(long, name, seed=1).schedule
        np.testing.assert_array_equal(one.instances, other.instances[:5])
        np.testing.assert_array_equal(one.slices, other.slices[:5])


def test_clover_optimises_only_when_the_intensity_has_moved():
    instance = published("yolo")
    found = ecoopt.solve(instance, "clover")
    still = ecoopt.solve(instance, "clover", options={"trigger": 100.0})
    assert 1 < found.details["hours_optimised"] < instance.periods
    assert still.details["hours_optimised"] == 1
    assert (np.diff(still.schedule.instances, axis=0) == 0).all()


def test_clover_measures_no_more_than_ten_configurations_an_hour_and_none_twice():
    found = ecoopt.solve(published("efficientnet"), "clover")
    assert found.details["measurements"] == found.evaluations
    assert found.evaluations <= 100 + 10 * found.details["hours_optimised"]


def test_fewer_gpus_of_a_kind_may_be_on_where_that_is_asked_for():
    instance = ecoopt.generate("mig_serving", services=["albert"], gpus=4, hours=6, load=0.3)
    on, off = (ecoopt.solve(instance, "path", options={"power_off": each}) for each in (False, True))
    assert off.objective < on.objective
    assert term(on, "mean_gpus_on") == 4
    assert term(off, "mean_gpus_on") < 4


@pytest.mark.parametrize("name", sorted(methods("mig_serving")))
def test_an_instance_without_schedule_has_none(name):
    instance = ecoopt.generate("mig_serving", services=["yolo"], gpus=1, hours=2, load=30.0)
    found = ecoopt.solve(instance, name, time_limit=10)
    assert found.schedule is None
    assert found.status in (Status.NONE, Status.INFEASIBLE)


@pytest.mark.parametrize("name", [*OURS, "clover", "blover", "path", "oracle", "base", "co2opt"])
def test_budgets_are_kept_and_the_same_seed_gives_the_same_schedule(name):
    instance = ecoopt.generate("mig_serving", gpus=3, hours=4, services=("yolo", "albert"), seed=5)
    for most in (0, 1, 7):
        found = ecoopt.solve(instance, name, iterations=most, seed=9)
        again = ecoopt.solve(instance, name, iterations=most, seed=9)
        assert found.iterations <= most
        assert found.schedule == again.schedule
        assert found.notes == ()
        few = ecoopt.solve(instance, name, evaluations=most, time_limit=5.0)
        assert few.evaluations <= most
        assert few.score is None or few.score.feasible
    assert ecoopt.solve(instance, name, time_limit=0.0).status in (Status.NONE, Status.FEASIBLE)


def test_the_published_trace_gives_the_same_picture(shared_data: Path):
    table = shared_data / "mig" / "clover_carbon_intensity.csv"
    if not table.is_file():
        pytest.skip(f"no {table}")
    from ecoopt.instances.mig_serving.importing import import_clover_carbon

    for service in SERVICES:
        instance = import_clover_carbon(table, services=(service,))
        clover, oracle = ecoopt.solve(instance, "clover"), ecoopt.solve(instance, "oracle")
        assert instance.periods == 49
        assert term(clover, "clover_objective") >= 0.9 * term(oracle, "clover_objective")
