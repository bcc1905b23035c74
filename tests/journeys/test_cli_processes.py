"""What happens to a solve from outside: interrupts, kills, full pipes; the best so far is never lost."""

import os
import signal
import sys
import time

import pytest

from ecoopt.core.errors import InputError
from ecoopt.core.status import Status, Termination
from ecoopt.documents import read_result

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]


@pytest.fixture
def instance(cli, tmp_path):
    path = tmp_path / "i.json"
    assert cli("generate", "toy", "--jobs", 8, "-o", path).code == 0
    return path


def wait_for(path, seconds=20.0):
    """Wait until a file holds a result."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        try:
            return read_result(path)
        except InputError:
            time.sleep(0.05)
    raise AssertionError(f"{path} was not written")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_solve_writes_its_best_and_exits_0(spawn, instance, tmp_path, number):
    output = tmp_path / "r.json"
    process = spawn("solve", instance, "--method", "endless", "-o", output)
    wait_for(output)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "feasible (interrupted)" in out
    held = read_result(output)
    assert (held.status, held.termination) == (Status.FEASIBLE, Termination.INTERRUPTED)
    assert "written while the run was going on" not in held.notes
    assert "Traceback" not in err


def test_an_interrupt_while_the_result_is_judged_or_written_loses_nothing(cli, instance, tmp_path, monkeypatch):
    import ecoopt.documents
    import ecoopt.solve

    before = {"judge": ecoopt.solve.judge, "write": ecoopt.documents.write_result}

    def interrupted(name):
        sent = []

        def act(*arguments):
            if not sent:
                sent.append(os.kill(os.getpid(), signal.SIGINT))
            return before[name](*arguments)
        return act

    for module, attribute, name in ((ecoopt.solve, "judge", "judge"), (ecoopt.documents, "write_result", "write")):
        with monkeypatch.context() as patch:
            patch.setattr(module, attribute, interrupted(name))
            output = tmp_path / f"{name}.json"
            done = cli("solve", instance, "--method", "exact", "-o", output)
        assert (done.code, done.err) == (0, "")
        assert read_result(output).status is Status.OPTIMAL


def test_an_interrupted_solve_without_anything_found_exits_1(spawn, instance, tmp_path):
    code = spawn("solve", instance, "--method", "nothing", "-o", tmp_path / "r.json")
    code.communicate(timeout=20)
    assert code.returncode == 1
    assert read_result(tmp_path / "r.json").status is Status.NONE


@pytest.mark.parametrize("method", ["endless", "deaf"])
def test_a_killed_solve_leaves_its_best_behind(spawn, instance, tmp_path, method):
    output = tmp_path / "r.json.gz"
    process = spawn("solve", instance, "--method", method, "-o", output)
    wait_for(output)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    held = read_result(output)
    assert held.feasible
    assert held.notes == ("written while the run was going on",)
    assert sorted(os.listdir(tmp_path)) == ["i.json", "r.json.gz"]


def test_a_method_that_takes_the_process_down_leaves_its_best_behind(spawn, instance, tmp_path):
    output = tmp_path / "r.json"
    process = spawn("solve", instance, "--method", "dies", "-o", output)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    assert read_result(output).feasible


def test_a_second_interrupt_ends_a_deaf_method_in_one_line(spawn, instance, tmp_path):
    output = tmp_path / "r.json"
    process = spawn("solve", instance, "--method", "deaf", "-o", output)
    wait_for(output)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "ecoopt: interrupted"
    assert read_result(output).feasible


def test_a_second_interrupt_ends_a_comparison_whose_processes_are_deaf(spawn, instance):
    process = spawn("compare", instance, "--methods", "deaf", "--seeds", 4, "--jobs", 2)
    time.sleep(4)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "ecoopt: interrupted"


def test_a_time_limit_ends_a_solve_with_its_best(cli, instance, tmp_path):
    done = cli("solve", instance, "--method", "endless", "--time-limit", 0.2, "-o", tmp_path / "r.json")
    assert done.code == 0
    assert read_result(tmp_path / "r.json").termination is Termination.TIME


def test_a_reader_that_leaves_is_no_error(spawn):
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn("families", "toy", "--schema", stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_a_result_that_cannot_be_written_is_put_where_it_can(cli, instance, tmp_path, monkeypatch):
    import ecoopt.documents

    write = ecoopt.documents.write_result
    refuge = tmp_path / "refuge"
    refuge.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(refuge))

    def full(result, path):
        if str(path).endswith("r.json"):
            raise InputError.one(str(path), "", "cannot be written: no space left on device")
        write(result, path)

    monkeypatch.setattr(ecoopt.documents, "write_result", full)
    done = cli("solve", instance, "--method", "greedy", "-o", tmp_path / "r.json")
    assert done.code == 2
    assert "no space left on device; the run goes on" in done.err.splitlines()[0]
    assert "the result is in" in done.err.splitlines()[-1]
    assert read_result(next(refuge.rglob("result.json.gz"))).feasible


def test_what_is_written_on_the_way_is_neither_too_often_nor_lost(tmp_path, instance):
    import ecoopt
    from ecoopt.cli._watch import KeepBest
    from ecoopt.core.run import Run
    from ecoopt.solve import prepare

    task = prepare(ecoopt.read_instance(instance), "random")
    output = tmp_path / "r.json"
    keeper = KeepBest(task, str(output))
    run = Run(observer=keeper)
    Schedule = ecoopt.family("toy").Schedule
    for k in range(50):
        run.offer(100.0 - k, Schedule(choice=[0, 1, 2, 0, 1, 2, 0, 1]))
    assert read_result(output).claimed_objective == 100.0
    keeper._next = 0.0
    run.tick()
    assert read_result(output).claimed_objective == 51.0


def test_a_terminal_shows_a_progress_line_and_a_file_does_not(cli, instance, monkeypatch):
    words = ("solve", instance, "--method", "endless", "--time-limit", 0.3)
    assert cli(*words).err.count("best") == 0
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = cli(*words)
    assert done.code == 0
    assert "endless on toy-8x3-s0" in done.err
    assert cli("compare", instance, "--methods", "greedy").code == 0
