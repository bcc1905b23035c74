"""Admissions at a size where prices of memory are worth something, and the reader of plain problems."""

import json

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.kv_admission.importing import READERS

REQUESTS = [{"arrival": k // 2, "prompt": 20 + k, "output": 3 + k % 4} for k in range(8)]


@pytest.fixture(scope="module")
def crowd():
    return ecoopt.generate("kv_admission", requests=120, seed=2)


@pytest.mark.parametrize("method", ["lagrangian", "milp", "lns"])
def test_bounds_and_schedules_lie_on_their_sides(crowd, method):
    found = ecoopt.solve(crowd, method, time_limit=4)
    assert found.score.feasible
    if method != "lns":
        assert 0 < found.bound <= found.objective


def plain(tmp_path, **changes):
    path = tmp_path / "plain.json"
    path.write_text(json.dumps([{"name": "own", "memory_tokens": 90, "rounds": 40, "requests": REQUESTS} | changes]))
    return READERS["plain-kv"](path)


def test_a_plain_problem_is_read(tmp_path):
    read = plain(tmp_path)
    assert len(read.prompt_tokens) == 8
    assert ecoopt.solve(read, "milp", time_limit=10).objective >= np.sum([r["output"] for r in REQUESTS])


@pytest.mark.parametrize("changes", [
    {"requests": [{"arrival": 2**70, "prompt": 2, "output": 2}]}, {"memory_tokens": "much"}, {"requests": []},
    {"requests": [{"prompt": 2, "output": 2}]}])
def test_other_problems_are_refused(tmp_path, changes):
    with pytest.raises(InputError):
        plain(tmp_path, **changes)
