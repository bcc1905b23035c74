"""The schedule of a phase split: machines by period, pool, region and type, and where requests go."""

from typing import Annotated, Literal

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.instance import Schedule


class PhaseSplitSchedule(Schedule):
    """How many machines each pool has, and which share of each class of requests it serves.

    P periods, Q pools in the order of the instance's `pools`, R regions, H types of machine, K classes.

    Parameters
    ----------
    machines : int array [P, Q, R, H]
        Machines that are on; nodes, in the pool of nodes.
    share : float array [P, Q, K, R, H]
        Share of a class's requests that a pool serves: prompts in the pool of prompts, tokens in that of tokens, both
        elsewhere.
    """

    family: Literal["phase_split"] = "phase_split"
    schema_version: Literal[1] = 1
    machines: Annotated[IntArray, *array_field(np.int64, 4, ge=0)]
    share: Annotated[FloatArray, *array_field(np.float64, 5, ge=0)]
