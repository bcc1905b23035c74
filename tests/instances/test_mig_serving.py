"""MIG serving instances: all problems told at once, ceilings against a simulated queue, generator and reader."""

from heapq import heapify, heapreplace
from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.mig_serving import MigServingInstance, clover_services
from ecoopt.instances.mig_serving.importing import import_clover_carbon
from ecoopt.instances.mig_serving.layers import Layer, cheapest_path
from ecoopt.instances.mig_serving.options import options_of
from ecoopt.instances.mig_serving.tail import POOL_SIZES, late_probability, utilisation_ceilings, wait_quantile

HEADER = "hour,ciso_march,ciso_sep,eso_march\n"


@pytest.fixture(scope="module")
def small():
    return ecoopt.generate("mig_serving", services=["yolo", "albert"], gpus=2, hours=3, seed=1)


def problems(instance, **changes):
    content = {name: getattr(instance, name) for name in MigServingInstance.model_fields} | changes
    with pytest.raises(InputError) as found:
        MigServingInstance.from_content(content, "case")
    return [problem.message for problem in found.value.problems]


def test_every_problem_of_an_instance_is_told_at_once(small):
    falling = np.array(small.utilisation)
    falling[0, 0] = falling[0, 0][::-1]
    found = problems(
        small, utilisation=falling, late_share=np.zeros((1, 1)), load_rps=np.zeros((2, 3)), initial_slices=[1],
        services=(*small.services, small.services[0]))
    assert len(found) == 5
    for part in ("falls with the pool size", "late_share has shape", "load_rps has shape", "initial_slices has",
                 "listed twice"):
        assert any(part in message for message in found), part


def test_tables_of_the_wrong_shape_and_services_without_variants_are_told(small):
    assert any("utilisation has shape" in each for each in problems(small, utilisation=np.zeros((1, 1, 1))))
    assert any("must start at 1" in each for each in problems(small, pool_sizes=[2, 4]))
    assert any("is no service" in each for each in problems(small, services=small.services[:1]))
    assert any("no variant" in each for each in problems(small, variants=small.variants[:3]))
    assert any("no request in period 1" in each for each in problems(
        small, load_rps=np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])))


def test_wrong_arguments_of_the_generator_are_told_at_once():
    with pytest.raises(InputError) as found:
        ecoopt.generate("mig_serving", services=["chess"], gpus=0, load=-1.0, late_share=0.3, zone="nowhere")
    assert [problem.field for problem in found.value.problems] == ["services", "gpus", "load", "late_share", "zone"]


def test_the_baseline_keeps_the_limit_that_it_sets():
    for name in clover_services():
        instance = ecoopt.generate("mig_serving", services=[name], gpus=2, load=0.2, diurnal=0.0, noise=0.0, hours=2)
        assert ecoopt.solve(instance, "base").score.feasible
        more = ecoopt.generate("mig_serving", services=[name], gpus=2, load=0.4, diurnal=0.0, noise=0.0, hours=2)
        assert ecoopt.solve(more, "base").schedule is None


@pytest.mark.parametrize(("servers", "utilisation"), [(1, 0.6), (4, 0.8), (14, 0.85)])
def test_waits_are_those_of_a_simulated_queue(servers, utilisation):
    rng = np.random.default_rng(5)
    requests = 150_000
    arrival = np.cumsum(rng.exponential(1 / (servers * utilisation), requests)).tolist()
    free = [0.0] * servers
    heapify(free)
    waits = np.empty(requests)
    for index, time in enumerate(arrival):
        begin = max(time, free[0])
        heapreplace(free, begin + 1.0)
        waits[index] = begin - time
    wait = wait_quantile(servers, utilisation, 0.05)
    assert late_probability(servers, utilisation, wait) == pytest.approx(0.05, abs=1e-6)
    assert (waits > wait).mean() == pytest.approx(0.05, abs=0.008)


def test_ceilings_grow_with_pool_and_limit():
    table = utilisation_ceilings(np.array([0.9, 1.0, 1.1, 1.5, 2.0]))
    assert table.shape == (5, len(POOL_SIZES))
    assert not table[0].any()
    assert (np.diff(table, axis=0) >= 0).all()
    assert (np.diff(table, axis=1) >= 0).all()
    np.testing.assert_allclose(table[2:, POOL_SIZES.index(7)], [0.50, 0.71, 0.83], atol=0.015)


def test_a_path_through_layers_is_the_cheapest_of_all(small):
    options = options_of(small)
    rng = np.random.default_rng(3)
    layers = [Layer(rng.integers(0, 3, 3), rng.integers(0, 3, (3, 5)), rng.random(3) * 1e-3) for _ in range(3)]
    chosen, objective = cheapest_path(options, layers)

    def total(path):
        on = np.array([layer.gpus_on[m] for layer, m in zip(layers, path, strict=True)])
        slices = np.array([layer.slices[m] for layer, m in zip(layers, path, strict=True)])
        running = sum(layer.cost[m] for layer, m in zip(layers, path, strict=True))
        return running + options.change_costs(on, slices).sum()

    every = [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]
    assert objective == pytest.approx(min(map(total, every)))
    assert total(chosen.tolist()) == pytest.approx(objective)


def test_the_reader_takes_one_series_up_to_its_first_blank(tmp_path: Path):
    table = tmp_path / "carbon.csv"
    table.write_text(HEADER + "0,100.5,,50\n1,200,,60\n2,300,,\n")
    march = import_clover_carbon(table, services=("albert",))
    assert march.intensity_g_per_kwh.tolist() == [100.5, 200, 300]
    assert march.load_rps.tolist() == [[12.5] * 3]
    assert not march.power_off
    assert import_clover_carbon(table, series="eso_march").periods == 2
    assert import_clover_carbon(table).digest == import_clover_carbon(table).digest


@pytest.mark.parametrize(("text", "told"), [
    ("hour,other\n0,1\n", "column ciso_march: missing"),
    (HEADER + "0,x,1,1\n", "is not a number"),
    (HEADER + "1,5,1,1\n", "does not count"),
    (HEADER + "0,,1,1\n", "does not count"),
    (HEADER + "0,5,1\n", "cells"),
    ("", "missing"),
])
def test_a_damaged_table_is_refused_in_words(tmp_path: Path, text, told):
    table = tmp_path / "carbon.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=told):
        import_clover_carbon(table)


def test_wrong_options_of_the_reader_are_told_at_once(tmp_path: Path):
    with pytest.raises(InputError) as found:
        import_clover_carbon(tmp_path / "none.csv", series="mars", gpus=0, services=())
    assert {problem.field for problem in found.value.problems} == {"series", "gpus", "services"}
