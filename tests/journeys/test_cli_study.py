"""Studies and best-known values on the command line, as people and machines use them."""

import csv
import json
import os
import signal
import sys
import time

import pytest

import ecoopt
from ecoopt.study.store import Store

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

STUDY = """
seeds = 2
[budget]
iterations = 20
[workers]
jobs = 1
warm_up = false
[[instances]]
family = "toy"
seeds = 2
[[methods]]
names = ["greedy", "exact"]
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(STUDY)
    return path


def test_a_study_prints_its_plan_runs_and_says_how_it_ended(cli, study):
    done = cli("study", "run", study)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "s: 2 instances, 2 methods, 2 seeds: 8 runs"
    assert lines[1] == "8 to go, 1 at a time, for an unknown time: not every method has a limit"
    assert lines[-1] == f"{study.with_suffix('.db')}: 8 of 8 runs"
    assert any("exact" in line and "4/4" in line for line in lines)
    again = cli("study", "run", study)
    assert "all of them are finished" in again.out
    assert again.code == 0


def test_a_plan_alone_runs_nothing(cli, study):
    done = cli("study", "run", study, "--plan")
    assert done.code == 0
    assert "8 to go" in done.out
    assert "toy: exact, 2 seeds, iterations 20, wall limit none" in done.out
    assert "toy: toy-6x3-s1, digest" in done.out
    assert not study.with_suffix(".db").exists()
    cli("study", "run", study)
    assert "4 are finished, 4 to go" in cli("study", "run", study, "--plan", "--again", "greedy").out
    assert "all of them are finished" in cli("study", "run", study, "--plan").out


def test_the_state_is_json_for_machines(cli, study, tmp_path):
    state = json.loads(cli("study", "run", study, "-o", tmp_path / "x.db", "--json").out)
    assert (state["done"], state["total"], state["failed"]) == (8, 8, 0)
    assert json.loads(cli("study", "status", tmp_path / "x.db", "--json").out) == state


def test_runs_that_fail_are_told_by_the_exit_code(cli, study):
    study.write_text(STUDY.replace('"greedy"', '"crash"'))
    done = cli("study", "run", study)
    assert done.code == 1
    assert "8 of 8 runs, 4 failed" in done.out
    assert cli("study", "status", study.with_suffix(".db")).code == 0
    done = cli("study", "run", study, "--again", "errors")
    assert "4 are finished, 4 to go" in done.out


def at_work(cli, store, label):
    """Return the state of a running study as soon as a method's run is under way."""
    end = time.perf_counter() + 60
    while f"at work: {label}" not in (done := cli("study", "status", store)).out and time.perf_counter() < end:
        time.sleep(0.1)
    return done


def test_a_running_study_is_read_while_it_runs_and_goes_on_after_an_interrupt(cli, spawn, study):
    text = STUDY.replace('"greedy", "exact"', '"greedy", "endless"')
    study.write_text(text.replace("iterations = 20", "seconds = 60"))
    process = spawn("study", "run", study)
    store = study.with_suffix(".db")
    done = at_work(cli, store, "endless")
    assert done.code == 1
    assert "running" in done.out
    assert "at work: endless on toy-6x3-s0, seed 0, since 2" in done.out
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert not [line for line in err.splitlines() if "warning: entry point" not in line]
    assert "2 of 8 runs" in out
    done = cli("study", "status", store)
    assert "not running: 'ecoopt study run' goes on with it" in done.out
    assert "at work" not in done.out
    study.write_text(study.read_text().replace("seconds = 60", "seconds = 0.2"))
    assert "8 of 8 runs" in cli("study", "run", study).out


def test_a_second_interrupt_ends_a_study_whose_processes_are_deaf(cli, spawn, study):
    study.write_text(STUDY.replace('"greedy", "exact"', '"deaf"'))
    process = spawn("study", "run", study)
    at_work(cli, study.with_suffix(".db"), "deaf")
    time.sleep(2)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert [line for line in err.splitlines() if "warning: entry point" not in line] == ["ecoopt: interrupted"]


def test_exports_are_written_in_the_format_of_their_name(cli, study, tmp_path):
    cli("study", "run", study)
    done = cli("study", "export", study.with_suffix(".db"), "-o", tmp_path / "x.csv")
    assert done.out == f"{tmp_path / 'x.csv'}: 8 runs\n"
    with open(tmp_path / "x.csv", newline="") as stream:
        assert [row["label"] for row in csv.DictReader(stream)] == ["greedy", "greedy", "exact", "exact"] * 2


def test_a_terminal_shows_a_bar_with_the_time_left_and_the_gaps(cli, study, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("ecoopt.cli._study._GAPS_EVERY_S", 0.0)
    done = cli("study", "run", study)
    assert done.code == 0
    assert "8/8" in done.err
    assert "gaps: exact 0 %" in done.err


@pytest.mark.parametrize(("words", "complaint"), [
    (("study", "run", "no.toml"), "no.toml: cannot be read: no such file"),
    (("study", "run"), "missing argument"), (("study", "rnu"), "no such command"),
    (("study", "status", "no.db"), "there is no such store"),
    (("study", "export", "no.db", "-o", "x.csv"), "no such store"),
    (("study", "export", "no.db", "-o", "x.txt"), "end the name in"),
    (("study", "run", "s.toml", "--backend", "ray"), "workers: backend"),
    (("study", "run", "s.toml", "--backend", "dask"), "workers: address: missing"),
    (("study", "run", "s.toml", "--jobs", "0"), "workers: jobs"),
    (("study", "run", "s.toml", "--again", "exat"), "the study has no method 'exat'"),
    (("study", "run", "s.toml", "-o", "no/x.db"), "there is no folder"),
    (("study", "run", "."), ".: is a folder"), (("study", "run", "s.toml", "-o", ":memory:"), "a study is to last"),
    (("study", "run", "s.toml", "-o", "full/x.db"), "full/x.db.lock: cannot be used"),
    (("study", "run", "other.db"), "is the store of a study; give the study file"),
    (("study", "run", "s.toml", "--address", "tcp://127.0.0.1:1"), "the backend is local"),
    (("study", "run", "many.toml"), "seeds: 300000000 is no number of seeds"),
    (("study", "run", "large.toml"), "'18446744073709551616' is not a seed; give a whole number from 0 to 2^63 - 1"),
    *((("study", "run", "s.toml", "--plan", *words), complaint) for words, complaint in (
        (("--jobs", "0"), "workers: jobs"), (("--again", "zzz"), "no method 'zzz'"),
        (("--backend", "dask", "--address", "http://localhost:8787"), "address: is 'http://localhost:8787'"),
        (("--address", "tcp://x:1"), "the backend is local"))),
    (("study", "run", "much.toml"), "has 2,000,000 runs, more than 1,000,000"),
    (("bks", "verify", "tox"), "did you mean toy?"), (("bks", "update", "no.db"), "no such store"),
])
def test_wrong_input_is_refused_in_a_line(cli, study, monkeypatch, words, complaint):
    monkeypatch.chdir(study.parent)
    (study.parent / "full" / "x.db.lock").mkdir(parents=True)
    for name, seeds in (("many", "300000000"), ("large", "[18446744073709551616]"), ("much", "1000000")):
        (study.parent / f"{name}.toml").write_text(STUDY.replace("seeds = 2", f"seeds = {seeds}", 1).replace(
            "seeds = 2", "seeds = 1"))
    Store(study.parent / "other.db", write=True).close()
    lines = cli(*words).complaints
    assert len(lines) == 1
    assert complaint in lines[0]


def test_groups_show_their_commands(cli):
    done = cli("study")
    assert done.code == 0
    assert all(f"\n  {name}" in done.out for name in ("run", "status", "export"))
    assert all(f"\n  {name}" in cli("bks", "--help").out for name in ("show", "verify", "update"))
    assert "\n  study" in cli("--help").out


@pytest.fixture
def known(cli, tmp_path):
    """A folder with a set of a toy instance and its optimum."""
    for name in ("sets", "bks"):
        (tmp_path / name).mkdir()
    instance = ecoopt.generate("toy", seed=1)
    entry = {"name": "toy-1", "difficulty": "easy", "options": {"seed": 1}, "instance_digest": instance.digest}
    content = {"document": "instance set", "schema_version": 1, "family": "toy", "instances": [entry]}
    (tmp_path / "sets" / "toy.json").write_text(json.dumps(content))
    return tmp_path


def test_best_known_values_are_updated_shown_and_verified(cli, study, known):
    cli("study", "run", study)
    done = cli("bks", "update", study.with_suffix(".db"), "--folder", known)
    assert done.code == 0
    assert done.out.splitlines()[-1].endswith("2 improvements, 0 refused")
    assert "toy-1: value " in done.out
    shown = json.loads(cli("bks", "show", "--folder", known, "--json").out)["toy"]
    assert [(row["instance"], row["class"], row["gap %"]) for row in shown] == [("toy-1", "easy", "0")]
    assert "toy-1" in cli("bks", "show", "toy", "--folder", known).out
    done = cli("bks", "verify", "--folder", known)
    assert (done.code, done.out) == (0, "toy: 3 instances and entries checked, none wrong\n")
    history = known / "bks" / "toy.json"
    history.write_text(history.read_text().replace('"seed":0', '"seed":7', 1))
    done = cli("bks", "verify", "toy", "--folder", known)
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert line.startswith("toy: toy-1: value ")
    assert "does not match its seal" in line


def test_a_refused_improvement_is_told_by_the_exit_code(cli, study, known):
    cli("study", "run", study)
    store = study.with_suffix(".db")
    with Store(store, write=True) as opened:
        opened._connection.execute("UPDATE runs SET objective = 1.0")
    done = cli("bks", "update", store, "--folder", known)
    assert done.code == 1
    assert "refused: the store says 1.0, the referee" in done.err
    assert os.listdir(known / "bks") == ["toy.json"]
