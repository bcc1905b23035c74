"""Best: the best value and the best sound bound of some runs on one instance."""

from collections.abc import Iterable
from dataclasses import dataclass

from ecoopt.core.status import Sense
from ecoopt.judge import refuted


@dataclass(frozen=True)
class Best:
    """The best there is on an instance; None where there is nothing."""

    objective: float | None = None
    bound: float | None = None

    def joined(self, other: "Best", sense: Sense) -> "Best":
        """Return the better of both, with a bound that no value refutes."""
        return best((self.objective, other.objective), (self.bound, other.bound), sense)


def best(objectives: Iterable[float | None], bounds: Iterable[float | None], sense: Sense) -> Best:
    """Return the best of some values, and the best of the bounds that this value does not refute.

    Parameters
    ----------
    objectives, bounds : iterable of float or None
        Of feasible schedules, and proven for all schedules of the instance.
    sense : Sense
        Direction of the objective.
    """
    better, sharper = (min, max) if sense is Sense.MIN else (max, min)
    objective = better((value for value in objectives if value is not None), default=None)
    sound = (bound for bound in bounds
             if bound is not None and (objective is None or not refuted(bound, objective, sense)))
    return Best(objective, sharper(sound, default=None))
