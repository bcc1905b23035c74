"""Compare: methods on instances over seeds, here or in several processes, with one gap for all."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ecoopt.comparison import Comparison
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Instance
from ecoopt.core.interrupt import interruptible
from ecoopt.core.method import Method
from ecoopt.core.result import Result
from ecoopt.registry import methods as known_methods
from ecoopt.workers import Work, run_all

OnResult = Callable[[Result, int, int], None]


def compare(
    instances: Instance | Iterable[Instance], methods: Iterable[str | Method] | None = None, *,
    seeds: int | Iterable[int] = 1, time_limit: float | None = 10.0, iterations: int | None = None,
    evaluations: int | None = None, gap: float | None = None, options: dict[str, dict[str, Any]] | None = None,
    jobs: int = 1, on_result: OnResult | None = None,
) -> Comparison:
    """Run every method on every instance with every seed.

    A run that crashes is a row with status `error`; with ``jobs > 1`` so is one that takes its process down. Ctrl-C
    ends the comparison with the rows there are. Runs side by side share the machine: compare times with ``jobs=1``.

    Parameters
    ----------
    instances : Instance or iterable of Instance
        Of one family or several.
    methods : iterable of str or Method, optional
        Every method of each instance's family by default.
    seeds : int or iterable of int
        How many seeds, counted from 0, or which.
    time_limit : float, optional
        Wall seconds of each run.
    iterations, evaluations, gap : optional
        Further limits of each run, as in `solve`.
    options : dict of str to dict, optional
        A method's own options, by its name.
    jobs : int
        Processes at work at a time.
    on_result : callable, optional
        Called with each result as it comes, how many there are, and how many there will be.

    Raises
    ------
    InputError
        When an argument is wrong, before anything is run.
    """
    budget = Budget(seconds=time_limit, iterations=iterations, evaluations=evaluations, gap=gap)
    chosen = [instances] if isinstance(instances, Instance) else list(instances)
    runs = _plan(chosen, methods, _seeds(seeds), budget, options or {})
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise InputError.one("jobs", "", f"{jobs!r} is not a number of processes", "give a whole number >= 1")
    results: dict[int, Result] = {}
    with interruptible():
        for place, result in run_all(runs, jobs):
            results[place] = result
            if on_result is not None:
                on_result(result, len(results), len(runs))
    return Comparison.of(results[place] for place in sorted(results))


def _seeds(seeds: int | Iterable[int]) -> list[int]:
    """Return the seeds asked for."""
    chosen = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError.one("seeds", "", f"{seeds!r} names no seeds, or one twice", "give how many, or distinct ones")
    return chosen


def _plan(instances: Sequence[Any], methods: Iterable[str | Method] | None, seeds: Sequence[Any], budget: Budget,
          options: dict[str, dict[str, Any]]) -> list[Work]:
    """Return the runs in order, each checked; every problem is reported at once."""
    if not instances:
        raise InputError.one("instances", "", "there are none", "give one at least")
    given = None if methods is None else list(methods)
    works: list[Work] = []
    problems: dict[Problem, None] = {}
    compared: set[str] = set()
    for instance in instances:
        if not isinstance(instance, Instance):
            raise InputError.one("instances", "", f"holds a {type(instance).__name__}", "give instances")
        for method in list(known_methods(instance.family)) if given is None else given:
            name = method.name if isinstance(method, Method) else method
            compared.add(name)
            group = [Work(instance, method, budget, seed, options.get(name, {})) for seed in seeds]
            works += group
            problems |= dict.fromkeys(problem for work in group for problem in _problems(work))
    for name in [name for name in options if name not in compared]:
        problems[Problem("options", f"given for {name}, which is not compared", "remove them")] = None
    if problems:
        raise InputError("compare", problems)
    return works


def _problems(work: Work) -> tuple[Problem, ...]:
    """Return what is wrong with a run's arguments."""
    try:
        work.task()
    except InputError as error:
        return tuple(
            Problem(f"{error.source}: {p.field}".removesuffix(": "), p.message, p.mend) for p in error.problems)
    return ()
