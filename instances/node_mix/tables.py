"""Tables: what a machine and a choice cost, and the least counts that follow from demands."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.hardware.amortisation import charged_share
from ecoopt.instances.node_mix.schema import MOST_MACHINES, NodeMixInstance

TOLERANCE = 1e-6
"""Share of itself by which a demand, floor or ceiling may be missed."""

_KG_PER_G, _KW_PER_W = 1e-3, 1e-3


class MixTables(NamedTuple):
    """What follows from an instance. O options.

    Parameters
    ----------
    machine_kg : float array [O]
        Carbon of one machine over the horizon: embodied share and standing power.
    choice_kg : float array [O]
        Carbon of the group's work on the option, once.
    least : int array [O]
        Machines with which the option alone meets its group's demand, at least 1; `MOST_MACHINES` + 1 where it cannot.
    enough : int array [O]
        Machines beyond which more are of no use to anything.
    chosen : bool array [O]
        Whether the option's group is a choice.
    usable : bool array [O]
        Whether the option can be used at all: enough machines for its group, where it is a choice, within `most` and
        each ceiling; at least one elsewhere.
    """

    machine_kg: FloatArray
    choice_kg: FloatArray
    least: IntArray
    enough: IntArray
    chosen: NDArray[np.bool_]
    usable: NDArray[np.bool_]

    @property
    def total_kg(self) -> FloatArray:
        """Carbon of a choice with its least count, float array [O]."""
        return self.machine_kg * self.least + self.choice_kg


@lru_cache(maxsize=16)
def mix_tables(instance: NodeMixInstance) -> MixTables:
    """Return the tables of an instance.

    A workload of demand d on nodes that deliver a each needs ceil(d / a) of them. Carbon is never negative, so more
    machines than the neediest row asks of an option alone are of no use.
    """
    per_kwh = instance.intensity_g_per_kwh * instance.pue * _KG_PER_G
    share = float(charged_share(instance.rule, lifetime_h=instance.lifetime_h, until_h=instance.horizon_h))
    machine_kg = share * instance.embodied_kg + per_kwh * instance.horizon_h * _KW_PER_W * instance.power_w
    chosen = instance.choice[instance.group]
    alone = counts_needed(instance.demand[instance.group], instance.delivers)
    least = np.maximum(alone, 1)
    enough = np.where(chosen, least, alone) if instance.delivers.size else least
    for amount, provides in zip(instance.floor, instance.provided, strict=True):
        needed = counts_needed(np.full(len(provides), amount), provides)
        enough = np.maximum(enough, np.where(provides > 0, needed, 0))
    enough = np.minimum(enough, instance.most)
    for limit, uses in zip(instance.ceiling, instance.used, strict=True):
        with np.errstate(divide="ignore", over="ignore"):
            room = np.where(uses > 0, limit * (1 + TOLERANCE) / np.where(uses > 0, uses, 1.0), MOST_MACHINES)
        enough = np.minimum(enough, np.floor(np.minimum(room, MOST_MACHINES)).astype(np.int64))
    usable = np.where(chosen, enough >= least, enough >= 1)
    return MixTables(machine_kg, per_kwh * instance.energy_kwh, least, enough, chosen, usable)


def counts_needed(amount: FloatArray, each: FloatArray) -> IntArray:
    """Return how many machines of `each` give an amount, to a millionth; `MOST_MACHINES` + 1 where none can."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(each > 0, amount * (1 - TOLERANCE) / np.where(each > 0, each, 1.0), np.inf)
    ratio = np.where(amount > 0, ratio, 0.0)
    return np.ceil(np.minimum(ratio, MOST_MACHINES + 1)).astype(np.int64)


def mix_kg(instance: NodeMixInstance, count: IntArray) -> float:
    """Return the objective of counts, int array [O], in kgCO2e."""
    tables = mix_tables(instance)
    return float(tables.machine_kg @ count + tables.choice_kg[count > 0].sum())


def keeps_rules(instance: NodeMixInstance, count: IntArray) -> bool:
    """Return whether counts, int array [O], keep every rule."""
    groups = len(instance.groups)
    kinds = np.bincount(instance.group, weights=count > 0, minlength=groups)
    met = np.bincount(instance.group, weights=instance.delivers * count, minlength=groups)
    return bool((kinds[instance.choice] == 1).all() and (met >= instance.demand * (1 - TOLERANCE)).all()
                and (count <= instance.most).all()
                and (instance.provided @ count >= instance.floor * (1 - TOLERANCE)).all()
                and (instance.used @ count <= instance.ceiling * (1 + TOLERANCE)).all())
