"""Spot fleets: what generator and readers promise, what the schema refuses, what the referee says of bad schedules."""

import numpy as np
import pytest
from pydantic import ValidationError

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.status import Status
from ecoopt.evaluate.spot_parallel import evaluate
from ecoopt.formulations.spot_parallel import explain
from ecoopt.instances.llm.distserve import distserve_profile, read_distserve
from ecoopt.instances.spot_parallel import READERS, SpotParallelSchedule, generate
from ecoopt.instances.spot_parallel.fleet import machines_there, tree


def small(**options):
    return generate(**{"intervals": 6, "machines": 2, "most_on_demand": 4, "seed": 1} | options)


def test_latency_and_throughput_are_those_of_distserves_fits():
    profile = distserve_profile("opt-66b")
    told = {(1, 2): 8.08, (1, 4): 4.94, (2, 4): 4.60, (1, 8): 3.62, (4, 2): 7.17}
    for (stages, shards), latency_s in told.items():
        assert profile.latency_s(shards, stages, 8, 512, 128) == pytest.approx(latency_s, abs=0.006)
    assert profile.weights_gb == pytest.approx(131.4, abs=0.1)
    assert profile.kv_gb_per_token == pytest.approx(2.36e-3, abs=1e-5)
    # What fits beside the weights on sixteen GPUs of 80 GB is nearly all that the measured table says.
    assert profile.tokens[8, 2] * profile.kv_gb_per_token + profile.weights_gb == pytest.approx(0.99 * 1280, rel=0.01)


def test_distserves_own_files_give_the_tables_that_come_along(shared_data):
    folder = shared_data / "llm"
    read = read_distserve(folder / "distserve_profile_a100_80g.json", folder / "distserve_max_num_tokens.csv")
    for model in ("opt-13b", "opt-66b"):
        known = distserve_profile(model)
        assert read[model].tokens == known.tokens
        for shards, speed in known.speeds.items():
            assert read[model].speeds[shards].prefill == pytest.approx(speed.prefill, rel=1e-9)
            assert read[model].latency_s(shards, 2, 96, 100, 50) == pytest.approx(
                known.latency_s(shards, 2, 96, 100, 50), rel=1e-9)
    made = READERS["distserve"](folder / "distserve_profile_a100_80g.json", folder / "distserve_max_num_tokens.csv",
                                model="opt-13b", intervals=4, seed=1)
    again = generate(model="opt-13b", intervals=4, seed=1)
    assert made.latency_s == pytest.approx(again.latency_s, rel=1e-9)
    assert (made.spot_gpus == again.spot_gpus).all()


def test_a_file_of_spot_gpus_becomes_a_row_of_intervals(tmp_path):
    path = tmp_path / "fleet.csv"
    path.write_text("# hours\nspot_gpus,load_rps\n8,1.5\n0,2\n12,3\n")
    instance = READERS["spot-fleet"](path, most_on_demand=2)
    assert instance.spot_gpus.tolist() == [8, 0, 12]
    assert instance.load_rps.tolist() == [1.5, 2, 3]
    assert instance.parent.tolist() == [-1, 0, 1]
    assert int(instance.gpus.max()) <= 14
    path.write_text("spot_gpus,load_rps\neight,1\n")
    with pytest.raises(InputError, match="spot_gpus"):
        READERS["spot-fleet"](path)
    path.write_text("gpus,load_rps\n8,1\n")
    with pytest.raises(InputError, match=r"spot_gpus.*is no column; there are: gpus, load_rps"):
        READERS["spot-fleet"](path)
    path.write_text("spot_gpus\n7.5\n")
    with pytest.raises(InputError, match="spot_gpus"):
        READERS["spot-fleet"](path)


def test_files_that_are_no_profile_are_refused_with_all_problems(tmp_path):
    speeds, tokens = tmp_path / "p.json", tmp_path / "t.csv"
    speeds.write_text('{"facebook/opt-13b": {"1": {"prefill": [1, 2]}}}')
    tokens.write_text("model,tp,pp,max_num_tokens\nfacebook/opt-13b,one,1,5\n")
    with pytest.raises(InputError) as caught:
        read_distserve(speeds, tokens)
    assert len(caught.value.problems) == 2


def test_children_are_equally_likely_and_courses_equally_long():
    shape = tree(12, 2, 3)
    assert len(shape.parent) == 4 * (1 + 3 + 9)
    leaves = np.setdiff1d(np.arange(len(shape.parent)), shape.parent)
    assert shape.probability[leaves] == pytest.approx(1 / 9)
    assert (shape.depth[leaves] == 11).all()


def test_machines_are_there_as_often_as_asked():
    shape = tree(4000, 0, 1)
    there = machines_there(shape, 6, 0.7, 0.12, np.random.default_rng(1))
    assert there.mean() == pytest.approx(0.7, abs=0.02)
    lost = (there[:-1] & ~there[1:]).sum() / there[:-1].sum()
    assert lost == pytest.approx(0.12, abs=0.01)
    assert machines_there(shape, 2, 1.0, 0.0, np.random.default_rng(1)).all()


def test_every_wrong_argument_is_named():
    with pytest.raises(InputError) as caught:
        generate(intervals=0, model="gpt", batches=[], churn=0.9, carbon_budget=0.5, seed=-1, machines=-1, name="")
    named = {problem.field for problem in caught.value.problems}
    assert named == {"intervals", "model", "batches", "churn", "carbon_budget", "seed", "machines", "name"}
    with pytest.raises(InputError, match="nodes"):
        generate(intervals=10_000, stages=6, branches=10)


def test_every_wrong_field_is_named():
    instance = small()
    with pytest.raises(ValidationError) as refused:
        instance.replace(parent=np.array([-1, 0, 5, 2, 3, 4]), load_rps=np.ones(2), resize_s=500.0, budget_kg=1.0,
                         kv_gb=np.ones(1))
    for part in ("parent of node 2 is 5", "load_rps has 2", "resize_s is above", "budget_kg is given", "kv_gb has 1"):
        assert part in str(refused.value)
    with pytest.raises(ValidationError, match=r"children of node 0 adds up to 0.5"):
        instance.replace(probability=np.array([1.0, *[0.5] * 5]))
    with pytest.raises(ValidationError, match="two configurations are the same"):
        instance.replace(batch=np.ones_like(instance.batch), data=np.ones_like(instance.data))
    with pytest.raises(ValidationError, match="alive has"):
        instance.replace(alive=np.ones((6, 9), dtype=bool))
    with pytest.raises(ValidationError, match="alive has shape"):
        instance.replace(alive=np.ones((2, 9), dtype=bool))
    with pytest.raises(InputError, match="too many where GPUs have names"):
        generate(intervals=2, machines=60, named=True, batches=[4, 8, 12])
    with pytest.raises(ValidationError, match="it has no replica"):
        instance.replace(throughput_rps=instance.throughput_rps + 1)
    with pytest.raises(ValidationError, match="keep it within"):
        instance.replace(load_rps=np.full(6, 2e9), data=np.where(instance.data > 0, 60_000, 0),
                         throughput_rps=instance.throughput_rps * 1e10)
    with pytest.raises(ValidationError, match="without start_utc"):
        small(zone="GB").replace(start_utc=None)


def test_every_rule_that_is_broken_is_told():
    instance = small(named=True, zone="GB", rent_budget=0.5, carbon_budget=0.5)
    most, nodes = int(instance.gpus.argmax()), instance.nodes
    slot = np.full((nodes, instance.devices), -1)
    slot[:, :2] = 99
    score = evaluate(instance, SpotParallelSchedule(
        config=np.array([most] * (nodes - 1) + [instance.configs]), on_demand=np.full(nodes, 5), slot=slot))
    told = " | ".join(violation.what for violation in score.violations)
    for part in ("does not exist", "more GPUs than there are", "more on-demand GPUs", "not on exactly one",
                 "other on-demand GPUs", "cost more than the budget", "more carbon"):
        assert part in told
    tight = instance.replace(gpu_memory_gb=1.0)
    score = evaluate(tight, SpotParallelSchedule(config=np.ones(nodes, dtype=int), on_demand=np.zeros(nodes, dtype=int),
                                                 slot=np.full((nodes, instance.devices), -1)))
    assert any("memory" in violation.what for violation in score.violations)


def test_a_schedule_of_another_shape_is_refused():
    instance = small()
    with pytest.raises(InputError, match="config: has 2"):
        evaluate(instance, SpotParallelSchedule(config=np.zeros(2), on_demand=np.zeros(2)))
    with pytest.raises(InputError, match="slot"):
        evaluate(instance, SpotParallelSchedule(config=np.zeros(6), on_demand=np.zeros(6), slot=np.zeros((6, 2))))
    with pytest.raises(InputError, match="give a SpotParallelInstance"):
        evaluate(instance, instance)
    with pytest.raises(InputError, match="give a SpotParallelInstance"):
        explain(SpotParallelSchedule(config=np.zeros(2), on_demand=np.zeros(2)))


def test_what_cannot_be_is_explained():
    instance = small()
    bare = instance.replace(**{name: getattr(instance, name)[1:] for name in (
        "data", "pipeline", "tensor", "batch", "latency_s", "throughput_rps", "kv_gb")},
        spot_gpus=np.zeros(6, dtype=int), most_on_demand=1)
    assert "no configuration fits at node 0" in explain(bare)[0]
    assert ecoopt.solve(bare, "milp").status is Status.INFEASIBLE
    full = bare.replace(spot_gpus=np.full(6, 8), budget_usd=1.0)
    assert "at least" in explain(full)[0]
    assert ecoopt.solve(full, "flow").status is Status.INFEASIBLE
    assert explain(instance) == []
