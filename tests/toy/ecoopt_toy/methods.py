"""The toy family's honest methods."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("toy", "greedy", Kind.BASELINE, "Cheapest option with a place left, job by job", "folklore",
           "ecoopt_toy.methods:greedy"),
    Method("toy", "random", Kind.HEURISTIC, "Random orders of jobs for the greedy", "folklore",
           "ecoopt_toy.methods:random"),
    Method("toy", "bound", Kind.BOUND, "Every job at its cheapest option", "folklore", "ecoopt_toy.methods:bound"),
    Method("toy", "exact", Kind.EXACT, "Assignment problem", "Kuhn 1955", "ecoopt_toy.methods:exact"),
)


def fill(instance, order):
    """Return choice and cost of the greedy in the given order."""
    from ecoopt_toy.problem import Schedule

    left = instance.places.copy()
    choice = np.zeros(len(order), dtype=int)
    for job in order:
        row = np.where(left > 0, instance.cost_g[job], np.inf)
        choice[job] = row.argmin()
        left[choice[job]] -= 1
    cost = float(instance.cost_g[np.arange(len(order)), choice].sum())
    return cost, lambda: Schedule(choice=choice)


def greedy(instance, run, *, seed, start):
    """Fill in the given order."""
    run.offer(*fill(instance, range(len(instance.cost_g))))
    return run.outcome()


def random(instance, run, *, seed, start, shuffles: Annotated[int, Field(ge=1)] = 100):
    """Fill in random orders."""
    rng = np.random.default_rng(seed)
    for _ in range(shuffles):
        if run.stop():
            break
        run.offer(*fill(instance, rng.permutation(len(instance.cost_g))))
        run.tick(evaluations=1)
    return run.outcome()


def bound(instance, run, *, seed, start):
    """Leave the places out."""
    run.prove(float(instance.cost_g.min(axis=1).sum()))
    return run.outcome()


def exact(instance, run, *, seed, start):
    """Solve the assignment of jobs to places."""
    from scipy.optimize import linear_sum_assignment

    from ecoopt_toy.problem import Schedule

    columns = np.repeat(np.arange(len(instance.places)), instance.places)
    jobs, seats = linear_sum_assignment(instance.cost_g[:, columns])
    cost = float(instance.cost_g[jobs, columns[seats]].sum())
    run.offer(cost, Schedule(choice=columns[seats]))
    run.prove(cost)
    return run.outcome()
