"""Instances of the MIG cluster: generator, schema, readers."""

import json

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.mig_cluster import PUBLISHED_WORK_S, READERS, MigClusterInstance, MigClusterSchedule


def test_the_same_arguments_give_the_same_bytes():
    assert ecoopt.generate("mig_cluster", seed=4) == ecoopt.generate("mig_cluster", seed=4)
    assert ecoopt.generate("mig_cluster", seed=4) != ecoopt.generate("mig_cluster", seed=5)


def test_runtimes_are_those_of_the_trace_and_the_first_third_comes_twice_as_fast():
    made = ecoopt.generate("mig_cluster", gpus=40, jobs=3000, mean_gap_s=10, seed=1)
    np.testing.assert_array_equal(np.sort(made.work_s), np.sort(np.tile(PUBLISHED_WORK_S, 30)))
    gaps_s = np.diff(made.arrival_s)
    assert gaps_s[:999].mean() == pytest.approx(5, rel=0.1)
    assert gaps_s[1001:].mean() == pytest.approx(10, rel=0.1)
    flat = ecoopt.generate("mig_cluster", jobs=3000, mean_gap_s=10, seed=1, flat_arrivals=True)
    assert np.diff(flat.arrival_s)[:999].mean() == pytest.approx(10, rel=0.1)


def test_few_jobs_keep_the_spread_of_runtimes():
    few = ecoopt.generate("mig_cluster", jobs=10, seed=2)
    assert few.work_s.mean() == pytest.approx(PUBLISHED_WORK_S.mean(), rel=0.25)


def test_another_pool_leaves_arrivals_and_runtimes():
    one, other = (ecoopt.generate("mig_cluster", seed=1, pool=pool) for pool in ("8-models", "5-models"))
    np.testing.assert_array_equal(one.arrival_s, other.arrival_s)
    np.testing.assert_array_equal(one.work_s, other.work_s)
    assert len(other.speeds.names) == 20


def test_own_overheads_spread_around_the_given_one():
    made = ecoopt.generate("mig_cluster", jobs=500, own_overheads=True)
    assert made.overhead_s.min() >= 1
    assert made.overhead_s.max() <= 10
    assert len(set(made.overhead_s)) > 400


def test_every_wrong_argument_is_named_at_once():
    with pytest.raises(InputError) as caught:
        ecoopt.generate("mig_cluster", gpus=0, jobs=0, pool="x", mean_gap_s=-1.0)
    assert {problem.field for problem in caught.value.problems} == {"gpus", "jobs", "pool", "mean_gap_s"}


@pytest.mark.parametrize(("change", "message"), [
    ({"arrival_s": [5.0, 1.0, 7.0]}, "arrival_s decreases"),
    ({"job_type": [0, 1, 99]}, "names type 99"),
    ({"work_s": [1.0, 2.0]}, "work_s has 2 entries for 3 jobs"),
    ({"overhead_s": [1.0, 2.0, 2e9]}, "overhead_s goes up to"),
    ({"least_compute_slices": [1, 8, 0]}, "asks for 8 of 7"),
])
def test_a_wrong_instance_is_refused_with_its_mend(change, message):
    content = ecoopt.generate("mig_cluster", jobs=3).model_dump(mode="json")
    with pytest.raises(InputError, match=message):
        MigClusterInstance.from_content(content | change, "file")


def test_speeds_that_make_no_sense_are_refused():
    content = ecoopt.generate("mig_cluster", jobs=3).model_dump(mode="json")
    content["speeds"]["speed"][0][0] = 0.9
    with pytest.raises(InputError, match="is not 1 for every type"):
        MigClusterInstance.from_content(content, "file")
    content["speeds"]["speed"][0][0] = 1000.0
    content["speeds"]["names"][1] = content["speeds"]["names"][0]
    with pytest.raises(InputError, match="over 100 times"):
        MigClusterInstance.from_content(content, "file")


def test_columns_of_a_schedule_are_of_one_length():
    with pytest.raises(InputError, match="differ in length"):
        MigClusterSchedule.from_content(
            {"job": [0], "gpu": [], "profile": [], "start": [], "shared": [], "begin_s": [], "end_s": []}, "file")


def test_a_trace_in_misos_format_is_read(tmp_path):
    paths = [tmp_path / name for name in ("trace.json", "models.json", "arrivals.csv")]
    paths[0].write_text(json.dumps({"0": 120.7, "1": 60}))
    paths[1].write_text(json.dumps({"0": "resnet_train64", "1": "bert_train2"}))
    paths[2].write_text("job,arrival_s\n1,30\n0,10\n3,40\n")
    read = READERS["miso-trace"](*paths, gpus=3)
    assert read.work_s.tolist() == [120, 60, 60]
    assert [read.speeds.names[kind] for kind in read.job_type] == ["resnet-64", "bert-2", "bert-2"]
    paths[1].write_text(json.dumps({"0": "resnet_train65"}))
    with pytest.raises(InputError, match="no measured type"):
        READERS["miso-trace"](*paths)
    paths[0].write_text("[]")
    with pytest.raises(InputError, match="is no object"):
        READERS["miso-trace"](*paths)


def test_the_published_files_are_read(shared_data):
    folder = shared_data / "mig"
    read = READERS["miso-trace"](folder / "miso_trace_100.json", folder / "miso_job_models.json",
                                 folder / "miso_arrivals_seed9.csv")
    assert read.jobs == 100
    assert read.work_s.mean() == pytest.approx(770, abs=1)
