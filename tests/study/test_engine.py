"""The engine: whatever happens to a run or its process is a result, and nothing that was found is lost."""

import os
import shutil
import signal
import threading
import time
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.interrupt import interruptible
from ecoopt.core.status import Status, Termination
from ecoopt.study.engine import Filed, Finished, Generated, Held, Here, Local, SlotSettings, Started, wall_limit_s

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

COLD = SlotSettings(warm_up=False)


def carry_out(works, jobs=1, settings=COLD):
    """Return the results by place."""
    return {event.work.place: event.value for event in Local(jobs, settings).run(works, copy)
            if isinstance(event, Finished)}


def test_runs_here_and_in_processes_end_alike(work):
    works = [work(name, place, seed=place, iterations=7) for place, name in enumerate(
        ("exact", "greedy", "random", "bound", "crash", "infeasible", "nothing", "picky", "leaves", "breaks_off"))]
    here = {e.work.place: e.value for e in Here().run(works, copy) if isinstance(e, Finished)}
    there = carry_out(works, jobs=2)
    assert here.keys() == there.keys() == set(range(len(works)))
    for place, one in here.items():
        other = there[place]
        assert (one.status, one.termination, one.objective, one.bound, one.notes) == (
            other.status, other.termination, other.objective, other.bound, other.notes)
        assert one.schedule == other.schedule


def test_every_run_is_begun_before_it_ends_and_both_once(work):
    works = [work("greedy", place) for place in range(5)]
    seen = [(type(e), e.work.place) for e in Local(2, COLD).run(works, copy)]
    for place in range(5):
        assert seen.index((Started, place)) < seen.index((Finished, place))
    assert len(seen) == 10


def test_a_run_that_hangs_is_ended_at_its_wall_limit_with_what_it_had_found(work):
    began = time.perf_counter()
    found = carry_out([work("deaf", wall_limit_s=1.0), work("greedy", 1)])
    assert time.perf_counter() - began < 20
    hung, greedy = found[0], found[1]
    assert (hung.status, hung.termination) == (Status.FEASIBLE, Termination.TIME)
    assert "after its wall limit of 1 s" in hung.notes[0]
    assert 1.0 <= hung.wall_s < 3.0
    assert hung.objective == greedy.objective
    assert ecoopt.evaluate(ecoopt.generate("toy", jobs=8, seed=1), hung.schedule).objective == hung.objective


def test_a_run_whose_process_dies_is_a_crash_with_what_it_had_found(work):
    found = carry_out([work("dies"), work("greedy", 1), work("dies", 2)], jobs=2)
    for place in (0, 2):
        assert (found[place].status, found[place].termination) == (Status.FEASIBLE, Termination.CRASH)
        assert "killed by SIGKILL" in found[place].notes[0]
        assert found[place].objective == found[1].objective


def test_a_fault_in_a_solver_says_where(work):
    (found,) = carry_out([work("faulty")]).values()
    assert (found.status, found.termination, found.schedule) == (Status.ERROR, Termination.CRASH, None)
    assert "killed by SIGSEGV" in found.notes[0]
    assert "in string_at" in found.notes[0]


def test_an_infeasible_schedule_is_an_error_that_says_what_it_breaks(work):
    (found,) = carry_out([work("infeasible")]).values()
    assert found.status is Status.ERROR
    assert "the schedule is infeasible: places at option 0" in found.notes[0]


def test_a_wall_limit_is_twice_the_time_and_a_minute_unless_it_is_said():
    assert wall_limit_s(Budget(seconds=30)) == 120
    assert wall_limit_s(Budget(iterations=3)) is None


def test_an_instance_that_is_not_the_planned_one_is_an_error_of_its_runs_alone(work):
    wrong = replace(work("exact"), source=Generated("toy", {"jobs": 9, "seed": 1}))
    missing = replace(work("exact", 1), source=Filed("/nowhere/i.json"), instance_digest="0" * 64)
    found = carry_out([wrong, missing, work("exact", 2)])
    assert [found[place].status for place in range(3)] == [Status.ERROR, Status.ERROR, Status.OPTIMAL]
    assert "plan them again" in found[0].notes[0]
    assert "no such file" in found[1].notes[0]


def test_instances_in_memory_and_in_files_reach_the_processes(work, tmp_path):
    instance = ecoopt.generate("toy", jobs=8, seed=1)
    ecoopt.write_instance(instance, tmp_path / "i.json.zst")
    held = replace(work("exact"), source=Held(instance))
    filed = replace(work("exact", 1), source=Filed(str(tmp_path / "i.json.zst")), instance_name="another name")
    found = carry_out([held, filed], jobs=2)
    assert found[0].objective == found[1].objective
    assert (found[0].instance_name, found[1].instance_name) == (instance.name, "another name")


def test_the_threads_of_a_process_are_set_before_it_loads_anything(work, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (found,) = carry_out([work("threads")], settings=SlotSettings(threads=3, warm_up=False)).values()
    assert found.details["threads"] == "3"
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_warm_up_that_kills_or_hangs_does_no_harm(work, monkeypatch):
    monkeypatch.setattr("ecoopt.study.engine.slot.WARM_UP_S", 1.0)
    found = carry_out([work("dies"), work("deaf", 1, wall_limit_s=0.5), work("exact", 2)], settings=SlotSettings())
    assert [found[k].termination for k in range(3)] == [Termination.CRASH, Termination.TIME, Termination.PROOF]


def test_runs_go_on_when_somebody_tidies_their_folder_away(work, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    works = [work("random", 0), work("dies", 1), work("random", 2), work("greedy", 3)]
    found = {}
    for event in Local(1, COLD).run(works, copy):
        if isinstance(event, Finished):
            found[event.work.place] = event.value
            if event.work.place == 0:
                (folder,) = tmp_path.iterdir()
                shutil.rmtree(folder)
    assert {place: result.termination for place, result in found.items()} == {
        0: Termination.DONE, 1: Termination.CRASH, 2: Termination.DONE, 3: Termination.DONE}


def test_a_request_to_stop_reaches_the_process_and_keeps_its_best(work):
    works = [work("greedy"), *(work("endless", place) for place in range(1, 5))]
    results = []
    with interruptible():
        for event in Local(1, COLD).run(works, copy):
            if isinstance(event, Started) and event.work.place == 1:
                threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
            if isinstance(event, Finished):
                results.append(event.value)
    assert [r.method for r in results] == ["greedy", "endless"]
    assert results[1].termination is Termination.INTERRUPTED
    assert results[1].objective == results[0].objective


def test_a_consumer_that_leaves_ends_the_processes(work):
    events = Local(2, COLD).run([work("deaf", place) for place in range(4)], copy)
    next(events)
    began = time.perf_counter()
    events.close()
    assert time.perf_counter() - began < 10


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts processes as Linux shows them")
def test_the_processes_of_a_killed_owner_end_by_themselves(spawn_python):
    process = spawn_python("""
        import glob, os
        from copy import copy
        from ecoopt.core.budget import Budget
        from ecoopt.study.engine import Generated, Local, SlotSettings, Started, Work
        import ecoopt, time
        i = ecoopt.generate("toy", jobs=8)
        work = Work(0, "toy", i.name, i.digest, Generated("toy", {"jobs": 8}), "deaf", Budget())
        for event in Local(1, SlotSettings(warm_up=False)).run([work], copy):
            time.sleep(2.0)
            tasks = glob.glob(f"/proc/{os.getpid()}/task/*/children")
            children = [pid for task in tasks for pid in open(task).read().split()]
            print(",".join(children), flush=True)
            time.sleep(60)
    """)
    children = [int(pid) for pid in process.stdout.readline().strip().split(",")]
    assert len(children) > 1  # the run's process, and Python's watchers of semaphores
    process.kill()
    end = time.perf_counter() + 10
    while time.perf_counter() < end and any(Path(f"/proc/{pid}").exists() for pid in children):
        time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
