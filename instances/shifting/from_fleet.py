"""From a fleet file to a shifting instance's regions: how many GPUs each has, and what they embody by the hour."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.hardware import Fleet


class FleetRegions(NamedTuple):
    """Sites of a fleet that have GPUs. Z regions.

    Parameters
    ----------
    names : tuple of str [Z]
        Names.
    gpus : int array [Z]
        GPUs.
    embodied_kg : float array [Z]
        Mean embodied carbon of one of them.
    """

    names: tuple[str, ...]
    gpus: IntArray
    embodied_kg: FloatArray


def fleet_regions(fleet: Fleet) -> FleetRegions:
    """Return the sites of a fleet that have GPUs; boxes are left out.

    Raises
    ------
    InputError
        Naming the boards of unknown embodied carbon, and when there is no board at all.
    """
    groups = [group for group in fleet.groups if group.gpu is not None and group.count > 0]
    problems = [Problem(f"groups[{fleet.groups.index(group)}].gpu", f"{group.hardware.name} has no embodied_kg",
                        "give it") for group in groups if group.gpu is not None and group.gpu.embodied_kg is None]
    if not groups:
        problems.append(Problem("groups", "there is no GPU", "list some boards"))
    if problems:
        raise InputError(f"fleet {fleet.name}", problems)
    names = tuple(dict.fromkeys(group.site for group in groups))
    gpus, embodied_kg = np.zeros(len(names), dtype=np.int64), np.zeros(len(names))
    for group in groups:
        at = names.index(group.site)
        gpus[at] += group.count
        embodied_kg[at] += group.count * ((group.gpu.embodied_kg if group.gpu is not None else None) or 0.0)
    return FleetRegions(names, gpus, embodied_kg / gpus)
