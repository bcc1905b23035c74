"""Readers of pools: KAIROS's and Ribbon's files become instances, wrong files are told what to mend."""

import json

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.pool import READERS
from ecoopt.instances.pool.importing import import_ribbon_trials, ribbon_shares
from ecoopt.readers import find_reader

LATENCIES = """model,instance,batch,mean_ms,p50_ms,p99_ms,max_ms
toy,big,10,2,2,2.2,2.3
toy,big,500,9,9,9.2,9.3
toy,small,10,3,3,3.3,3.4
toy,small,500,60,60,61,62
"""
TRIALS = "n_big,n_small,price_per_hr,qos_rate_pct\n0,1,0.1,20\n1,0,0.5,90\n1,1,0.6,98\n2,0,1.0,100\n2,1,1.1,100\n"
PRICES = "instance,price\nbig,0.5\nsmall,0.1\nother,9\n"
POOL = {"ins_types": ["big", "small"], "max_num": [2, 3], "price": [0.5, 0.1], "cost": 1.5}


@pytest.fixture
def written(tmp_path):
    def write(**changed):
        contents = {"latency.csv": LATENCIES, "trials.csv": TRIALS, "price.csv": PRICES, "pool.json": json.dumps(POOL)}
        contents |= {name.replace("_", "."): text for name, text in changed.items()}
        for name, text in contents.items():
            (tmp_path / name).write_text(text)
        return [tmp_path / name for name in contents]
    return write


def test_the_readers_are_known_by_their_kind():
    assert find_reader("kairos-pool").inputs == {"latencies": True, "pool": True}
    assert list(find_reader("ribbon-trials").inputs) == ["trials", "latencies", "prices"]


def test_a_pool_of_kairos_asks_for_the_most_queries_within_the_budget(written):
    latencies, _, _, pool = written()
    instance = READERS["kairos-pool"](latencies, pool, model="toy", qos_ms=20.0)
    assert instance.objective == "throughput"
    assert instance.budget_per_h.tolist() == [1.5]
    assert [kind.name for kind in instance.types] == ["big", "small"]
    assert instance.max_count.tolist() == [2, 3]
    np.testing.assert_array_equal(instance.models[0].latency_ms, [[2, 9], [3, 60]])
    assert instance.in_time[0].tolist() == [[True, True], [True, False]]
    assert ecoopt.solve(instance, "local-search").score.feasible


def test_trials_of_ribbon_ask_for_the_cheapest_that_was_measured_in_time(written):
    latencies, trials, prices, _ = written()
    instance = READERS["ribbon-trials"](trials, latencies, prices, model="toy", qos_ms=20.0, gap_ms=4.0)
    assert instance.models[0].demand_per_s.tolist() == [250.0]
    assert instance.max_count.tolist() == [2, 1]
    found = ecoopt.solve(instance, "forecast")
    assert found.objective == -1.0
    assert found.score.terms["qos_percent"].value == 100.0


def test_ribbons_mix_has_a_tenth_of_large_queries_and_adds_up():
    share = ribbon_shares(np.arange(10, 501, 10))
    assert share.sum() == pytest.approx(1.0)
    assert share[25:].sum() == pytest.approx(10 / 99, abs=0.02)
    assert np.arange(10, 501, 10) @ share == pytest.approx(190.8, abs=4)


@pytest.mark.parametrize(("changed", "words"), [
    ({"trials_csv": "n_big,n_small,qos_rate_pct\n1,x,3\n"}, "row 1, n_small"),
    ({"trials_csv": "price_per_hr,qos_rate_pct\n1,3\n"}, "has no column n_TYPE"),
    ({"trials_csv": "n_huge,qos_rate_pct\n1,3\n"}, "huge.*has no latency.*\n.*has no price"),
    ({"trials_csv": ""}, "holds no row"),
    ({"trials_csv": "n_big,n_small,qos_rate_pct\n1,0,3\n1,0,4\n"}, "twice"),
    ({"trials_csv": "n_big,n_small,qos_rate_pct\n1,0.5,3\n"}, "whole number"),
    ({"latency_csv": LATENCIES.replace("toy,small,500,60,60,61,62\n", "")}, "other batch sizes"),
])
def test_wrong_trials_are_told_what_to_mend(written, changed, words):
    latencies, trials, prices, _ = written(**changed)
    with pytest.raises(InputError, match=f"(?s){words}"):
        READERS["ribbon-trials"](trials, latencies, prices, model="toy", qos_ms=20.0, gap_ms=4.0)


@pytest.mark.parametrize(("pool", "words"), [
    ("[", "cannot be read"), ("{}", "lacks one of"),
    (json.dumps(POOL | {"price": [1.0]}), "differ in length"),
    (json.dumps(POOL | {"ins_types": ["big", "none"]}), "no latency on none"),
    (json.dumps(POOL | {"price": [0.5, -1]}), "price_per_h"),
])
def test_wrong_pools_are_told_what_to_mend(written, pool, words):
    latencies, _, _, path = written(pool_json=pool)
    with pytest.raises(InputError, match=words):
        READERS["kairos-pool"](latencies, path, model="toy", qos_ms=20.0)


def test_wrong_options_are_told_all_at_once(written):
    latencies, trials, prices, pool = written()
    with pytest.raises(InputError, match=r"(?s)model.*unknown.*\n.*margin"):
        READERS["kairos-pool"](latencies, pool, model="toy", margin=0.0)
    with pytest.raises(InputError, match=r"(?s)qos_ms.*\n.*gap_ms"):
        READERS["ribbon-trials"](trials, latencies, prices, model="toy", qos_ms=0.0, gap_ms=-1.0)


@pytest.fixture(scope="module")
def shared_pool(shared_data):
    found = shared_data / "pool"
    if not found.is_dir():
        pytest.skip("the shared data has no pool folder")
    return found


@pytest.mark.parametrize(("name", "qos_ms", "gap_ms", "size", "feasible", "best"), [
    ("candle", 40.0, 3.0, 1088, 429, 4.3616), ("mtwnd", 21.0, 1.5, 857, 285, 2.253)])
def test_ribbons_tables_have_the_known_optima_and_forecasts_find_them_in_few_trials(
        shared_pool, name, qos_ms, gap_ms, size, feasible, best):
    instance = READERS["ribbon-trials"](
        shared_pool / f"ribbon_lookup_{name}.csv", shared_pool / "ribbon_latency.csv", shared_pool / "ribbon_price.csv",
        model=name, qos_ms=qos_ms, gap_ms=gap_ms)
    assert len(instance.trials.count) == size
    assert (instance.trials.qos_percent >= 99).sum() == feasible
    for method, most in (("forecast", 20), ("random", 100), ("hill-climb", 150), ("rsm", 100), ("kairos-plus", 200)):
        found = ecoopt.solve(instance, method, seed=3)
        assert found.objective == pytest.approx(-best), method
        assert found.details["evaluations_to_best"] <= most, method


def test_kairos_own_files_give_the_published_pool(shared_pool):
    instance = READERS["kairos-pool"](shared_pool / "kairos_latency.csv", shared_pool / "kairos_instance.json")
    assert ecoopt.solve(instance, "kairos", options={"choice": "first"}).objective == pytest.approx(143.56, abs=0.05)


@pytest.mark.parametrize("cell", ["nan", "inf", "-1", "1e30"])
def test_a_number_that_is_none_is_named_by_row_and_column(tmp_path, cell):
    table = tmp_path / "t.csv"
    table.write_text(f"n_a,qos_rate_pct\n1,{cell}\n")
    with pytest.raises(InputError, match="row 1, qos_rate_pct"):
        import_ribbon_trials(table, table, table, model="m", qos_ms=40.0, gap_ms=3.0)
    table.write_text("n_a,qos_rate_pct\n1,99,7\n")
    with pytest.raises(InputError, match="row 1: has more cells"):
        import_ribbon_trials(table, table, table, model="m", qos_ms=40.0, gap_ms=3.0)
