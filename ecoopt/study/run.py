"""Run a study: from its file to its store, resumed where it was cut off."""

import re
from collections.abc import Collection
from pathlib import Path

import joblib

from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike
from ecoopt.study.drive import ERRORS, drive
from ecoopt.study.engine import Backend, Local, SlotSettings
from ecoopt.study.file import read_content
from ecoopt.study.plan import Plan, plan_from
from ecoopt.study.schema import WorkersEntry
from ecoopt.study.status import StudyStatus, status
from ecoopt.study.store import Store, is_store, sole_driver
from ecoopt.study.store.connection import IN_MEMORY
from ecoopt.study.watch import Watch

SUFFIX = ".db"
_ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?[\w.\[\]-]+(:[\w:]+\])?:\d{1,5}")


def store_path(file: PathLike, store: PathLike | None = None) -> Path:
    """Return where the store of a study file is: beside it, unless it is said.

    Raises
    ------
    InputError
        When the file has no name, or the store would not be a file.
    """
    if store is not None and str(store) == IN_MEMORY:
        raise InputError.one(str(store), "", "is no file, and a study is to last", "give a path")
    if not Path(file).name:
        raise InputError.one(str(file), "", "is a folder", "give a study file")
    return Path(file).with_suffix(SUFFIX) if store is None else Path(store)


def run_study(
    file: PathLike, store: PathLike | None = None, *, jobs: int | None = None, backend: str | None = None,
    address: str | None = None, again: Collection[str] = (), watch: Watch | None = None,
) -> StudyStatus:
    """Carry out what a study's store lacks and return how far it is then.

    Ctrl-C asks the runs under way to stop and ends with what there is; the next call goes on from there, as it does
    after a crash of any kind.

    Parameters
    ----------
    file : path-like
        The study file.
    store : path-like, optional
        The store; beside the file, with its name, by default.
    jobs, backend, address : optional
        Those of the file's ``[workers]`` by default.
    again : collection of str
        Names of methods whose runs are carried out again, and ``errors`` for all that failed.
    watch : Watch, optional
        Told how it goes.

    Raises
    ------
    InputError
        With every problem of the file; when another process runs the study.
    """
    plan = read_plan(file, store)
    check_again(plan, again)
    workers = workers_of(plan, jobs=jobs, backend=backend, address=address)
    place, width = _place(workers)
    path = store_path(file, store)
    with sole_driver(path), Store(path, write=True) as opened:
        drive(plan, opened, place, jobs=width, watch=watch, again=again)
    with Store(path) as opened:
        return status(opened)


def check_again(plan: Plan, again: Collection[str]) -> None:
    """Raise InputError when what is to be carried out again is nothing of the plan."""
    known = {run.label for run in plan.runs} | {run.work.method_name for run in plan.runs} | {ERRORS}
    if unknown := sorted(set(again) - known):
        raise InputError.one("again", "", f"the study has no method {unknown[0][:80]!r}", "name methods, or errors")


def workers_of(plan: Plan, *, jobs: int | None = None, backend: str | None = None,
               address: str | None = None) -> WorkersEntry:
    """Return where and how runs are carried out: as the file says, but for what is given.

    Raises
    ------
    InputError
        When these do not go together.
    """
    given = {"jobs": jobs, "backend": backend, "address": address}
    workers: WorkersEntry = WorkersEntry.from_content(
        plan.study.workers.model_dump() | {key: value for key, value in given.items() if value is not None}, "workers")
    if workers.backend == "local" and workers.address:
        raise InputError.one("workers", "address", "is that of a Dask cluster, the backend is local",
                             "choose the backend dask, or leave it out")
    if workers.backend == "dask" and not _ADDRESS.fullmatch(workers.address):
        raise InputError.one("workers", "address", f"is {workers.address!r}" if workers.address else "missing",
                             "give the scheduler's, tcp://host:port")
    return workers


def read_plan(file: PathLike, store: PathLike | None = None) -> Plan:
    """Return what a study file runs; what its store knows of generators is not worked out again.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    path = store_path(file, store)
    if is_store(file):
        raise InputError.one(str(file), "", "is the store of a study", "give the study file")
    content = read_content(file)
    generated = {}
    if path.is_file():
        with Store(path) as opened:
            generated = opened.generated()
    return plan_from(content, str(file), generated)


def _place(workers: WorkersEntry) -> tuple[Backend, int]:
    """Return where runs are carried out, and how many at a time."""
    settings = SlotSettings(workers.threads, workers.warm_up)
    if workers.backend == "dask":
        from ecoopt.study.engine.cluster import Cluster

        cluster = Cluster(workers.address, settings, workers.jobs)
        return cluster, cluster.jobs
    return Local(width_of(workers), settings), width_of(workers)


def width_of(workers: WorkersEntry) -> int:
    """Return how many runs are at work at a time on this machine."""
    return workers.jobs or int(joblib.cpu_count())
