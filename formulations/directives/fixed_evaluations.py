"""Fixed evaluations: the cheapest shares under hourly rules and windows when the hours of evaluations are known."""

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.directives.level_model import normalised
from ecoopt.formulations.highs import ModelBuilder, solve_model
from ecoopt.instances.directives.beliefs import believed_quality, last_evaluation
from ecoopt.instances.directives.costs import Costs

NODES = 100
"""Of the search, where an hour gets one level."""


def shares_for(costs: Costs, evaluations: IntArray) -> FloatArray | None:
    """Return the cheapest shares of levels by hour, float array [T, L]; None where the search finds none.

    Parameters
    ----------
    costs : Costs
        Of an instance with an evaluator.
    evaluations : int array
        Hours.
    """
    instance = costs.instance
    hours, levels = instance.hours, costs.quality.shape[3]
    believed = believed_quality(costs, last_evaluation(instance, evaluations))[0, :, 0]
    builder = ModelBuilder()
    share = builder.add_columns("share", (hours, levels), cost=instance.requests[0, :, None] * costs.home_g[0, :, 0],
                                upper=1.0, integer=instance.integer)
    whole = builder.add_rows("whole", hours, lower=1.0, upper=1.0)
    builder.add_terms(whole[:, None], share, 1.0)
    hour = builder.add_rows("hour", hours, lower=costs.floor[0])
    builder.add_terms(hour[:, None], share, believed)
    for w, window in enumerate(instance.windows):
        own = slice(window.start_h, window.end_h)
        requests = instance.requests[0, own]
        if requests.any():
            row = builder.add_rows(f"window{w}", 1, lower=1.0 - window.loss)
            builder.add_terms(row, share[own].ravel(),
                              (requests[:, None] / requests.sum() * costs.quality[0, own, 0]).ravel())
    found = solve_model(builder.model(), Run(Budget(iterations=NODES) if instance.integer else None))
    return None if found.x is None else normalised(found.x[share])
