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
        sys.stdin.read()
"""


@contextmanager
def running(folder, workers):
    """Yield the address of a cluster of separate processes, none of them this one."""
    script = folder / "cluster.py"
    script.write_text(CLUSTER)
    process = subprocess.Popen([sys.executable, "-W", "ignore", script, str(workers)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def address(faults, tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), 2) as found:
        yield found


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
        run_study(study, backend="dask", address=empty)


def test_a_cluster_with_another_version_is_refused(address, monkeypatch):
    from ecoopt.study.engine.cluster import Cluster

    monkeypatch.setattr("ecoopt.study.engine.cluster.__version__", "0.0.1")
    with pytest.raises(InputError, match="install the same version there"):
        Cluster(address, SlotSettings())
