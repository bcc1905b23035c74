"""The toy family's referee."""

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.score import Score, Term, Violation


def evaluate(instance, schedule):
    """Return the score of a schedule."""
    jobs, options = instance.cost_g.shape
    if len(schedule.choice) != jobs or schedule.choice.max(initial=0) >= options:
        message = f"is not one of {options} options for each of {jobs} jobs"
        raise InputError.one("schedule", "choice", message, "correct it")
    taken = np.bincount(schedule.choice, minlength=options)
    cost = float(instance.cost_g[np.arange(jobs), schedule.choice].sum())
    return Score(
        objective=cost, terms={"cost_g": Term(value=cost, unit="g"), "jobs": Term(value=jobs, unit="")},
        violations=tuple(Violation(what="places", where=f"option {j}", by=float(over), unit="jobs")
                         for j, over in enumerate(taken - instance.places) if over > 0))
