"""Solve: one method on one instance, its crash caught, its schedule and its claims put before the referee."""

import traceback
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

from pydantic import ValidationError

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.interrupt import interrupted, interruptible
from ecoopt.core.method import Method
from ecoopt.core.observer import Observer, Observers
from ecoopt.core.outcome import Outcome
from ecoopt.core.result import Result, json_value, versions
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.family_class import Family
from ecoopt.judge import Scored, borne_out, judge
from ecoopt.registry import family
from ecoopt.registry import method as find_method

_LAST_FRAMES = 12


def solve(
    instance: Instance, method: str | Method, *, time_limit: float | None = None, iterations: int | None = None,
    evaluations: int | None = None, gap: float | None = None, seed: int = 0, start: Schedule | Result | None = None,
    observe: Observer | None = None, options: dict[str, Any] | None = None, **more_options: Any,
) -> Result:
    """Run a method on an instance and have the referee score what it found.

    Ctrl-C and SIGTERM ask the method for its best so far; a second one raises KeyboardInterrupt.

    Parameters
    ----------
    instance : Instance
        What to solve.
    method : str or Method
        Name of a method of the instance's family.
    time_limit : float, optional
        Wall seconds.
    iterations, evaluations : int, optional
        Limits in the method's own units.
    gap : float, optional
        Proven relative gap at which to stop.
    seed : int
        At least 0; same seed and iteration budget, same result.
    start : Schedule or Result, optional
        A feasible schedule; what is returned is never worse.
    observe : Observer, optional
        Told of every event of the run.
    options : dict, optional
        The method's own options; `more_options` are added to them.

    Returns
    -------
    Result
        Status `error` when the method crashed without a schedule, or when the referee refutes it; the notes say why.

    Raises
    ------
    InputError
        When an argument is wrong; with all that is wrong where several are.
    """
    budget = Budget(seconds=time_limit, iterations=iterations, evaluations=evaluations, gap=gap)
    task = prepare(instance, method, budget=budget, seed=seed, start=start, options=(options or {}) | more_options)
    return task.run(observe)


def prepare(
    instance: Instance, method: str | Method, *, budget: Budget | None = None, seed: int = 0,
    start: Schedule | Result | None = None, options: dict[str, Any] | None = None,
) -> "Task":
    """Return the task `solve` would run, with every argument checked.

    Raises
    ------
    InputError
        As `solve`.
    """
    if not isinstance(instance, Instance):
        raise InputError.one("instance", "", f"is a {type(instance).__name__}, not an Instance", "give an instance")
    owner = family(instance.family)
    found = method if isinstance(method, Method) else find_method(owner.name, method)
    if found.family != owner.name:
        raise InputError.one("method", "", f"{found.name} is for {found.family}, the instance is of {owner.name}",
                             "choose a method of the instance's family")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError.one("seed", "", f"{str(seed)[:40]!r} is not a seed", "give a whole number >= 0")
    checked = found.checked_options(options)
    return Task(owner, instance, found, budget or Budget(), seed, _scored(owner, instance, start), checked)


@dataclass(frozen=True)
class Task:
    """A method, an instance and all that is given to a run; made by `prepare`."""

    family: Family
    instance: Instance
    method: Method
    budget: Budget
    seed: int = 0
    start: Scored | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def run(self, observe: Observer | None = None) -> Result:
        """Run the method and return what it found, judged."""
        keeper = _Keeper()
        watch = keeper if observe is None else Observers([keeper, observe])
        wall, cpu = perf_counter(), process_time()
        with interruptible():  # around the referee too: a request that comes late must not lose what was found
            outcome, notes, details = self._attempt(keeper, watch)
            return self.result(outcome, perf_counter() - wall, process_time() - cpu, notes, details)

    def snapshot(self, run: Run, cpu_s: float) -> Result:
        """Return what a run holds now, as the result of a run cut short."""
        outcome = outcome_so_far(run, Termination.INTERRUPTED)
        return self.result(outcome, run.seconds, cpu_s, ("written while the run was going on",), {})

    def result(self, outcome: Outcome, wall_s: float, cpu_s: float, notes: tuple[str, ...],
               details: dict[str, Any]) -> Result:
        """Return an outcome, judged, with all that is needed to run it again."""
        sense = self.family.sense
        verdict = judge(outcome, self.start, sense, lambda schedule: self.family.evaluate(self.instance, schedule))
        return Result(
            family=self.family.name, method=self.method.name, kind=self.method.kind.value,
            instance_name=self.instance.name, instance_digest=self.instance.digest, sense=sense, seed=self.seed,
            options=self.options, budget=self.budget, status=verdict.status, termination=outcome.termination,
            objective=verdict.objective, claimed_objective=outcome.objective, bound=verdict.bound, wall_s=wall_s,
            cpu_s=cpu_s, iterations=outcome.iterations, evaluations=outcome.evaluations, notes=notes + verdict.notes,
            details=outcome.details | details | verdict.details, versions=versions(), score=verdict.score,
            trace=borne_out(outcome.trace, verdict, sense, wall_s), schedule=verdict.schedule)

    def _attempt(self, keeper: "_Keeper", watch: Observer) -> tuple[Outcome, tuple[str, ...], dict[str, Any]]:
        """Run the method; a crash gives what the run held then, a note and the end of the stack."""
        try:
            outcome = self.method.run(
                self.instance, budget=self.budget, seed=self.seed, start=self.start.schedule if self.start else None,
                observe=watch, options=self.options)
            if isinstance(outcome, Outcome):
                return outcome, (), {}
            raise TypeError(f"{self.method.target} returned a {type(outcome).__name__}, not an Outcome")
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # a solver's failure is a result like any other
            if isinstance(error, InputError) and (keeper.run is None or keeper.run.objective is None):
                raise
            if isinstance(error, KeyboardInterrupt) and interrupted():  # the second request to stop
                raise
            reason = "; ".join(str(InputError.from_validation("", error)).splitlines()) if isinstance(
                error, ValidationError) else str(error)
            note = " ".join(f"the method crashed: {type(error).__name__}: {reason}".split())
            stack = traceback.format_exception(error)[-_LAST_FRAMES:]
            return outcome_so_far(keeper.run, Termination.CRASH), (note,), {"crash": json_value(stack)}


class _Keeper(Observer):
    """Holds on to the live run, so that a crash does not lose its incumbent."""

    run: Run | None = None

    def on_start(self, run: Run) -> None:
        """Keep the run."""
        self.run = run


def outcome_so_far(run: Run | None, termination: Termination) -> Outcome:
    """Return what a run holds that has not closed itself; None for one that never began."""
    if run is None:
        return Outcome(status=Status.ERROR, termination=termination)
    try:
        schedule = run.schedule()
    except Exception:  # the schedule is built by the method that has just crashed
        schedule = None
    lost = Status.ERROR if termination is Termination.CRASH else Status.NONE
    try:
        return Outcome(
            status=lost if schedule is None else Status.FEASIBLE, termination=termination, schedule=schedule,
            objective=run.objective if schedule is not None else None, bound=run.bound, trace=tuple(run.trace),
            iterations=run.iterations, evaluations=run.evaluations)
    except ValidationError:  # what the run holds is no schedule, or its value no number
        return Outcome(status=lost, termination=termination, iterations=run.iterations, evaluations=run.evaluations)


def _scored(owner: Family, instance: Instance, start: Schedule | Result | None) -> Scored | None:
    """Return a start with its score.

    Raises
    ------
    InputError
        When it is no schedule of the family, or breaks a rule.
    """
    if isinstance(start, Result):
        if start.schedule is None:
            raise InputError.one("start", "schedule", "the result holds none", "give a result that has one")
        start = start.schedule
    if start is None:
        return None
    score = owner.evaluate(instance, start)
    if not score.feasible:
        raise InputError("start", [
            Problem(v.where, f"breaks {v.what} by {v.by:g} {v.unit}".rstrip(), "give a feasible schedule")
            for v in score.violations])
    return Scored(start, score)
