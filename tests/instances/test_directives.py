"""Directives instances: all problems told at once, the generator's classes, readers of public files."""

import lzma

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule, Evaluator, Window, sprout_levels
from ecoopt.instances.directives.catalogue import DRIFT_LOG_SD, DRIFT_PHI
from ecoopt.instances.directives.generate import drifting_mix
from ecoopt.instances.directives.importing import import_azure_llm, import_sprout

CLASSES = "alpaca,math,mmlu,naturalqa,triviaqa,scienceqa"


@pytest.fixture(scope="module")
def small():
    return ecoopt.generate("directives", hours=30, seed=1)


def problems(instance, **changes):
    content = {name: getattr(instance, name) for name in DirectivesInstance.model_fields} | changes
    with pytest.raises(InputError) as found:
        DirectivesInstance.from_content(content, "case")
    return [problem.message for problem in found.value.problems]


def test_every_problem_of_an_instance_is_told_at_once(small):
    found = problems(
        small, energy_kwh=np.zeros((1, 1)), mix=small.mix * 0.5, levels=("L0", "L1", "L1"), evaluator=Evaluator(),
        class_aware=True, windows=(Window(start_h=0, end_h=20, loss=0.1), Window(start_h=10, end_h=40, loss=0.1)))
    for part in ("energy_kwh has shape", "does not add up to 1", "levels names L1 twice", "unknown classes", "cross",
                 "ends after hour 30"):
        assert any(part in message for message in found), part
    assert len(found) == 6


def test_regions_without_a_fleet_and_windows_and_gaps_that_make_no_sense_are_told(small):
    other = small.regions[0].replace(name="elsewhere")
    assert any("no fleet" in each for each in problems(
        small, regions=(small.regions[0], other), requests=np.ones((2, 30)), mix=np.repeat(small.mix, 2, axis=0)))
    assert any("requests has shape" in each for each in problems(small, requests=np.ones((2, 30))))
    assert any("no request" in each for each in problems(small, requests=np.zeros((1, 30))))
    assert any("level 0 is below 1e-09" in each for each in problems(small, preference=small.preference * 0))
    with pytest.raises(ValueError, match="holds no hour"):
        Window(start_h=3, end_h=3, loss=0.1)
    with pytest.raises(ValueError, match="exchange"):
        Evaluator(least_gap_h=8, most_gap_h=7)
    with pytest.raises(ValueError, match="not in order"):
        small.regions[0].replace(mean_g_per_kwh=1e5)


def test_a_fleet_must_fit_its_regions():
    instance = ecoopt.generate("directives", zones=["GB", "DE-LU"], fleet=True, hours=5)
    fleet = instance.fleet
    assert any("fleet has 1 regions" in each for each in problems(instance, fleet=fleet.replace(
        gpus=[3], rtt_ms=[[0.0]], network_kwh=[[0.0]])))
    with pytest.raises(ValueError, match=r"rtt_ms has shape.*network_kwh has shape.*initial_gpus has"):
        fleet.replace(rtt_ms=[[0.0]], network_kwh=[[0.0]], initial_gpus=[1])
    with pytest.raises(ValueError, match="not 0 at home"):
        fleet.replace(network_kwh=np.ones((2, 2)))


def test_a_schedule_that_contradicts_itself_is_refused():
    with pytest.raises(InputError) as found:
        DirectivesSchedule.from_content({
            "family": "directives", "schema_version": 1, "share": np.zeros((2, 3, 1, 1, 2)), "evaluations": [3, 3],
            "gpus": [[1]]}, "case")
    assert len(found.value.problems) == 3


def test_wrong_arguments_of_the_generator_are_told_at_once():
    with pytest.raises(InputError) as found:
        ecoopt.generate("directives", zones=["nowhere"], hours=0, loss=2.0, options="poems", evaluator=True,
                        class_aware=True, ramp=-1.0, start_utc="noon")
    assert {problem.field for problem in found.value.problems} == {
        "zones", "hours", "loss", "options", "evaluator", "ramp", "start_utc"}
    with pytest.raises(InputError, match="no fleet"):
        ecoopt.generate("directives", zones=["GB", "DE-LU"])


def test_classes_drift_as_published():
    mix = drifting_mix(np.random.default_rng(0), 24 * 4000, 6, DRIFT_LOG_SD)
    changes = np.flatnonzero((np.diff(mix, axis=0) != 0).any(axis=1))
    assert np.diff(changes).mean() == pytest.approx(24, abs=0.5)
    assert np.diff(changes).std() == pytest.approx(4.8, abs=0.5)
    weight = np.log(mix[np.append(changes, -1)])
    weight -= weight.mean(axis=1, keepdims=True)
    assert weight.std() == pytest.approx(DRIFT_LOG_SD * np.sqrt(5 / 6), rel=0.05)
    assert (weight[1:] * weight[:-1]).mean() / (weight**2).mean() == pytest.approx(DRIFT_PHI, abs=0.03)


def test_the_levels_are_the_published_ones():
    table, models = sprout_levels(), sprout_levels("models")
    assert table.levels == ("L0", "L1", "L2")
    assert table.preference.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-9)
    assert table.energy_kwh[0].tolist() == [0.00055187, 0.00015888, 0.00011049]
    assert models.levels == ("L0", "L0_7b")
    assert models.preference.sum(axis=1) == pytest.approx(np.ones(6))
    assert models.preference[0, 0] == pytest.approx(0.5758)


@pytest.fixture
def sprout_files(tmp_path):
    carbon, mix = tmp_path / "carbon.csv", tmp_path / "mix.csv"
    hours = [f"2023-01-01 {h:02d}:00:00,{100 + h}" for h in range(24)]
    carbon.write_text("\n".join(["utc,TX", *hours]) + "\n")
    mix.write_text(f"hour_from,hour_to,{CLASSES}\n0,3,1,1,1,1,1,1\n4,9,2,0,0,0,0,0\n")
    return carbon, mix


def test_sprouts_inputs_become_an_instance(sprout_files):
    instance = import_sprout(*sprout_files, region="TX", start_hour=5)
    assert instance.hours == 10
    assert instance.intensity_g_per_kwh[0].tolist() == [105.0 + h for h in range(10)]
    assert (instance.regions[0].least_g_per_kwh, instance.regions[0].most_g_per_kwh) == (100.0, 123.0)
    assert instance.mix[0, 3].tolist() == [1 / 6] * 6
    assert instance.mix[0, 4].tolist() == [1.0, 0, 0, 0, 0, 0]
    assert instance.evaluator == Evaluator()
    assert instance.tolerance == 0.1


@pytest.mark.parametrize(("which", "text", "message"), [
    (1, f"hour_from,hour_to,{CLASSES}\n0,3,1,1,1,1,1,1\n5,9,2,0,0,0,0,0\n", "go on where the row before ends"),
    (1, f"hour_from,hour_to,{CLASSES}\n0,3,0,0,0,0,0,0\n", "without shares"),
    (1, "hour_from,hour_to\n0,3\n", "column alpaca: missing"),
    (0, "utc,TX\n2023-01-01 00:00:00,1\n2023-01-01 02:00:00,1\n", "hour by hour"),
    (0, "utc,TX\n2023-01-01 00:00:00,1\n", "the experiment needs"), (0, "utc\n1\n", "column TX: missing"),
    (0, b"\xff\xfe", "UTF-8")])
def test_files_that_are_not_sprouts_are_refused(sprout_files, which, text, message):
    sprout_files[which].write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message):
        import_sprout(*sprout_files, region="TX", start_hour=5)


def test_a_trace_of_requests_becomes_counts(tmp_path):
    path = tmp_path / "trace.csv.xz"
    rows = [f"2023-11-16 18:{minute:02d}:0{k}.1234567,10,20" for minute in range(3) for k in range(minute + 1)]
    path.write_bytes(lzma.compress(("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "\n".join(rows)).encode()))
    instance = import_azure_llm(path, bin_s=60)
    assert instance.requests.tolist() == [[1.0, 2.0]]
    assert import_azure_llm(path, bin_s=60, requests_per_hour=30).requests.tolist() == [[20.0, 40.0]]
    assert import_azure_llm(path).requests.tolist() == [[6.0]]
    with pytest.raises(InputError, match="bin_s"):
        import_azure_llm(path, bin_s=0)
    path.write_text("TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,1,1\n")
    with pytest.raises(InputError, match="is no time"):
        import_azure_llm(path)


def test_azures_hour_becomes_hours_of_a_minute(shared_data):
    instance = import_azure_llm(shared_data / "llm" / "AzureLLMInferenceTrace_code_2023.csv.xz", bin_s=60)
    assert instance.hours == 57
    assert 8000 < instance.requests.sum() <= 8819
