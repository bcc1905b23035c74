"""The spot-parallel schedule: a configuration and rented GPUs for every node, and which slot each GPU takes."""

from typing import Annotated, Literal

import numpy as np

from ecoopt.core.arrays import IndexVector, IntArray, array_field
from ecoopt.core.instance import Schedule

NO_SLOT = -1
"""Slot of a GPU that holds nothing."""

Slots = Annotated[IntArray, *array_field(np.int64, 2, ge=NO_SLOT)]


class SpotParallelSchedule(Schedule):
    """N nodes, G spot GPUs with names, K on-demand GPUs at most.

    Parameters
    ----------
    config : int array [N]
        Number of the configuration of each node.
    on_demand : int array [N]
        On-demand GPUs of each node; spot GPUs make up the rest.
    slot : int array [N, G + K], optional
        Slot of each GPU, spot GPUs first, -1 for none; for instances that name their GPUs, and for those alone. Slots
        of a configuration are numbered by replica, then stage, then shard.
    """

    family: Literal["spot_parallel"] = "spot_parallel"
    schema_version: Literal[1] = 1
    config: IndexVector
    on_demand: IndexVector
    slot: Slots | None = None
