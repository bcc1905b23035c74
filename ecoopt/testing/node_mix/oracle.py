"""The optimum of a tiny node mix: every vector of counts is put before the referee, nothing is derived."""

from itertools import product

import numpy as np

from ecoopt.evaluate.node_mix import evaluate
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule


def best_by_referee(instance: NodeMixInstance) -> float | None:
    """Return the least objective of a feasible schedule with counts up to `most`, None when there is none."""
    best = None
    for count in product(*(range(int(most) + 1) for most in instance.most)):
        used = np.bincount(instance.group, weights=np.array(count) > 0, minlength=len(instance.groups))
        if (used[instance.choice] != 1).any():
            continue
        score = evaluate(instance, NodeMixSchedule(count=np.array(count)))
        if score.feasible and (best is None or score.objective < best):
            best = score.objective
    return best
