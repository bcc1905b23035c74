"""Workers: runs carried out in this process or side by side in others; one that takes its process down is a result."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from ecoopt.core.budget import Budget
from ecoopt.core.instance import Instance
from ecoopt.core.interrupt import interrupted
from ecoopt.core.method import Method
from ecoopt.core.result import Result, versions
from ecoopt.core.status import Status, Termination
from ecoopt.solve import Task, prepare


@dataclass(frozen=True)
class Work:
    """What a process needs to make a task; arguments as those of `prepare`."""

    instance: Instance
    method: str | Method
    budget: Budget
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    def task(self) -> Task:
        """Return the task, every argument checked.

        Raises
        ------
        InputError
            As `prepare`.
        """
        return prepare(self.instance, self.method, budget=self.budget, seed=self.seed, options=self.options)

    def run(self) -> Result:
        """Return the result; what goes wrong outside the method is one too."""
        try:
            return self.task().run()
        except Exception as error:  # one run must not take the others down
            return self.failed(f"{type(error).__name__}: {error}")

    def failed(self, reason: str) -> Result:
        """Return the result of a run that left nothing behind."""
        task = self.task()
        return Result(
            family=task.family.name, method=task.method.name, kind=task.method.kind.value,
            instance_name=self.instance.name, instance_digest=self.instance.digest, sense=task.family.sense,
            seed=self.seed, options=self.options, budget=self.budget, status=Status.ERROR,
            termination=Termination.CRASH, notes=(" ".join(reason.split()),), versions=versions())


def run_all(works: Sequence[Work], jobs: int) -> Iterator[tuple[int, Result]]:
    """Yield place and result of each run as it ends, until all have or a stop is asked for.

    Parameters
    ----------
    works : sequence of Work
        The runs.
    jobs : int
        Processes at work at a time; with one, everything runs here.
    """
    if jobs > 1:
        try:
            yield from _side_by_side(works, jobs)
        except KeyboardInterrupt:
            from joblib.externals.loky import get_reusable_executor

            # The interpreter's end would otherwise wait for methods that do not listen.
            get_reusable_executor(max_workers=jobs).shutdown(wait=False, kill_workers=True)
            raise
        return
    for place, work in enumerate(works):
        if interrupted():
            return
        yield place, work.run()


def _side_by_side(works: Sequence[Work], jobs: int) -> Iterator[tuple[int, Result]]:
    """Keep `jobs` runs in flight; when a process goes down, those in flight are run again one per process."""
    from joblib.externals.loky import get_reusable_executor

    waiting = list(enumerate(works))[::-1]
    flying: dict[Future[Result], int] = {}
    while flying or (waiting and not interrupted()):
        while waiting and len(flying) < jobs and not interrupted():
            place, work = waiting.pop()
            flying[get_reusable_executor(max_workers=jobs).submit(work.run)] = place
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
            places, flying = sorted(flying.values()), {}
            for place in places:
                if interrupted():
                    return
                yield place, _alone(works[place])
            continue
        for future in done:
            place = flying.pop(future)
            error = future.exception()
            yield place, works[place].failed(f"{type(error).__name__}: {error}") if error else future.result()


def _alone(work: Work) -> Result:
    """Run in a process of its own, so that nothing else is to blame when it goes down."""
    from joblib.externals.loky import ProcessPoolExecutor

    executor = ProcessPoolExecutor(max_workers=1)
    try:
        result: Result = executor.submit(work.run).result()
        return result
    except BrokenProcessPool as error:
        first_sentence = str(error).partition(". ")[0].partition("\n")[0]
        return work.failed(f"the method took its process down: {first_sentence}")
    finally:
        executor.shutdown(wait=True, kill_workers=True)
