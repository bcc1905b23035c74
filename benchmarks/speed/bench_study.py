"""Time of the study engine beyond the method's own, and of what reads a store of ten thousand runs."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

import ecoopt
from benchmarks.speed.nap import NAP
from ecoopt.core.budget import Budget
from ecoopt.registry import methods
from ecoopt.report import Report, read_material
from ecoopt.study.drive import drive
from ecoopt.study.engine import Generated, Local, Work
from ecoopt.study.file import study_from
from ecoopt.study.plan import Plan, PlannedRun, plan_of
from ecoopt.study.planned_instances import PlannedInstance
from ecoopt.study.store import Store, packed

RUNS, JOBS = 1000, 2
INSTANCES, SEEDS = 145, 3
SMALL = {"functions": 3, "hours": 0.2}
USUAL = {"functions": 40, "hours": 2}


def naps(runs: int) -> Plan:
    """Return the plan of so many runs of a method that takes ten milliseconds."""
    instance = ecoopt.generate("keepalive", **SMALL)
    source = Generated("keepalive", SMALL)
    study = study_from({"name": "naps", "instances": [{"family": "keepalive"}]}, "naps")
    works = [Work(k, "keepalive", instance.name, instance.digest, source, NAP, Budget(), k) for k in range(runs)]
    planned = PlannedInstance("keepalive", instance.name, instance.digest, source)
    return Plan(study, (planned,), (), tuple(PlannedRun(f"{k}", "nap", "", work) for k, work in enumerate(works)), {})


@pytest.mark.ceiling(ms=15)
@pytest.mark.benchmark(timer=lambda: clock[0])
def bench_overhead_of_a_run(race: Callable[..., list[Any]], tmp_path: Path) -> None:
    """From the plan to the store by processes, start of these included; the clock leaves the methods' own time out."""
    folders = iter(range(100))

    def study() -> None:
        with Store(tmp_path / f"{next(folders)}.db", write=True) as store:
            began = perf_counter()
            done = drive(naps(RUNS), store, Local(JOBS), jobs=JOBS).done
            spent = (perf_counter() - began) * JOBS
            own = sum(row["wall_s"] for row in store.rows("SELECT wall_s FROM runs"))
        assert done == RUNS
        clock[0] += spent - own

    race(study, rounds=2, units=RUNS, unit="run")


clock = [0.0]
"""Seconds that the engine has taken beyond the methods."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of ten thousand runs: those of every method on one instance, as if on many and with several seeds."""
    path = tmp_path_factory.mktemp("store") / "s.db"
    names = list(methods("keepalive"))
    plan = plan_of(study_from({
        "name": "ten thousand", "seeds": SEEDS, "budget": {"seconds": 2.0},
        "instances": [{"family": "keepalive", "options": USUAL}], "methods": [{"names": names}]}, "bench"), "bench")
    results = {run.label: run.work.task().run() for run in plan.runs if run.work.seed == 0}
    runs, instances = [], []
    for k in range(INSTANCES):
        digest = f"{k:064x}"
        instances.append(PlannedInstance("keepalive", f"day {k}", digest, plan.instances[0].source))
        runs += [PlannedRun(f"{k}-{run.key}", run.label, run.code_version, replace(
            run.work, place=len(runs) + j, instance_name=f"day {k}", instance_digest=digest))
            for j, run in enumerate(plan.runs)]
    with Store(path, write=True) as opened:
        opened.begin(Plan(plan.study, tuple(instances), plan.methods, tuple(runs), {}), 1)
        for run in runs:
            result = results[run.label].model_copy(update={
                "instance_digest": run.work.instance_digest, "instance_name": run.work.instance_name,
                "seed": run.work.seed})
            opened.put(run.key, run.code_version, packed(result))
    return path


@pytest.mark.ceiling(ms=1000)
def bench_status_of_ten_thousand_runs(race: Callable[..., list[Any]], store: Path) -> None:
    """The whole command, from the start of Python to its end."""
    code = "import sys; from ecoopt.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "study", "status", str(store)]
    (done,) = race(lambda: subprocess.run(command, capture_output=True, text=True, check=False), rounds=5)
    assert f"{INSTANCES * SEEDS * len(methods('keepalive'))} of" in done.stdout, done.stderr


@pytest.mark.ceiling(ms=60_000)
def bench_report_of_ten_thousand_runs(race: Callable[..., list[Any]], store: Path, tmp_path: Path) -> None:
    race(lambda: Report.of(read_material([store])).write(tmp_path / "r.html"), rounds=1)
    assert (tmp_path / "r.html").read_text().count('<details class="instance">') == INSTANCES
