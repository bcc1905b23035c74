"""From a fleet file to a refresh instance's sites and stock: boards of the three generations that were measured."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.hardware import Fleet
from ecoopt.instances.refresh.parts import Stock
from ecoopt.instances.refresh.published import EMBODIED_G

YEAR_DAYS = 365.0


class FirstFleet(NamedTuple):
    """What stands where at first. S sites, G generations.

    Parameters
    ----------
    sites : tuple of str [S]
        Names.
    gpus : int array [S, G]
        GPUs of each generation.
    stock : tuple of Stock
        The same with ages.
    """

    sites: tuple[str, ...]
    gpus: IntArray
    stock: tuple[Stock, ...]


def first_fleet(fleet: Fleet, generations: int, period_days: int, life_periods: int) -> FirstFleet:
    """Return the boards of a fleet as stock; what is older than its life has its last period before it.

    A board is of the generation that its name begins with: P100, V100 or A100. Boxes are left out.

    Parameters
    ----------
    fleet : Fleet
        The hardware.
    generations : int
        How many generations the instance has; stock can be of the first three.
    period_days, life_periods : int
        Length of a period, and life of a GPU.

    Raises
    ------
    InputError
        Naming the boards that are of no measured generation, and when there is no board at all.
    """
    names = list(EMBODIED_G)[:generations]
    boards = [(group, group.gpu.name.partition("-")[0]) for group in fleet.groups
              if group.gpu is not None and group.count > 0]
    mend = f"list {', '.join(names)} boards"
    problems = [Problem(f"groups[{fleet.groups.index(group)}].gpu",
                        f"{group.hardware.name} is of no measured generation", mend)
                for group, name in boards if name not in names]
    if not boards:
        problems.append(Problem("groups", "there is no GPU", mend))
    if problems:
        raise InputError(f"fleet {fleet.name}", problems)
    sites = tuple(dict.fromkeys(group.site for group, _ in boards))
    gpus = np.zeros((len(sites), generations), dtype=np.int64)
    stock = []
    for group, name in boards:
        gpus[sites.index(group.site), names.index(name)] += group.count
        age = min(round(group.age_years * YEAR_DAYS / period_days), life_periods - 1)
        stock.append(Stock(generation=name, site=group.site, age_periods=age, count=group.count))
    return FirstFleet(sites, gpus, tuple(stock))
