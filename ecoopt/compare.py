"""Compare: a study in memory, methods on instances over seeds, in one process or several, with one gap for all."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ecoopt.comparison import Comparison
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Instance
from ecoopt.core.interrupt import interruptible
from ecoopt.core.method import Method
from ecoopt.core.result import Result
from ecoopt.known.values import known_values
from ecoopt.registry import methods as known_methods
from ecoopt.study.engine import Backend, Finished, Held, Here, Local, SlotSettings, Work, wall_limit_s
from ecoopt.study.seeds import seed_list

OnResult = Callable[[Result, int, int], None]


def compare(
    instances: Instance | Iterable[Instance], methods: Iterable[str | Method] | None = None, *,
    seeds: int | Iterable[int] = 1, time_limit: float | None = 10.0, iterations: int | None = None,
    evaluations: int | None = None, gap: float | None = None, options: dict[str, dict[str, Any]] | None = None,
    jobs: int = 1, on_result: OnResult | None = None,
) -> Comparison:
    """Run every method on every instance with every seed.

    A run that crashes is a row with status `error`. With ``jobs > 1`` each run has a process that is watched from
    outside: one that dies is a row that says so, one that goes on beyond twice its time limit and a minute is ended.
    Ctrl-C ends the comparison with the rows there are. Runs side by side share the machine: compare times with
    ``jobs=1``.

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
    runs = _plan(chosen, methods, seed_list(seeds), budget, options or {})
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise InputError.one("jobs", "", f"{jobs!r} is not a number of processes", "give a whole number >= 1")
    backend: Backend = Here() if jobs == 1 else Local(jobs, SlotSettings(warm_up=False))
    results: dict[int, Result] = {}
    with interruptible():
        for event in backend.run(runs, _itself):
            if isinstance(event, Finished):
                results[event.work.place] = event.value
                if on_result is not None:
                    on_result(event.value, len(results), len(runs))
    return Comparison.of((results[place] for place in sorted(results)), known_values(i.digest for i in chosen))


def _itself(result: Result) -> Result:
    return result


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
            group = [
                Work(len(works) + k, instance.family, instance.name, instance.digest, Held(instance), method, budget,
                     seed, options.get(name, {}), wall_limit_s(budget)) for k, seed in enumerate(seeds)]
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
