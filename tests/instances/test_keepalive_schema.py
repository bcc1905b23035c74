import json

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.keepalive import FunctionProfiles, KeepAliveInstance, Weights, generate


@pytest.fixture(scope="module")
def small():
    return generate(functions=6, hours=1, seed=3)


@pytest.fixture
def content(small):
    return json.loads(small.model_dump_json())


def problems(content) -> str:
    with pytest.raises(InputError) as caught:
        KeepAliveInstance.from_content(content, "i.json")
    assert all(line.startswith("i.json: ") for line in str(caught.value).splitlines())
    return str(caught.value)


def test_json_round_trip_keeps_content_and_digest(small, content):
    again = KeepAliveInstance.from_content(content, "i.json")
    assert again == small
    assert again.name == small.name
    assert again.provenance == small.provenance


def test_digest_leaves_out_name_and_provenance_and_nothing_else(small):
    assert small.replace(name="other").digest == small.digest
    assert small.replace(accounting="artifact").digest != small.digest
    assert small.replace(history=None).digest != small.digest


def test_every_disagreement_in_size_is_named_at_once(content):
    content["pool_memory_gb"] = [1.0]
    content["function_names"] = ["a"]
    content["keep_alive_menu_min"] = [1, 2]
    content["function_profile"] = [0, 1, 2, 3, 4, 99]
    content["relocation"] = False
    text = problems(content)
    for part in ("pool_memory_gb has 1 entries for 2 generations", "function_names has 1 entries for 6 functions",
                 "keep_alive_menu_min must start at 0", "function_profile names profile 99 of 10",
                 "'release' implies relocation"):
        assert part in text


def test_calls_and_history_must_have_the_instance_s_functions(content):
    content["function_profile"] = [0]
    text = problems(content)
    assert "invocations has 6 functions, function_profile has 1" in text
    assert "history has 6 functions, function_profile has 1" in text


def test_carbon_that_does_not_cover_the_horizon_is_refused(content):
    content["start_utc"] = "2030-01-01T00:00:00Z"
    assert "does not cover" in problems(content)


@pytest.mark.parametrize(("path", "value"), [
    (("pool_memory_gb", 0), 0.0), (("pool_memory_gb", 1), float("nan")), (("weights", "time_weight"), 1.5),
    (("accounting",), "other"), (("containers",), None), (("schema_version",), 2), (("family",), "pool"),
    (("profiles", "memory_gb", 0), -1.0), (("invocations", "counts", 0), 0), (("generations",), []),
])
def test_values_out_of_range_are_refused_by_field(content, path, value):
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert str(path[0]) in problems(content)


def test_unknown_and_missing_keys_are_both_named(content):
    del content["carbon"]
    content["colour"] = "green"
    text = problems(content)
    assert "carbon: missing; add it" in text
    assert "colour: unknown key" in text


def test_profiles_name_every_table_of_wrong_shape():
    table = np.ones((2, 2))
    right = {"names": ("a", "b"), "memory_gb": [1.0, 1.0], "warm_s": table, "cold_start_s": table, "warm_cpu_j": table,
             "warm_dram_j": table, "cold_start_cpu_j": table, "cold_start_dram_j": table}
    FunctionProfiles.from_content(right, "p")
    wrong = right | {"names": ("a", "a"), "warm_cpu_j": np.ones((1, 2)), "cold_start_s": np.ones((2, 3))}
    with pytest.raises(InputError) as caught:
        FunctionProfiles.from_content(wrong, "p")
    for part in ("warm_cpu_j has shape [1, 2]", "cold_start_s has shape [2, 3]", "names are not distinct"):
        assert part in str(caught.value)


def test_intensity_per_minute_is_the_trace_from_minute_0(small):
    assert len(small.intensity_g_per_kwh) == 60
    first = small.carbon.mean("2023-02-03T08:20:00Z", "2023-02-03T08:21:00Z")
    assert small.intensity_g_per_kwh[0] == pytest.approx(first, rel=1e-12)


def test_cell_profile_is_the_profile_of_the_cell_s_function(small):
    assert (small.cell_profile == small.function_profile[small.invocations.cell_function]).all()


def test_weights_refuse_what_no_objective_can_use():
    for field, value in (("time_weight", -0.1), ("grams_per_s", -1), ("reference_intensity_g_per_kwh", 0)):
        with pytest.raises(InputError, match=field):
            Weights.from_content({field: value}, "w")
