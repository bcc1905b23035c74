"""Instances of dispatch: generator, schema, latencies, streams and readers."""

import csv
import lzma

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.dispatch import READERS, DispatchInstance, DispatchSchedule
from ecoopt.instances.dispatch.profile import QOS_MS, profile, read_profile
from ecoopt.instances.dispatch.streams import ARRIVALS, arrivals_ms, batches

BASE_QPS = {"rm2": 15.04, "ncf": 861.33, "wnd": 246.18, "mtwnd": 167.36, "dien": 105.56}
"""Queries per second of one machine of the base type on the whole mix, as KAIROS's artifact has them."""


@pytest.mark.parametrize("model", QOS_MS)
def test_the_base_type_serves_as_many_queries_as_published(model):
    made = ecoopt.generate("dispatch", queries=20000, model=model, counts=[1], seed=1)
    served = 1000 / (made.service_tick[:, 0] * made.tick_ms).mean()
    assert served == pytest.approx(BASE_QPS[model], rel=0.025)


@pytest.mark.parametrize("model", QOS_MS)
def test_drawn_latencies_have_the_measured_mean_median_percentile_and_maximum(model):
    measured = profile(model)
    share = (np.arange(20000) + 0.5) / 20000
    for batch in (50, 240, 900):
        row = measured.bins(np.array([batch]))[0]
        drawn = measured.sampled_ms(np.full(20000, batch), share)
        for k in range(4):
            assert np.quantile(drawn[:, k], 0.5) == pytest.approx(measured.p50_ms[k, row], rel=1e-3)
            assert np.quantile(drawn[:, k], 0.99) == pytest.approx(measured.p99_ms[k, row], rel=1e-3)
            assert drawn[:, k].max() <= measured.max_ms[k, row] + 1e-9
            assert drawn[:, k].mean() == pytest.approx(measured.mean_ms[k, row], rel=0.02)


def test_the_shipped_latencies_are_the_published_ones(shared_data):
    path = shared_data / "pool" / "kairos_latency.csv"
    for model in QOS_MS:
        ours, theirs = profile(model), read_profile(path, model)
        assert ours.names == theirs.names
        np.testing.assert_array_equal(ours.batch, theirs.batch)
        np.testing.assert_allclose(ours.mean_ms, theirs.mean_ms, atol=6e-4)
        np.testing.assert_allclose(ours.max_ms, theirs.max_ms, atol=6e-4)


def test_batch_sizes_are_the_published_mix(shared_data):
    with (shared_data / "pool" / "kairos_batch_pmf.csv").open(encoding="utf-8") as lines:
        rows = [(int(row["batch"]), float(row["prob"])) for row in csv.DictReader(lines)]
    drawn = np.ceil(batches(np.random.default_rng(5), 400_000) / 10) * 10
    for batch, probability in rows:
        assert (drawn == batch).mean() == pytest.approx(probability, abs=0.002), batch


@pytest.mark.parametrize("kind", ARRIVALS)
def test_arrivals_come_at_the_rate_asked(kind):
    arrived = arrivals_ms(np.random.default_rng(2), 100_000, 80.0, kind)
    assert arrived[-1] / 100_000 == pytest.approx(12.5, rel=0.05)
    spread = np.diff(arrived).std() / 12.5
    assert {"exponential": 0.9 < spread < 1.1, "poisson-ms": spread < 0.4, "bursty": spread > 1.1}[kind]


def test_another_rate_is_another_time_scale_and_other_counts_leave_the_queries():
    made = ecoopt.generate("dispatch", queries=50, rate_per_s=100, seed=3, tick_ms=0.001)
    twice = ecoopt.generate("dispatch", queries=50, rate_per_s=200, seed=3, tick_ms=0.001, counts=[1, 1, 1, 1])
    np.testing.assert_allclose(made.arrival_tick, 2 * twice.arrival_tick, atol=2)
    np.testing.assert_array_equal(made.batch, twice.batch)
    np.testing.assert_array_equal(made.service_tick, twice.service_tick[:, [0, 2]])
    assert [kind.name for kind in made.types] == ["g4dn.xlarge", "r5n.large"]


def test_without_noise_a_latency_is_what_is_predicted():
    made = ecoopt.generate("dispatch", queries=100, noise=False, seed=4)
    np.testing.assert_allclose(made.service_tick * made.tick_ms, made.predicted_ms, atol=made.tick_ms)


def test_important_queries_weigh_five():
    made = ecoopt.generate("dispatch", queries=4000, important=0.25, seed=4)
    assert set(made.weight) == {1.0, 5.0}
    assert (made.weight == 5).mean() == pytest.approx(0.25, abs=0.03)
    assert ecoopt.generate("dispatch", seed=4).weight is None


def test_every_wrong_argument_is_named_at_once():
    with pytest.raises(InputError) as caught:
        ecoopt.generate("dispatch", queries=0, model="x", rate_per_s=0.0, tick_ms=0.0, important=2.0, qos_ms=-1.0)
    assert {problem.field for problem in caught.value.problems} == {
        "queries", "model", "rate_per_s", "tick_ms", "important", "qos_ms"}
    with pytest.raises(InputError, match="no machine at all"):
        ecoopt.generate("dispatch", counts=[0, 0])
    with pytest.raises(InputError, match=r"counts\[1\]"):
        ecoopt.generate("dispatch", counts=[1, -1])
    with pytest.raises(InputError, match="one number per type"):
        ecoopt.generate("dispatch", counts=[1, 1, 1, 1, 1])


@pytest.mark.parametrize(("change", "message"), [
    ({"arrival_tick": [5, 1, 7]}, "arrival_tick decreases"), ({"batch": [1, 2]}, "batch has 2 entries for 3 queries"),
    ({"batch": [1, 0, 2]}, "must be >= 1"), ({"service_tick": [[1], [1], [1]]}, "service_tick has shape"),
    ({"weight": [1.0]}, "weight has 1 entries"), ({"batch_limit": [20, 10]}, "does not increase"),
    ({"batch_limit": [10]}, "has 100 entries for 1 bins"), ({"types": []}, "types has 0 entries"),
    ({"arrival_tick": [0, 1, 2**50]}, "keep it within"), ({"qos_ticks": 0}, "qos_ticks"),
])
def test_a_wrong_instance_is_refused_with_its_mend(change, message):
    content = ecoopt.generate("dispatch", queries=3).model_dump(mode="json")
    with pytest.raises(InputError, match=message):
        DispatchInstance.from_content(content | change, "file")


def test_types_of_one_name_and_too_many_machines_are_refused():
    content = ecoopt.generate("dispatch", queries=3).model_dump(mode="json")
    content["types"][0] |= {"name": "r5n.large", "count": 10_000}
    with pytest.raises(InputError) as caught:
        DispatchInstance.from_content(content, "file")
    assert "not distinct" in str(caught.value)
    assert "machines together" in str(caught.value)


def test_columns_of_a_schedule_are_of_one_length():
    with pytest.raises(InputError, match="machine has 1 entries, start_tick 0"):
        DispatchSchedule.from_content({"machine": [0], "start_tick": []}, "file")


def test_a_latency_table_is_read_and_its_faults_are_told(tmp_path):
    head = "model,instance,batch,mean_ms,p50_ms,p99_ms,max_ms\n"
    table = tmp_path / "own.csv"
    table.write_text(head + "".join(
        f"m,{name},{batch},{a * batch},{a * batch},{1.1 * a * batch},{1.2 * a * batch}\n"
        for name, a in (("gpu", 0.1), ("cpu", 0.3)) for batch in (100, 1000)))
    made = READERS["kairos-profile"](table, model="m", counts=[1, 2], qos_ms=200.0, queries=30)
    assert [(kind.name, kind.count) for kind in made.types] == [("gpu", 1), ("cpu", 2)]
    assert made.queries == 30
    with pytest.raises(InputError, match="is unknown; use one of m"):
        READERS["kairos-profile"](table, model="n")
    with pytest.raises(InputError, match="rate_per_s"):
        READERS["kairos-profile"](table, model="m", counts=[1], rate_per_s=-1.0)
    table.write_text(head + "m,gpu,100,1,1,1,1\nm,gpu,x,1,1,1,1\nm,cpu,200,1,1,1,0\nm,cpu,300,1,1,1,1\n")
    with pytest.raises(InputError) as caught:
        read_profile(table, "m")
    assert [problem.field for problem in caught.value.problems] == ["row 2", "row 3", "m.cpu"]
    with pytest.raises(InputError, match="holds no row"):
        READERS["kairos-profile"](_written(tmp_path, ""), model="m")
    with pytest.raises(InputError, match="cannot be read"):
        read_profile(tmp_path / "none.csv", "m")


def test_time_stamps_of_requests_become_arrivals(tmp_path):
    text = "TIMESTAMP,ContextTokens,GeneratedTokens\n" + "".join(
        f"2023-11-16 18:00:{s},1,1\n" for s in ("01.0000000", "00.0000000", "04.5000000"))
    trace = tmp_path / "trace.csv"
    trace.write_text(text)
    read = READERS["azure-llm-arrivals"](trace, tick_ms=1.0)
    assert read.arrival_tick.tolist() == [0, 1000, 4500]
    packed = tmp_path / "trace.csv.xz"
    packed.write_bytes(lzma.compress(text.encode()))
    faster = READERS["azure-llm-arrivals"](packed, rate_per_s=10.0, queries=3, tick_ms=1.0)
    assert faster.arrival_tick[-1] == 200
    np.testing.assert_array_equal(faster.batch, read.batch)
    columns = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    for wrong in ("", "TIMESTAMP\n", f"{columns}yesterday,1,1\n", "other\n1\n"):
        with pytest.raises(InputError, match="TIMESTAMP"):
            READERS["azure-llm-arrivals"](_written(tmp_path, wrong))
    with pytest.raises(InputError, match="rate_per_s"):
        READERS["azure-llm-arrivals"](trace, rate_per_s=0.0)


def test_the_published_trace_of_requests_is_read(shared_data):
    trace = shared_data / "llm" / "AzureLLMInferenceTrace_conv_2023.csv.xz"
    read = READERS["azure-llm-arrivals"](trace, rate_per_s=95.0, queries=2000)
    assert read.queries == 2000
    assert 1999 / (read.arrival_tick[-1] * read.tick_ms / 1000) == pytest.approx(95, rel=1e-3)


def _written(folder, text):
    path = folder / "file.csv"
    path.write_text(text)
    return path
