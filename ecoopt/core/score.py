"""Score: what the referee says of a schedule."""

from ecoopt.core.record import Record


class Term(Record):
    """A part of the objective, or a figure people report beside it."""

    value: float
    unit: str


class Violation(Record):
    """A rule that a schedule breaks: what, where, and by how much."""

    what: str
    where: str
    by: float
    unit: str = ""


class Score(Record):
    """Objective, terms and all violations of a schedule.

    Parameters
    ----------
    objective : float
        In the family's sense, computed even when the schedule is infeasible.
    terms : dict of str to Term
        What the objective is made of.
    violations : tuple of Violation
        Empty when the schedule is feasible.
    """

    objective: float
    terms: dict[str, Term]
    violations: tuple[Violation, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations
