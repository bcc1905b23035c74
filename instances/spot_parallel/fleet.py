"""Fleets that come and go: machines of spot GPUs as chains of two states, over intervals or a tree of scenarios."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Tree:
    """Nodes of a tree of scenarios, parents first. N nodes.

    Parameters
    ----------
    parent : int array [N]
        Node before each, -1 for the first.
    probability : float array [N]
        Of each node; children of a node are equally likely.
    depth : int array [N]
        Interval of each node.
    """

    parent: IntArray
    probability: FloatArray
    depth: IntArray


def tree(intervals: int, stages: int, branches: int) -> Tree:
    """Return a tree that branches at so many places, evenly spread over the intervals; a row without any.

    Parameters
    ----------
    intervals : int
        Length of every course of events.
    stages : int
        Intervals at which it branches, fewer than there are intervals.
    branches : int
        Children at each of these.
    """
    splits = {round(intervals * (k + 1) / (stages + 1)) for k in range(stages)} - {0, intervals}
    parent, probability, depth = [-1], [1.0], [0]
    level = [0]
    for t in range(1, intervals):
        children = branches if t in splits else 1
        born = [node for node in level for _ in range(children)]
        level = list(range(len(parent), len(parent) + len(born)))
        parent += born
        probability += [probability[node] / children for node in born]
        depth += [t] * len(born)
    return Tree(np.array(parent, dtype=np.int64), np.array(probability), np.array(depth, dtype=np.int64))


def machines_there(
    shape: Tree, machines: int, availability: float, churn: float, rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return which machines are there at each node, bool array [N, machines].

    A machine that is there is lost in an interval with probability `churn`; one that is not comes back as often
    as keeps the mean number there at `availability`. Machines are independent of each other.
    """
    back = churn * availability / (1 - availability) if availability < 1 else 1.0
    draw = rng.random((len(shape.parent), machines))
    there = np.empty(draw.shape, dtype=bool)
    for n, parent in enumerate(shape.parent.tolist()):
        there[n] = draw[n] < availability if parent < 0 else np.where(
            there[parent], draw[n] >= churn, draw[n] < back)
    return there
