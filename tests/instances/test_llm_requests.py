"""Traces of requests to language models: what the readers take and refuse, and what the generator draws."""

import gzip
import json
import lzma

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.llm import SERVICES, generate_requests, read_requests

AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:03.5000000,30,2\n2023-11-16 18:00:01.0000000,10,0\n"


def test_azures_table_is_read_in_order_of_arrival(tmp_path):
    path = tmp_path / "t.csv.xz"
    path.write_bytes(lzma.compress(AZURE.encode()))
    trace = read_requests(path)
    assert (trace.n, trace.rate_per_s) == (2, 0.4)
    assert trace.arrival_s.tolist() == [0.0, 2.5]
    assert trace.prompt_tokens.tolist() == [10, 30]
    assert trace.output_tokens.tolist() == [1, 2]
    assert trace.at_rate(4.0).arrival_s.tolist() == [0.0, 0.25]
    assert trace.first(1).n == 1
    assert trace.first(1).rate_per_s == 0
    assert trace.cells(np.array([1, 20, 25]), np.array([1, 2, 3])).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_mooncakes_lines_are_read(tmp_path):
    path = tmp_path / "t.jsonl.gz"
    lines = [{"timestamp": 0, "input_length": 7, "output_length": 3, "hash_ids": [1]}, {
        "timestamp": 1500, "input_length": 9, "output_length": 4, "hash_ids": []}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    trace = read_requests(path)
    assert trace.arrival_s.tolist() == [0.0, 1.5]
    assert trace.prompt_tokens.tolist() == [7, 9]
    assert trace.licence == "Apache-2.0"


@pytest.mark.parametrize(("text", "message"), [
    ("", "column TIMESTAMP: missing"), ("TIMESTAMP,ContextTokens,GeneratedTokens\n", "no requests"),
    (AZURE + "2023-11-16 18:00:03,5\n", "line 4: is too short"), (AZURE + "soon,1,1\n", "is no time"),
    (AZURE + ",1,1\n", "is no time"), (AZURE + "2023-11-16,x,1\n", "ContextTokens: holds what is no whole number"),
    (AZURE + "2023-11-16,1,-1\n", "GeneratedTokens"), ('{"timestamp": 0}', "line 1: is no request"), ("{", "line 1"),
    ('{"timestamp": null, "input_length": 1, "output_length": 1}', "timestamp: is no number"),
    ('{"timestamp": 0, "input_length": 1.5, "output_length": 1}', "input_length"),
    ('{"timestamp": 0, "input_length": 1, "output_length": [1]}', "output_length"), (b"\xff\xfe\x00", "UTF-8")])
def test_other_files_are_refused(tmp_path, text, message):
    path = tmp_path / "t"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message):
        read_requests(path)


@pytest.mark.parametrize(("service", "prompt", "output"), [
    ("code", 2048, 27.9), ("conversation", 1155, 211.1), ("long-context", 12035, 342.6)])
def test_requests_are_drawn_like_the_traces(service, prompt, output):
    trace = generate_requests(np.random.default_rng(5), service, 40_000)
    assert trace.prompt_tokens.mean() == pytest.approx(prompt, rel=0.03)
    assert trace.output_tokens.mean() == pytest.approx(output, rel=0.05)
    assert trace.rate_per_s == pytest.approx(SERVICES[service].rate_per_s, rel=0.25)
    assert (np.diff(trace.arrival_s) >= 0).all()
    assert min(trace.prompt_tokens.min(), trace.output_tokens.min()) >= 1
    again = generate_requests(np.random.default_rng(5), service, 40_000)
    assert again.arrival_s.tobytes() == trace.arrival_s.tobytes()


def test_published_traces_are_read(shared_data):
    for name, requests, prompt in (("AzureLLMInferenceTrace_code_2023.csv.xz", 8819, 2047.8),
                                   ("AzureLLMInferenceTrace_conv_2023.csv.xz", 19366, 1154.7),
                                   ("mooncake_conversation_trace.jsonl.xz", 12031, 12035.1)):
        trace = read_requests(shared_data / "llm" / name)
        assert trace.n == requests
        assert trace.prompt_tokens.mean() == pytest.approx(prompt, abs=0.1)
