"""The speed benchmarks' own mechanism, by a clock that the cases move themselves; no speed is tested here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPEED = ROOT / "benchmarks" / "speed"

pytest.importorskip("pytest_benchmark")
if not SPEED.is_dir():
    pytest.skip("a wheel has no benchmarks", allow_module_level=True)

CLOCK = """
import pytest

now = 0.0
turns = []

def takes(seconds, name):
    def task():
        global now
        now += seconds
        turns.append(name)
        return name
    return task

pytestmark = pytest.mark.benchmark(timer=lambda: now)
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run pytest in the repository, not as the part of this session's that its environment would make it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)], cwd=ROOT,
                          env=environment, capture_output=True, text=True, check=False)


def bench(folder: Path, cases: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the cases of one file whose clock they move."""
    file = folder / "bench_clock.py"
    file.write_text(CLOCK + cases)
    return run("-p", "benchmarks.speed.conftest", file, *arguments)


def lines(done: subprocess.CompletedProcess[str], case: str) -> list[str]:
    return [" ".join(line.split()) for line in done.stdout.splitlines() if line.startswith(f"bench_clock.py::{case} ")]


def test_met_ratios_pass_and_stand_in_the_table_and_in_the_json(tmp_path):
    done = bench(tmp_path, """
@pytest.mark.ratio(at_least=5)
def bench_fast(race):
    assert race(takes(0.5, "ours"), {"slow": takes(3.0, "slow"), "slower": takes(4.0, "slower")}) == [
        "ours", "slow", "slower"]

@pytest.mark.ratio(at_most=40)
def bench_long(race):
    race(takes(3.0, "ours"), {"floor": takes(0.2, "floor")})

def bench_printed(race):
    race(takes(8.0, "ours"), {"few": takes(0.2, "few")}, units=400, reference_units=2, unit="call")
""", f"--benchmark-json={tmp_path / 'figures.json'}")
    assert done.returncode == 0, done.stdout
    assert lines(done, "bench_fast") == [
        "bench_clock.py::bench_fast 500 ms 3 s 6 times as fast as slow at least 5 met",
        "bench_clock.py::bench_fast 500 ms 4 s 8 times as fast as slower at least 5 met"]
    assert lines(done, "bench_long") == [
        "bench_clock.py::bench_long 3 s 200 ms 15 times as long as floor at most 40 met"]
    assert lines(done, "bench_printed") == [
        "bench_clock.py::bench_printed 20 ms/call 100 ms/call 5 times as fast as few"]
    written = json.loads((tmp_path / "figures.json").read_text())
    assert [(figure["value"], figure["met"]) for figure in written["figures"]] == [
        (6, True), (8, True), (pytest.approx(15), True), (pytest.approx(5), None)]
    assert written["benchmarks"][0]["extra_info"]["references_s"] == {"slow": [3] * 3, "slower": [4] * 3}


def test_a_missed_ratio_is_one_line_and_exit_code_1(tmp_path):
    done = bench(tmp_path, """
@pytest.mark.ratio(at_least=5)
def bench_slow(race):
    race(takes(1.0, "ours"), {"rival": takes(4.0, "rival")})

@pytest.mark.ratio(at_most=2)
def bench_without_reference(race):
    race(takes(1.0, "ours"))
""")
    assert done.returncode == 1, done.stdout
    assert "4 times as fast as rival, wanted at least 5" in done.stdout.splitlines()
    assert "a ratio needs a race against a reference" in done.stdout.splitlines()
    assert lines(done, "bench_slow") == [
        "bench_clock.py::bench_slow 1 s 4 s 4 times as fast as rival at least 5 MISSED"]


def test_a_ceiling_is_for_a_unit_of_work(tmp_path):
    done = bench(tmp_path, """
@pytest.mark.ceiling(ms=15)
def bench_runs(race):
    race(takes(1.0, "ours"), units=100, unit="run")

@pytest.mark.ceiling(ms=15)
def bench_round(benchmark):
    benchmark.pedantic(takes(0.016, "ours"))
""")
    assert done.returncode == 1, done.stdout
    assert lines(done, "bench_runs") == ["bench_clock.py::bench_runs 10 ms/run 10 ms per run at most 15 met"]
    assert "16 ms, wanted at most 15" in done.stdout.splitlines()


def test_the_sides_take_turns_and_the_fastest_round_counts(tmp_path):
    done = bench(tmp_path, """
def slower_each_time(name):
    return lambda: takes(1.0 + len(turns), name)()

def bench_turns(race):
    race(slower_each_time("ours"), {"reference": slower_each_time("reference")}, rounds=3, reference_rounds=2)
    assert turns == ["reference", "ours", "reference", "ours", "ours"]
""")
    assert done.returncode == 0, done.stdout
    assert lines(done, "bench_turns") == ["bench_clock.py::bench_turns 2 s 1 s 2 times as long as reference"]


def test_a_group_timed_over_sizes_gets_its_exponent(tmp_path):
    done = bench(tmp_path, """
@pytest.mark.parametrize("size", [10, 20, 40, 80])
def bench_square(benchmark, size):
    benchmark.group, benchmark.extra_info["size"] = "a square", size
    benchmark.pedantic(takes(size**2 / 400, "square"))
""")
    assert done.returncode == 0, done.stdout
    assert ["a", "square", "20", "to", "80", "16", "s", "2.00", "0.00", "1.000"] in [
        line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("seconds", "least", "most"), [
    (lambda n: 3e-6 * n, 0.999, 1.001), (lambda n: 2e-9 * n**2, 1.999, 2.001),
    (lambda n: 1e-8 * n * n.bit_length(), 1.05, 1.15), (lambda n: 0.01 + 1e-3 * n, 0.99, 1.0),
])
def test_the_exponent_of_hand_made_times_is_recovered(monkeypatch, seconds, least, most):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.speed.exponent import fit

    sizes = [1000 * 2**k for k in range(8)]
    law = fit(sizes, [seconds(n) for n in sizes])
    assert least <= law.exponent <= most
    assert law.error < 0.02
    assert law.sizes == tuple(sizes[4:])


def test_an_exponent_of_two_sizes_is_refused(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.speed.exponent import fit

    with pytest.raises(ValueError, match="needs 3 sizes, there are 2"):
        fit([10, 20], [1.0, 2.0])


def test_a_file_is_all_that_a_benchmark_needs_to_be_collected():
    done = run("benchmarks/speed", "--collect-only", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    collected = {Path(line.partition("::")[0]).name for line in done.stdout.splitlines() if "::" in line}
    assert collected == {file.name for file in SPEED.glob("bench_*.py")}
