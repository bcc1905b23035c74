"""The schedule of a node mix: how many machines of each option there are."""

from typing import Literal

from ecoopt.core.arrays import IndexVector
from ecoopt.core.instance import Schedule


class NodeMixSchedule(Schedule):
    """How many machines of each option there are.

    Parameters
    ----------
    count : int array [O]
        Machines of each option, in the instance's order.
    """

    family: Literal["node_mix"] = "node_mix"
    schema_version: Literal[1] = 1
    count: IndexVector
