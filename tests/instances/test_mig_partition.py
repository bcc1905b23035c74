"""MIG snapshots as instances: the generator, the schema's refusals, the reader, classes and the decoder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.evaluate.mig_partition import evaluate
from ecoopt.instances.mig import JOB_TYPES, count_rows, job_types
from ecoopt.instances.mig_partition import (
    READERS,
    MigPartitionInstance,
    cuts_for_counts,
    fill,
    generate,
    job_classes,
    schedule_worth,
)


def test_the_same_arguments_give_the_same_bytes() -> None:
    options: dict[str, Any] = {"gpus": 12, "running": 0.5, "reset_cost": 0.01, "qos_share": 0.3, "seed": 4}
    one, two = generate(**options), generate(**options)
    assert one.digest == two.digest
    assert generate(**(options | {"seed": 5})).digest != one.digest
    assert MigPartitionInstance.from_content(json.loads(one.model_dump_json()), "again").digest == one.digest


def test_rows_of_speeds_are_kept_whole() -> None:
    block = generate(gpus=2, pool="5-models", types=7, seed=2).blocks[0]
    rows = {kind.speed for kind in job_types("5-models")}
    assert len(block.speed) == 7
    assert {tuple(row) for row in block.speed.tolist()} <= rows


def test_another_gpu_is_faster_in_proportion_to_its_sms() -> None:
    blocks = generate(gpus=5, geometry=("A100-40", "H100-80"), double_memory=True).blocks
    assert [block.gpus for block in blocks] == [3, 2]
    assert np.allclose(blocks[1].speed, blocks[0].speed * 132 / 98)


def test_residents_are_jobs_on_legal_layouts() -> None:
    found = generate(gpus=20, running=0.6, pinned=0.5, migration_cost=0.1, reset_cost=0.02, seed=1)
    assert found.running is not None
    assert len(np.unique(found.running.gpu)) <= 12
    assert set(found.running.pin) == {"free", "gpu"}
    assert (found.running.migration_cost >= 0.05).all()
    assert (found.running.migration_cost <= 0.15).all()
    assert np.allclose(found.running.reset_cost, found.running.migration_cost / 5)


@pytest.mark.parametrize(("options", "message"), [
    ({"gpus": 0, "pool": "x", "objective": "fast"}, "pool: 'x' is unknown"),
    ({"geometry": ("A30-24",)}, r"geometry\[0\]: 'A30-24' is unknown"),
    ({"geometry": ("A100-40", "A100-80"), "gpus": 1}, "2 blocks for 1 GPUs"),
    ({"objective": "energy", "place_all": False}, "needs every job to run"),
    ({"reset_cost": 1.0}, "exceeds migration_cost"),
    ({"types": 40}, "no whole number in 1..32"),
    ({"running": 2.0}, "running: 2.0 is no number 0 to 1"),
])
def test_wrong_arguments_are_refused_all_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        generate(**options)
    assert len(caught.value.problems) == (3 if "pool" in options else 1)


@pytest.mark.parametrize(("changes", "message"), [
    ({"job_type": np.array([0, 99])}, "job_type names type 99 of 32"),
    ({"objective": "energy"}, "energy needs work_s"),
    ({"objective": "max_min", "place_all": False}, "max_min needs every job to run"),
    ({"weight": np.ones(3)}, "weight has 3 entries for 12 jobs"),
    ({"type_names": ("a",) * 32}, "type_names are not distinct"),
    ({"type_memory_gb": np.ones(2)}, "type_memory_gb has 2 entries for 32 types"),
    ({"blocks": ()}, "blocks has 0 entries"),
])
def test_instances_that_make_no_sense_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generate(gpus=4, seed=1).replace(**changes)


@pytest.mark.parametrize(("changes", "message"), [
    ({"gpu": [0, 9], "start": [0, 0]}, "GPU 9 of 4"), ({"job": [0, 99]}, "job 99 of 12"),
    ({"job": [0, 0]}, "names a job twice"), ({"start": [0, 0]}, "overlaps"),
    ({"reset_cost": [0.1, 9.0]}, "reset_cost exceeds migration_cost"), ({"start": [0]}, "columns differ in length"),
])
def test_residents_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    running = {"job": [0, 1], "gpu": [0, 0], "profile": [2, 1], "start": [4, 0], "pin": ("free", "free"),
               "migration_cost": [0.1, 0.1], "reset_cost": [0.1, 0.1]}
    content = generate(gpus=4, seed=1).model_dump() | {"running": running | changes}
    with pytest.raises(InputError, match=message):
        MigPartitionInstance.from_content(content, "residents")


def test_jobs_worth_the_same_are_one_class() -> None:
    found = generate(gpus=50, jobs_per_gpu=4.0)
    classes = job_classes(found)
    assert len(classes.jobs) == 32
    assert classes.jobs.sum() == 200
    speed = found.blocks[0].speed[found.job_type]
    assert np.array_equal(np.where(classes.allowed, classes.value, 0)[classes.of_job], speed)
    weighted = generate(gpus=50, jobs_per_gpu=4.0, objective="weighted_stp", own_weights=True)
    assert len(job_classes(weighted).jobs) == 200


@given(st.integers(0, 2**32 - 1))
def test_counts_that_fit_are_decoded_into_a_schedule_worth_what_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = generate(gpus=6, jobs_per_gpu=3.0, geometry=("A100-40", "H100-80"), double_memory=True, place_all=False,
                     seed=seed)
    classes = job_classes(found)
    counts = np.zeros(classes.value.shape, dtype=np.int64)
    gpus = [np.arange(0, 3), np.arange(3, 6)]
    rows = [count_rows(block.geometry) for block in found.blocks]
    for job in rng.permutation(found.jobs).tolist():
        c = classes.of_job[job]
        s = int(rng.choice(np.flatnonzero(classes.allowed[c])))
        counts[c, s] += 1
        b = int(classes.slots.block[s])
        held = counts.sum(axis=0)[classes.slots.first[b]:classes.slots.first[b + 1]]
        row = rows[b]
        assert row is not None
        if (row.coefficients @ held > 3 * row.per_gpu).any():
            counts[c, s] -= 1
    cuts = cuts_for_counts(found, counts.sum(axis=0), gpus)
    assert cuts is not None
    schedule = fill(found, classes, counts, cuts)
    score = evaluate(found, schedule)
    assert score.feasible
    assert score.objective == pytest.approx(float((counts * np.where(classes.allowed, classes.value, 0)).sum()))
    assert schedule_worth(found, classes, schedule) == pytest.approx(score.objective)


def test_counts_that_do_not_fit_have_no_cuts() -> None:
    found = generate(gpus=2)
    assert cuts_for_counts(found, np.array([2, 1, 0, 0, 0]), [np.arange(2)]) is None


def test_the_published_jobs_are_read(shared_data: Path) -> None:
    folder = shared_data / "mig"
    found = READERS["miso"](folder / "miso_job_models.json", folder / "miso_trace_100.json", gpus=20)
    assert found.jobs == 100
    assert found.type_names == tuple(kind.name for kind in JOB_TYPES)
    assert found.type_names[found.job_type[0]] == "transformer-32"
    assert found.work_s is not None
    assert found.work_s[0] == 120
    assert found.blocks[0].geometry.forbidden_pairs == (("4g.20gb", "3g.20gb"),)


def test_wrong_entries_of_job_files_are_told_apart(tmp_path: Path) -> None:
    models, trace = tmp_path / "models.json", tmp_path / "trace.json"
    models.write_text('{"1": "resnet_train64", "0": "gnn_train128"}')
    trace.write_text('{"0": 10, "1": -3}')
    read = READERS["miso"]
    assert read(models).type_names[read(models).job_type[0]] == "gnn-128"
    assert read(models, jobs=1).jobs == 1
    with pytest.raises(InputError, match="1: is no positive number of seconds"):
        read(models, trace)
    models.write_text('{"0": "resnet_train65", "1": 3}')
    with pytest.raises(InputError, match="'resnet_train65' was not measured") as caught:
        read(models)
    assert len(caught.value.problems) == 2
    models.write_text("[1]")
    with pytest.raises(InputError, match="is no table by job number"):
        read(models)
    models.write_text("{")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read(models)
    with pytest.raises(InputError, match="was not measured"):
        read(models, gpus=0, geometry=("A30-24",), jobs=0)
