"""Again: what two solves of one model found together, the second asked because the first's word did not hold."""

from dataclasses import replace

from ecoopt.core.status import Sense, Status, Termination
from ecoopt.formulations.highs.result import HighsResult


def doubtful(result: HighsResult) -> bool:
    """Return whether HiGHS ended by itself without an answer that holds.

    A start may pass HiGHS's presolve as a point of the reduced model that no solution has: its objective is then better
    than any solution's, HiGHS cuts all of them off and returns the start as optimal (seen on 1.16). A row of large
    coefficients may be cheated by a binary of 1e-6.
    """
    return result.termination is Termination.STALLED


def joined(first: HighsResult, second: HighsResult) -> HighsResult:
    """Return the better solution and bound of two solves, and what both spent."""
    spent = replace(
        second, nodes=first.nodes + second.nodes,
        simplex_iterations=first.simplex_iterations + second.simplex_iterations,
        seconds=first.seconds + second.seconds, log=first.log + second.log,
        start_accepted=first.start_accepted if second.start_accepted is None else second.start_accepted)
    if second.status is Status.OPTIMAL or (first.x is None and first.bound is None):
        return spent
    bound = _best([first.bound, second.bound], upper=first.sense is Sense.MIN)
    if first.x is None or _best([first.objective, second.objective], upper=first.sense is Sense.MAX) != first.objective:
        return replace(spent, bound=bound)
    ended = second.termination if second.status in (Status.NONE, Status.FEASIBLE) else first.termination
    return replace(spent, status=first.status, termination=ended, x=first.x, objective=first.objective, bound=bound,
                   violation=first.violation, rounding=first.rounding)


def _best(values: list[float | None], upper: bool) -> float | None:
    known = [value for value in values if value is not None]
    return (max(known) if upper else min(known)) if known else None
