"""Drive: the missing runs of a plan carried out and put into the store, one after the other, until all are there."""

from collections.abc import Collection, Mapping

from ecoopt.core.interrupt import interruptible
from ecoopt.core.status import Termination
from ecoopt.study.engine import Backend, Finished, Started
from ecoopt.study.expected import Expected
from ecoopt.study.plan import Plan
from ecoopt.study.store import Packed, Store, packed
from ecoopt.study.store.packing import FAILED
from ecoopt.study.watch import Progress, Watch

ERRORS = "errors"
"""Stands for the runs that failed, where runs are named that are to be carried out again."""


def drive(plan: Plan, store: Store, backend: Backend, *, jobs: int, watch: Watch | None = None,
          again: Collection[str] = ()) -> Progress:
    """Carry out what the store lacks of a plan and return how far it is then.

    Parameters
    ----------
    plan : Plan
        What to run.
    store : Store
        Open for writing, by this process alone; see `ecoopt.study.store.sole_driver`.
    backend : Backend
        Where to run it.
    jobs : int
        Runs at a time, for the expected time.
    watch : Watch, optional
        Told how it goes.
    again : collection of str
        Names of methods in tables whose runs are carried out again, and ``errors`` for all that failed.
    """
    watch = watch or Watch()
    store.begin(plan, jobs)
    store.forget(chosen_again(plan, store, again))
    finished = store.finished()
    missing = [run for run in plan.runs if run.key not in finished]
    by_place = {run.work.place: run for run in missing}
    expected = expectation(plan, finished, jobs)
    watch.on_plan(plan, len(missing), expected)
    done, failed = len(plan.runs) - len(missing), len(_failed(store))
    with interruptible():
        for event in backend.run((run.work for run in missing), packed):
            run = by_place[event.work.place]
            if isinstance(event, Started):
                store.start(run.key)
                watch.on_start(run)
                continue
            assert isinstance(event, Finished)
            result: Packed = event.value
            store.put(run.key, run.code_version, result)
            expected.finish(run.work.family, run.label, result.row["wall_s"])
            done += result.row["termination"] != Termination.INTERRUPTED
            failed += result.failed
            watch.on_finish(run, result.row, Progress(done, len(plan.runs), failed, expected.seconds_left))
    return Progress(done, len(plan.runs), failed, expected.seconds_left)


def expectation(plan: Plan, finished: Mapping[str, float], jobs: int) -> Expected:
    """Return what to expect of a plan, given the wall seconds of its finished runs by key."""
    expected = Expected(jobs)
    for run in plan.runs:
        expected.count(run.work.family, run.label, run.work.budget.seconds, finished.get(run.key))
    return expected


def _failed(store: Store) -> list[str]:
    """Return the finished runs of the plan that failed."""
    return [row["run"] for row in store.rows(f"SELECT run FROM plan JOIN runs USING (run) WHERE {FAILED}")]


def chosen_again(plan: Plan, store: Store, again: Collection[str]) -> list[str]:
    """Return the runs that are to be carried out again."""
    named = [run.key for run in plan.runs if run.label in again or run.work.method_name in again]
    return named + (_failed(store) if ERRORS in again else [])
