"""Every keep-alive method in processes of its own: the same bytes whatever the hash seed, and its best when stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ecoopt
from ecoopt.core.method import Kind
from ecoopt.core.status import Status, Termination
from ecoopt.documents import read_instance, read_result, write_instance
from ecoopt.registry import methods

METHODS = methods("keepalive")
NIGHTLY = os.environ.get("ECOOPT_HYPOTHESIS_PROFILE") == "nightly"
ALONE = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
"""Threads of small matrix products wait for each other where all cores are busy, as under a parallel test run."""
ENDLESS = {"milp", "lns", "pso", "lagrangian"}
"""Methods that would go on for longer than it takes to interrupt them."""

EVERY_METHOD = """
import json
import ecoopt
from ecoopt.registry import methods

short = {"lns": {"columns": 40, "nodes": 5, "patience": 4}, "pso": {"swarm_size": 6}}
for kind in ({}, {"containers": "persist"}, {"containers": "persist", "relocation": False}):
    instance = ecoopt.generate("keepalive", functions=6, hours=0.2, seed=3, memory=0.4, **kind)
    for name in methods("keepalive"):
        found = ecoopt.solve(instance, name, iterations=5, seed=11, options=short.get(name))
        print(json.dumps([
            name, repr(found.objective), repr(found.bound), found.iterations, found.evaluations, found.status,
            [[p.iteration, repr(p.incumbent), repr(p.bound)] for p in found.trace],
            None if found.schedule is None else found.schedule.model_dump(mode="json")]))
"""

INTERRUPTED_ONE_BY_ONE = """
import os, signal, sys, threading
from ecoopt.cli import main
from ecoopt.solve import Task

def run_and_interrupt(task, observe=None):
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        return run(task, observe)
    finally:
        timer.cancel()

run, Task.run = Task.run, run_and_interrupt
path, folder, *names = sys.argv[1:]
for name in names:
    main(["solve", path, "--method", name, "-o", f"{folder}/{name}.json.gz"])
"""


def test_processes_with_different_hash_seeds_give_the_same_bytes() -> None:
    processes = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", EVERY_METHOD], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ALONE | {"PYTHONHASHSEED": seed}, text=True)
        for seed in ("0", "4242")]
    (one, error), (other, _) = (process.communicate(timeout=300) for process in processes)
    lines = one.splitlines()
    assert len(lines) == 3 * len(METHODS), error
    for first, second in zip(lines, other.splitlines(), strict=True):
        assert first == second


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance that keeps every search busy for much longer than a second."""
    path = tmp_path_factory.mktemp("interrupts") / "instance.json.gz"
    write_instance(ecoopt.generate("keepalive", functions=150, hours=4, seed=1, memory=0.4, own_profiles=True), path)
    return path


def assert_stopped_well(output: Path, instance: Path, name: str) -> None:
    """Fail unless the file holds a valid result whose schedule the referee finds feasible."""
    found = read_result(output)
    assert found.method == name
    assert found.notes == ()
    assert found.status is not Status.ERROR
    if found.schedule is not None:
        score = ecoopt.evaluate(read_instance(instance), found.schedule)
        assert score.feasible
        assert score.objective == found.objective
    bounds_only = METHODS[name].kind is Kind.BOUND or name == "exact-unconstrained"
    assert found.schedule is not None or bounds_only
    if name in ENDLESS:
        assert found.termination is Termination.INTERRUPTED


def test_an_interrupt_leaves_every_method_with_its_best(large: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_ONE_BY_ONE, str(large), str(tmp_path), *METHODS], capture_output=True,
        text=True, timeout=300, check=False, env=ALONE)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for name in METHODS:
        assert_stopped_well(tmp_path / f"{name}.json.gz", large, name)


@pytest.mark.skipif(not NIGHTLY, reason="one process per method; set ECOOPT_HYPOTHESIS_PROFILE=nightly")
@pytest.mark.parametrize("name", [name for name in METHODS if name != "lp"])
def test_an_interrupted_process_leaves_its_best_behind(large: Path, tmp_path: Path, name: str) -> None:
    output = tmp_path / "result.json.gz"
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from ecoopt.cli import main; sys.exit(main())", "solve", str(large),
         "--method", name, "-o", str(output)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # The first schedule found is on disk at once; a bound alone ("lp") is not, so that nothing tells it has begun.
    while not output.exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert "Traceback" not in error
    assert_stopped_well(output, large, name)
