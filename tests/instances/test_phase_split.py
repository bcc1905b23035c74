"""The phase-split instance: what is refused, what is read and drawn, and safe loads."""

from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.llm.splitwise import read_splitwise, splitwise_times
from ecoopt.instances.phase_split import PhaseSplitInstance, WaitRule, generate
from ecoopt.instances.phase_split.importing import import_request_trace, import_splitwise_times
from ecoopt.instances.phase_split.safe_load import safe_load
from ecoopt.instances.phase_split.tables import split_tables

TABLE = ("model,hardware,tensor_parallel,prompt_size,batch_size,prompt_time,token_time\n"
         "llama2-70b,a100-80gb,8,128,1,60,40\nllama2-70b,a100-80gb,8,512,1,90,41\nllama2-70b,a100-80gb,8,512,1,110,43\n"
         "llama2-70b,a100-80gb,8,512,16,2000,50\nllama2-70b,a100-80gb,8,1024,1,200,44\n")
TRACE = "TIMESTAMP,ContextTokens,GeneratedTokens\n" + "".join(
    f"2023-11-16 18:17:{s:02d}.0,{100 + 40 * s},{5 + s % 7}\n" for s in range(40))


def test_every_wrong_field_is_told_at_once():
    good = generate()
    with pytest.raises(InputError) as error:
        PhaseSplitInstance.from_content(
            {name: getattr(good, name) for name in type(good).model_fields}
            | {"prefill_s": np.ones((2, 2)), "probability": np.array([0.4]), "origin": np.full(36, 3)}, "test")
    for text in ("prefill_s has shape", "probability sums", "origin names"):
        assert text in str(error.value)


def test_pools_of_prompts_need_pools_of_tokens():
    good = generate()
    with pytest.raises(InputError, match="both or neither"):
        PhaseSplitInstance.from_content(
            {name: getattr(good, name) for name in type(good).model_fields} | {"pools": ("prefill",)}, "test")


@pytest.mark.parametrize(("wrong", "told"), [
    ({"workload": "poems"}, "workload"), ({"workload": "long-context"}, "buckets"),
    ({"rate_per_s": -1.0}, "rate_per_s"),
    ({"machines": ["a100", "v100"]}, "machines"), ({"machines": ["a100/3"]}, "was not measured"),
    ({"zones": ["Mars"]}, "zones"), ({"node": [1]}, "node"), ({"zones": []}, "zones"), ({"utilisation": 1.5}, "util"),
    ({"wait_probability": 1.0}, "wait_probability"), ({"name": ""}, "name")])
def test_wrong_arguments_are_refused(wrong, told):
    with pytest.raises(InputError, match=told):
        generate(**wrong)


def test_the_batch_of_decode_is_the_largest_in_time_that_fits():
    instance = generate(machines=["a100", "h100", "a100/2"])
    times = splitwise_times()
    for h, (key, batch) in enumerate({("a100-80gb", 8): 32, ("h100-80gb", 8): 64}.items()):
        table = times["llama2-70b", key[0], key[1]]
        assert np.allclose(instance.token_s[h], table.token_s[table.batch == batch])
        assert np.allclose(instance.decode_s[h], instance.output_tokens * instance.token_s[h] / batch)
    assert (instance.decode_s[2] > instance.decode_s[0]).all()  # two GPUs have little room for caches


def test_a_pooled_machine_is_charged_for_the_prompts_between_tokens():
    apart, pooled = (generate(mode=mode, workload="code", machines=["h100"]) for mode in ("colocated", "pooled"))
    assert (pooled.whole_s >= apart.whole_s * (1 - 1e-12)).all()
    assert (pooled.whole_s[pooled.whole_token_s <= 0.06] > 0).all()
    assert pooled.whole_s.sum() > 1.05 * apart.whole_s.sum()


def test_regions_hours_and_scenarios_make_periods_of_classes():
    instance = generate(zones=["GB", "KR"], hours=3, scenarios=2, buckets=5, workload="both", owned=True)
    assert instance.shape == (6, 2, 2, 3)
    assert instance.share_shape[2] == 20
    assert np.isclose(instance.weight_h.sum(), 3)
    assert (np.diag(instance.latency_s) == 0).all()
    assert np.isclose(instance.rate_per_s.sum(axis=1).mean(), 10, rtol=1)


def test_large_pools_may_be_fuller_and_safe_load_is_what_erlang_allows():
    table = safe_load(1.0, WaitRule(probability=0.2), 60)
    assert (np.diff(table, 2) > -1e-9).all()
    assert table[1] == pytest.approx(0.2)
    assert (safe_load(0.5, WaitRule(probability=0.2), 60) <= 0.5 * np.arange(61)).all()
    assert (safe_load(1.0, WaitRule(probability=0.2, services=1.0), 60)[1:] > table[1:]).all()


def test_a_pool_is_open_to_what_it_serves_in_time_alone():
    tables = split_tables(generate(first_token_limit_s=0.45, machines=["a100", "h100"]))
    prompts, tokens = tables.usable[:, :2], tables.usable[:, 2:]
    assert tokens.all()
    assert prompts[:, 1].sum() > prompts[:, 0].sum() > 0
    assert (tables.most[2:] > 0).all()


def test_a_table_of_times_is_read_with_the_median_of_equal_rows(tmp_path: Path):
    path = tmp_path / "times.csv"
    path.write_text(TABLE)
    found = read_splitwise(path)["llama2-70b", "a100-80gb", 8]
    assert found.prompt_s.tolist() == [0.06, 0.1, 0.2]
    assert found.of_prompts(np.array([128.0, 320.0, 2048.0])).tolist() == pytest.approx([0.06, 0.08, 0.4])
    instance = import_splitwise_times(path, machines="a100", workload="code")
    assert ecoopt.solve(instance, "greedy").score.feasible
    with pytest.raises(InputError, match="was not measured"):
        import_splitwise_times(path, machines="h100")


@pytest.mark.parametrize(("text", "told"), [
    ("model,hardware\n", "column tensor_parallel"), (TABLE.replace(",40", ",x"), "row 2"),
    (TABLE.replace(",40", ",-1"), "not above 0"), (TABLE.splitlines()[0], "no times")])
def test_a_wrong_table_of_times_is_refused(tmp_path: Path, text: str, told: str):
    (tmp_path / "times.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        read_splitwise(tmp_path / "times.csv")


def test_a_trace_becomes_an_hour_of_its_requests(tmp_path: Path):
    path = tmp_path / "trace.csv"
    path.write_text(TRACE)
    instance = import_request_trace(path, buckets=6, machines="h100")
    assert instance.rate_per_s.sum() == pytest.approx(1.0)
    assert len(instance.classes) == 6
    assert instance.provenance.licence == "CC-BY-4.0"
    with pytest.raises(InputError, match="fewer buckets"):
        import_request_trace(path, buckets=41)


def test_the_published_tables_are_the_ones_that_are_kept(shared_data: Path):
    there = read_splitwise(shared_data / "llm" / "splitwise_perf_medians.csv")
    for key, table in splitwise_times().items():
        assert np.array_equal(table.prompt_tokens, there[key].prompt_tokens)
        longest = table.batch > 1
        assert np.allclose(table.token_s[longest], there[key].token_s[np.isin(there[key].batch, table.batch[longest])])
