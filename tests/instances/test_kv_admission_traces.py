"""Traces of requests become KV admission instances: as they were, faster, coarser, of several services at once."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.kv_admission.traces import import_kv_trace

LINES = """{"timestamp": 0, "input_length": 7, "output_length": 2}
{"timestamp": 900, "input_length": 50, "output_length": 9}
"""


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "trace.jsonl"
    path.write_text(LINES)
    return path


def test_arrivals_fall_into_rounds_and_lengths_into_units(trace):
    instance = import_kv_trace(trace, round_ms=100.0, tokens_per_unit=10, memory_tokens=100, speed=3.0, replicas=2)
    assert instance.arrival_round.tolist() == [0, 3]
    assert (instance.prompt_tokens.tolist(), instance.output_tokens.tolist()) == ([1, 5], [1, 1])
    assert instance.memory_tokens.tolist() == [10, 10]
    assert ecoopt.solve(instance, "fcfs").score.feasible


def test_each_file_is_a_client_and_the_first_requests_of_all_are_kept(trace):
    instance = import_kv_trace(trace, trace, requests=3)
    assert instance.client.tolist() == [0, 1, 0]
    assert (np.diff(instance.arrival_round) >= 0).all()


@pytest.mark.parametrize(("options", "words"), [
    ({"memory_tokens": 58}, "give at least 59"), ({"speed": 0.0}, "speed"), ({"requests": 0}, "requests")])
def test_wrong_options_are_named(trace, options, words):
    with pytest.raises(InputError, match=words):
        import_kv_trace(trace, **options)


def test_no_trace_is_an_error():
    with pytest.raises(InputError, match="at least one file"):
        import_kv_trace()


def test_a_policy_replays_a_real_trace_within_memory(shared_data):
    names = [f"AzureLLMInferenceTrace_{service}_2023.csv.xz" for service in ("code", "conv")]
    instance = import_kv_trace(*(shared_data / "llm" / name for name in names), preemption=True)
    result = ecoopt.solve(instance, "vllm")
    assert instance.requests == 28_185
    assert result.score.feasible
    assert result.score.terms["peak_memory_share"].value <= 1.0
