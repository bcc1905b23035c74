"""The same runs on a Dask cluster of separate processes; a worker killed in mid-run is made good by another."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.study.engine import SlotSettings
from ecoopt.study.export import TIMES, exported_rows
from ecoopt.study.run import run_study
from ecoopt.study.store import Store
from ecoopt.study.watch import Watch

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning"),
              pytest.mark.filterwarnings("ignore::DeprecationWarning")]

STUDY = """
seeds = 2
[budget]
iterations = 20
[workers]
warm_up = false
[[instances]]
files = ["i.json"]
[[instances]]
family = "toy"
options = { jobs = 9 }
seeds = 2
[[methods]]
names = ["slow", "random", "exact", "crash", "infeasible", "dies"]
[[methods]]
names = ["deaf"]
wall_limit_s = 1.0
seeds = 1
"""


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=1, dashboard_address="127.0.0.1:0") as made:
        print(made.scheduler_address, flush=True)
        for line in sys.stdin:
            made.scale(int(line))
"""


@contextmanager
def running(folder, workers):
    """Yield the process of a cluster, with its address; its workers are processes of their own."""
    script = folder / "cluster.py"
    script.write_text(CLUSTER)
    process = subprocess.Popen([sys.executable, "-W", "ignore", script, str(workers)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    process.address = process.stdout.readline().strip()
    try:
        yield process
    finally:
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def address(faults, tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), 2) as found:
        yield found.address


def exported(path):
    with Store(path) as store:
        return [{k: v for k, v in row.items() if k not in (*TIMES, "notes")} for row in exported_rows(store)]


@pytest.fixture
def study(study_file, tmp_path):
    ecoopt.write_instance(ecoopt.generate("toy", jobs=8, seed=5), tmp_path / "i.json")
    return study_file(STUDY)


def test_a_cluster_gives_the_rows_that_this_machine_gives(address, study, tmp_path):
    there = run_study(study, tmp_path / "there.db", backend="dask", address=address)
    here = run_study(study, tmp_path / "here.db", jobs=2)
    assert there.done == there.total == here.done == 3 * (6 * 2 + 1)
    assert exported(tmp_path / "there.db") == exported(tmp_path / "here.db")


def test_a_worker_that_is_killed_in_mid_run_loses_no_run(address, study_file, tmp_path):
    text = STUDY.replace('files = ["i.json"]', 'family = "toy"').replace(
        '["slow", "random", "exact", "crash", "infeasible", "dies"]', '["slow"]').replace("seeds = 2", "seeds = 60", 1)
    text = text.partition("[[methods]]\nnames = [\"deaf\"]")[0]
    killed = []

    class Killer(Watch):
        """Kills a worker of the cluster when some runs are there."""

        def on_finish(self, run, row, progress):
            if progress.done == 40:
                with distributed.Client(address, set_as_default=False) as client:
                    pid = next(iter(client.run(os.getpid).values()))
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    state = run_study(study_file(text), tmp_path / "s.db", backend="dask", address=address,
                      watch=Killer())
    assert killed
    assert (state.done, state.total, state.failed) == (180, 180, 0)
    run_study(study_file(text, "here.toml"), tmp_path / "here.db", jobs=2)
    assert exported(tmp_path / "s.db") == exported(tmp_path / "here.db")


def test_an_interrupt_reaches_the_runs_on_the_cluster(address, study_file, tmp_path):
    path = study_file('seeds = 8\n[workers]\nwarm_up = false\n[[instances]]\nfamily = "toy"\n'
                      '[[methods]]\nnames = ["greedy", "endless"]')

    class Impatient(Watch):
        """Interrupts when the endless runs have begun."""

        def on_start(self, run):
            if run.label == "endless" and run.work.seed == 1:
                threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()

    began = time.perf_counter()
    state = run_study(path, backend="dask", address=address, watch=Impatient())
    assert time.perf_counter() - began < 30
    assert state.done == 8
    with Store(path.with_suffix(".db")) as store:
        rows = list(store.rows("SELECT objective FROM runs WHERE termination = 'interrupted'"))
    assert len(rows) == 2
    assert all(row["objective"] is not None for row in rows)


def test_what_is_no_cluster_is_refused_in_a_line(study, tmp_path, monkeypatch):
    monkeypatch.setattr("ecoopt.study.engine.cluster._CONNECT_S", 2.0)
    with pytest.raises(InputError, match="workers: address: missing"):
        run_study(study, backend="dask")
    with pytest.raises(InputError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        run_study(study, backend="dask", address="tcp://127.0.0.1:1")
    with running(tmp_path, 0) as empty, pytest.raises(InputError, match="has no workers"):
        run_study(study, backend="dask", address=empty.address)
    with pytest.raises(InputError, match="address: is 'junk'"):
        run_study(study, backend="dask", address="junk")


class Once(Watch):
    """Does something when the first run has ended."""

    def __init__(self, act):
        self.act = act

    def on_finish(self, run, row, progress):
        if self.act is not None:
            self.act()
            self.act = None


ENDLESS = """
[workers]
warm_up = false
[[instances]]
family = "toy"
[[methods]]
names = ["slow", "endless"]
"""


def test_a_scheduler_that_is_killed_ends_the_study_with_what_there_is(study_file, tmp_path):
    text = ENDLESS.replace('"slow", "endless"', '"slow"').replace("[workers]", "seeds = 40\n[workers]", 1)
    path = study_file(text)
    told = r"the scheduler at .* went away in mid-study; .* run the study again"
    with running(tmp_path, 2) as cluster, pytest.raises(InputError, match=told):
        run_study(path, backend="dask", address=cluster.address, watch=Once(cluster.kill))
    with Store(path.with_suffix(".db")) as store:
        assert 1 <= len(store.finished()) < 40
        assert list(store.rows("SELECT 1 FROM runs WHERE termination != 'done'")) == []
    state = run_study(path, jobs=2)
    assert (state.done, state.failed) == (40, 0)


def test_a_cluster_that_loses_all_its_workers_is_not_waited_for_for_ever(study_file, tmp_path, monkeypatch):
    monkeypatch.setattr("ecoopt.study.engine.cluster._ALONE_S", 2.0)
    with running(tmp_path, 1) as cluster:

        def shrink():
            cluster.stdin.write("0\n")
            cluster.stdin.flush()

        with pytest.raises(InputError, match=r"all workers of the cluster at .* went away in mid-study"):
            run_study(study_file(ENDLESS), backend="dask", address=cluster.address, watch=Once(shrink))


def wait_for(condition):
    end = time.perf_counter() + 120
    while time.perf_counter() < end and not condition():
        time.sleep(0.2)
    assert condition()


def test_runs_on_the_cluster_end_when_their_driver_is_killed(address, study_file):
    path = study_file("seeds = 2" + ENDLESS)
    code = "import sys; from ecoopt.cli import main; sys.exit(main())"
    driver = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code, "study", "run", str(path), "--backend",
                               "dask", "--address", address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def endless_under_way():
        try:
            with Store(path.with_suffix(".db")) as store:
                return len(list(store.rows("SELECT 1 FROM at_work JOIN plan USING (run) WHERE label = 'endless'")))
        except InputError:  # not there yet
            return 0

    try:
        wait_for(lambda: endless_under_way() == 2)
    finally:
        driver.kill()
        driver.wait()
    # Both slots are free for what comes next, which they could not be while they watched over an endless run.
    began = time.perf_counter()
    text = ENDLESS.replace('"slow", "endless"', '"greedy"')
    state = run_study(study_file(text, "next.toml"), backend="dask", address=address)
    assert (state.done, state.failed) == (1, 0)
    assert time.perf_counter() - began < 60


def test_worker_settings_are_those_of_the_study_at_hand(address, study_file):
    found = []
    for threads in (1, 3):
        text = ENDLESS.replace('"slow", "endless"', '"threads"').replace("[workers]", f"[workers]\nthreads = {threads}")
        path = study_file(text, f"t{threads}.toml")
        run_study(path, backend="dask", address=address)
        with Store(path.with_suffix(".db")) as store:
            found += [result.details["threads"] for _, result in store.results()]
    assert found == ["1", "3"]


def test_a_cluster_with_another_version_is_refused(address, monkeypatch):
    from ecoopt.study.engine.cluster import Cluster

    monkeypatch.setattr("ecoopt.study.engine.cluster.__version__", "0.0.1")
    with pytest.raises(InputError, match="install the same version there"):
        Cluster(address, SlotSettings())
