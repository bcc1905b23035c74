"""A driver killed again and again: no finished run is lost or run twice, and the end is that of a study in peace."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from ecoopt.core.errors import InputError
from ecoopt.study.export import TIMES, exported_rows
from ecoopt.study.store import Store

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

KILLS = 20 if os.environ.get("ECOOPT_HYPOTHESIS_PROFILE") == "nightly" else 6
STUDY = """
seeds = 50
[workers]
jobs = 2
warm_up = false
[[instances]]
family = "toy"
options = { jobs = 12 }
seeds = 8
[[methods]]
names = ["slow"]
"""
# Of loky's watcher of semaphores, which on a busy machine now and then is told of the end of one it does not know.
COMPLAINT = re.compile(r"Traceback [^\n]*\n *File [^\n]*loky.backend.resource_tracker\.py[^\n]*\n( [^\n]*\n)*"
                       r"KeyError: '/loky-[^\n]*\n")
DRIVER = [sys.executable, "-W", "ignore", "-c", "import sys; from ecoopt.cli import main; sys.exit(main())"]


def start(path, store):
    return subprocess.Popen([*DRIVER, "study", "run", str(path), "-o", str(store)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def finished(store):
    """Return when each run in the store was finished."""
    try:
        with Store(store) as opened:
            return {row["run"]: (row["finished_utc"], row["wall_s"])
                    for row in opened.rows("SELECT run, finished_utc, wall_s FROM runs")}
    except InputError:  # not there yet
        return {}


def exported(store):
    with Store(store) as opened:
        return [{k: v for k, v in row.items() if k not in TIMES} for row in exported_rows(opened)]


def test_kill_9_of_the_driver_at_random_moments_loses_nothing_and_repeats_nothing(study_file, tmp_path):
    path, store = study_file(STUDY), tmp_path / "killed.db"
    rng = random.Random(3)
    kept, before = {}, 0
    for _ in range(KILLS):
        process = start(path, store)
        wanted = before + rng.randrange(16)
        end = time.perf_counter() + 60
        while len(finished(store)) < wanted and process.poll() is None and time.perf_counter() < end:
            time.sleep(0.005)
        time.sleep(rng.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = finished(store)
        assert {key: now[key] for key in kept} == kept, "a finished run was lost or run again"
        kept, before = now, len(now)
        if store.exists():
            with sqlite3.connect(store) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
                torn = connection.execute("SELECT count(*) FROM runs LEFT JOIN traces USING (run) "
                                          "LEFT JOIN schedules ON schedule_digest = digest "
                                          "WHERE traces.content IS NULL OR schedules.content IS NULL").fetchone()[0]
            connection.close()
            assert torn == 0
    assert KILLS < before < 400, "the kills came too early or too late to show anything"
    _, errors = start(path, store).communicate(timeout=120)
    assert COMPLAINT.sub("", errors) == ""
    assert {key: finished(store)[key] for key in kept} == kept
    undisturbed = tmp_path / "undisturbed.db"
    start(path, undisturbed).communicate(timeout=120)
    assert len(finished(store)) == 400
    assert exported(store) == exported(undisturbed)
