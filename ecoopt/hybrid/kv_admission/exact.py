"""The program by HiGHS: started by a search, and left with the columns that reduced costs do not rule out."""

import math
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import HighsResult, solve_model
from ecoopt.formulations.kv_admission.broken import FlowProgram, flow_program
from ecoopt.formulations.kv_admission.kinds import kinds_of
from ecoopt.formulations.kv_admission.pricing import Pricing
from ecoopt.formulations.kv_admission.relaxation import relaxed, rounded_up, whole
from ecoopt.formulations.kv_admission.unbroken import StartProgram, Starts, count_starts, start_program, starts_of
from ecoopt.heuristics.kv_admission.offline import built, offer_start
from ecoopt.hybrid.kv_admission.lagrangian import priced, search_on
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.stretches import placeless

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]
MANY = 300_000
"""Starts from which on they are priced first, and most that HiGHS is given."""
PRICE_SHARE, PRICE_STEPS = 0.5, 300
ROUNDING = 1e-7


def milp(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None, threads: Threads = 1,
    search_share: Share = 0.5, search_iterations: Count = 300,
) -> Outcome:
    """Solve the relaxation, search, and give HiGHS the columns that a better schedule may have.

    A column whose reduced cost is more than the gap is in no better schedule. Iterations are those of the search, then
    nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    search_share : float
        Of the budget, for the search.
    search_iterations : int
        Most iterations of the search where no seconds limit it.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    if instance.refusal_price is None and placeless(instance).any():
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    built(instance, run)
    many = not instance.may_break and count_starts(instance) > MANY
    relaxation = None if many else _relaxed(instance, None, run, seed, threads)
    if relaxation is not None and relaxation.found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, **relaxation.found.details())
    if run.stop() is None:
        _search(instance, run, seed, search_share, search_iterations)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    if relaxation is None:
        starts = _priced_starts(instance, run)
        if starts is None:
            search_on(instance, run, seed)
            return run.outcome(run.stop() or Termination.STALLED, reason="the program has too many starts for HiGHS")
        relaxation = _relaxed(instance, starts, run, seed, threads)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome(**relaxation.found.details())
    program = _left(instance, relaxation, run)
    best = run.schedule()
    x = program.solution(best) if isinstance(best, KvAdmissionSchedule) else None
    found = solve_model(program.linear, run, start=x, seed=seed, threads=threads, on_incumbent=program.schedule)
    if run.objective is None and found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, **found.details())
    if found.bound is not None:
        run.prove(rounded_up(instance, found.bound))
    return run.outcome(None if run.gap <= CLOSED else found.termination, columns=program.linear.columns,
                       **found.details())


def _search(instance: KvAdmissionInstance, run: Run, seed: int, share: float, most: int) -> None:
    """Offer a run what a share of a search finds; it knows no breaks."""
    limited = run.budget.seconds is not None
    left = min(share * run.iterations_left, math.inf if limited else most)
    if run.stop() is not None or left < 1:
        return
    part = run.part(seconds=share * run.seconds_left if limited else None,
                    iterations=None if left == math.inf else int(left))
    best = run.schedule()
    if run.objective is not None and best is not None:
        part.offer(run.objective, best)
    search_on(instance, part, seed)
    run.tick(part.iterations, part.evaluations)


def _priced_starts(instance: KvAdmissionInstance, run: Run) -> Starts | None:
    """Return the starts that prices leave to a better schedule, None where they are too many."""
    pricing = Pricing(kinds_of(instance))
    part = run.part(seconds=None if run.budget.seconds is None else PRICE_SHARE * run.seconds_left,
                    iterations=int(min(PRICE_STEPS, run.iterations_left)))
    found = priced(pricing, part, run.schedule())
    run.tick(part.iterations, part.evaluations)
    if run.objective is None:
        return None
    starts = Starts(pricing.kinds, *pricing.within(found.prices, _less(instance, run.objective) - found.bound))
    return starts if len(starts.kind) <= MANY else None


class _Relaxation(NamedTuple):
    """A program, its starts where it is one of starts, and what its relaxation found."""

    program: StartProgram | FlowProgram
    starts: Starts | None
    found: HighsResult


def _relaxed(
    instance: KvAdmissionInstance, starts: Starts | None, run: Run, seed: int, threads: int,
) -> _Relaxation:
    """Solve the relaxation of the program of flows where requests may be broken off, else of that of starts."""
    if instance.may_break:
        flows = flow_program(instance)
        return _Relaxation(flows, None, relaxed(instance, flows.linear, run, seed=seed, threads=threads))
    chosen = starts_of(kinds_of(instance)) if starts is None else starts
    program = start_program(chosen)
    return _Relaxation(program, chosen, relaxed(instance, program.linear, run, seed=seed, threads=threads))


def _left(instance: KvAdmissionInstance, relaxation: _Relaxation, run: Run) -> StartProgram | FlowProgram:
    """Return the program of the starts that reduced costs leave to a better schedule, and of those of the best one."""
    program, starts, found = relaxation
    if starts is None or run.objective is None or found.reduced_cost is None or found.bound is None:
        return program
    kept = found.reduced_cost[:len(starts.kind)] <= _less(instance, run.objective) - found.bound
    best = run.schedule()
    if isinstance(best, KvAdmissionSchedule):
        column = starts.find(best)
        kept[column[column >= 0]] = True
    return start_program(starts.kept(kept))


def _less(instance: KvAdmissionInstance, objective: float) -> float:
    """Return what a better schedule costs at most, and a little for rounding."""
    return objective - (1.0 if whole(instance) else 0.0) + ROUNDING * abs(objective)
