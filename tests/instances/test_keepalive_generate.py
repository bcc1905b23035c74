import inspect
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.keepalive import APPS, KeepAliveInstance, generate, warm_memory_gb

SMALL = {"functions": 12, "hours": 2}


@pytest.fixture(scope="module")
def small():
    return generate(**SMALL, seed=4)


def test_same_arguments_give_the_same_digest_in_another_process(small):
    code = ("from ecoopt.instances.keepalive import generate; "
            f"print(generate(**{SMALL!r}, seed=4).digest)")
    for hash_seed in ("0", "12345"):
        done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": hash_seed}, check=True,
                              capture_output=True, text=True)
        assert done.stdout.strip() == small.digest


def test_different_seeds_give_different_calls_profiles_and_carbon(small):
    other = generate(**SMALL, seed=5)
    assert other.digest != small.digest
    assert other.invocations != small.invocations
    assert (other.function_profile != small.function_profile).any()
    assert other.carbon != small.carbon


@pytest.mark.parametrize("change", [{}, {"own_profiles": True}, {"containers": "persist", "relocation": False},
                                    {"normalisation": "grams", "grams_per_s": 0.02, "accounting": "artifact"},
                                    {"history_min": 0, "generations": ("c5",), "zone": "DE-LU", "name": "mine"}])
def test_provenance_regenerates_the_instance_after_a_json_round_trip(change):
    instance = generate(**SMALL, seed=1, **change)
    read = KeepAliveInstance.from_content(json.loads(instance.model_dump_json()), "file")
    assert set(read.provenance.generator) == set(inspect.signature(generate).parameters)
    again = generate(**read.provenance.generator)
    assert again.digest == instance.digest == read.digest
    assert again.name == instance.name


def test_arguments_arrive_in_the_instance(small):
    instance = generate(**SMALL, seed=1, generations=["c5n", "m5zn", "c5"], max_keep_min=7, normalisation="grams",
                        grams_per_s=0.03, accounting="artifact", containers="persist", relocation=False,
                        history_min=45, start_utc="2023-05-06T07:08:00+00:00", time_weight=0.25,
                        reference_intensity_g_per_kwh=123.0, reference_keep_min=9)
    assert [box.name for box in instance.generations] == ["c5n", "m5zn", "c5"]
    assert instance.keep_alive_menu_min.tolist() == list(range(8))
    assert (instance.weights.normalisation, instance.weights.grams_per_s) == ("grams", 0.03)
    assert (instance.weights.reference_intensity_g_per_kwh, instance.weights.reference_keep_min) == (123.0, 9.0)
    assert (instance.accounting, instance.containers, instance.relocation) == ("artifact", "persist", False)
    assert instance.start_utc == "2023-05-06T07:08:00Z"
    assert instance.history.horizon_min == 45
    assert instance.invocations.horizon_min == 120
    assert instance.invocations.functions == instance.history.functions == 12
    assert small.history.horizon_min == 20


def test_reference_intensity_is_the_mean_over_the_horizon_by_default(small):
    assert small.weights.reference_intensity_g_per_kwh == pytest.approx(small.intensity_g_per_kwh.mean(), rel=1e-12)


def test_history_and_calls_are_one_trace_cut_in_two():
    whole = generate(functions=30, hours=3, seed=2, history_min=0, start_utc="2023-02-03T08:00:00Z")
    cut = generate(functions=30, hours=2.5, seed=2, history_min=30, start_utc="2023-02-03T08:30:00Z")
    assert cut.history == whole.invocations.window(0, 30)
    assert cut.invocations == whole.invocations.window(30, 180)


def test_pools_are_the_share_of_the_peak_split_evenly(small):
    peak = warm_memory_gb(small.invocations, small.profiles.memory_gb[small.function_profile], 30).max()
    assert np.allclose(small.pool_memory_gb, 0.25 * peak, rtol=1e-12)
    assert np.allclose(generate(**SMALL, seed=4, memory=2.0).pool_memory_gb, 4 * small.pool_memory_gb, rtol=1e-12)


def test_apps_come_in_the_trace_s_proportions():
    from ecoopt.instances.keepalive import TRACE_ROWS
    for functions in (100, 1000, 2500):
        used = np.bincount(generate(functions=functions, hours=0.1, seed=0).function_profile, minlength=len(APPS))
        expected = np.array(list(TRACE_ROWS.values())) * functions / 1000
        assert np.abs(used - expected).max() <= max(1, functions / 1000)


def test_own_profiles_leave_no_two_functions_alike():
    instance = generate(functions=2000, hours=0.1, seed=3, own_profiles=True)
    profiles = instance.profiles
    assert instance.function_profile.tolist() == list(range(2000))
    rows = np.column_stack([profiles.memory_gb, profiles.warm_s, profiles.cold_start_s])
    assert len(np.unique(rows, axis=0)) == 2000
    published_gb = np.array([0.1165, 0.1396, 0.1834, 0.2619])
    assert np.allclose(np.quantile(profiles.memory_gb, [0.25, 0.5, 0.75, 0.9]), published_gb, rtol=0.06)


def test_heavy_share_restores_the_tail():
    calls = generate(functions=400, hours=24, seed=3, heavy_share=0.2).invocations
    per_day = np.sort(np.bincount(calls.cell_function, weights=calls.counts, minlength=400))
    assert np.median(per_day[-80:]) == pytest.approx(20_000, rel=0.3)
    assert calls.counts.max() > 50
    light = generate(functions=400, hours=24, seed=3, heavy_share=0.0).invocations
    assert light.counts.max() < 30


def test_numpy_numbers_are_accepted_and_stored_as_plain_ones():
    instance = generate(functions=np.int64(5), hours=np.float64(0.5), seed=np.uint8(3))
    json.dumps(instance.provenance.generator, allow_nan=False)
    assert generate(functions=5, hours=0.5, seed=3).digest == instance.digest


def test_every_wrong_argument_is_named_at_once():
    wrong = {"functions": 0, "hours": float("nan"), "seed": -1, "generations": ("i3", "x"), "zone": "Atlantis",
             "start_utc": "yesterday", "history_min": -1, "memory": 0, "max_keep_min": 2000, "heavy_share": 1.5,
             "timer_share": "half", "aligned_share": -1, "diurnal": 1, "own_profiles": "yes", "normalisation": "none",
             "time_weight": 2, "reference_intensity_g_per_kwh": 0, "reference_keep_min": 0, "grams_per_s": -1,
             "accounting": "x", "containers": "y", "relocation": 1, "name": ""}
    assert set(wrong) == set(inspect.signature(generate).parameters)
    with pytest.raises(InputError) as caught:
        generate(**wrong)
    assert {problem.field.partition("[")[0] for problem in caught.value.problems} == set(wrong)
    assert all(problem.mend for problem in caught.value.problems)
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)


@pytest.mark.parametrize(("change", "message"), [
    ({"functions": 1_000_000, "hours": 24}, "pairs of function and minute"),
    ({"heavy_share": 0.6, "timer_share": 0.6}, "exceed 1 together"),
    ({"relocation": False}, "implies relocation"),
    ({"generations": ["i3", "i3"]}, "not distinct"),
    ({"functions": True}, "no whole number"),
])
def test_arguments_that_do_not_go_together_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        generate(**SMALL | change)
