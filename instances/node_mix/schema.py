"""The node-mix instance: groups of options, what each machine delivers, uses, draws and took to make."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import BoolVector, FloatArray, IndexVector, IntArray, NonNegativeMatrix, NonNegativeVector
from ecoopt.core.instance import Instance
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import Amortisation
from ecoopt.instances.hardware.generation import Name

MOST_GROUPS, MOST_OPTIONS, MOST_ROWS, MOST_MACHINES = 100_000, 400_000, 50, 10**9
LARGEST = 1e15

Rule = Literal["straight-line", "at-purchase", "double-declining", "sunk"]


class NodeMixInstance(Instance):
    """How many machines of each option to have, at the least embodied and operational carbon.

    G groups, O options, R floors, K ceilings. A group is a workload of which one node size serves all (`choice`), or a
    kind of components that may be mixed. The machines of a group together deliver at least its demand; over all groups
    the machines deliver at least each floor and use at most each ceiling. The objective, minimised, is the carbon of
    the horizon in kgCO2e: for every machine the share of its embodied carbon that the rule charges and the electricity
    it draws throughout, and for every option used the electricity of its group's work.

    Floors, demands and ceilings are kept when they are missed by no more than a millionth of themselves.

    Parameters
    ----------
    groups : tuple of str [G]
        Names; in order of arrival where they are decided one by one.
    choice : bool array [G]
        Whether exactly one option of the group is used, by at least one machine; any mix, also none, elsewhere.
    demand : float array [G]
        What the group's machines deliver at least, over the horizon.
    options : tuple of str [O]
        Names.
    group : int array [O]
        Group of each option; groups in order, so that it does not fall.
    delivers : float array [O]
        What one machine delivers to its group's demand.
    embodied_kg : float array [O]
        Embodied carbon of one machine.
    power_w : float array [O]
        Power one machine draws throughout the horizon.
    energy_kwh : float array [O]
        Electricity of the group's work on the option, however many machines share it; 0 where groups are mixed.
    most : int array [O]
        Most machines of the option.
    floors, ceilings : tuple of str [R], [K]
        Names with units, as in ``"memory (GB)"``.
    floor, ceiling : float arrays [R], [K]
        Their values; floors are above 0.
    provides : float array [R, O]
        What one machine adds to each floor's resource.
    uses : float array [K, O]
        What one machine takes of each ceiling's.
    carbon : CarbonTrace
        Covers the horizon.
    start_utc : str
        Beginning of the horizon.
    horizon_h : float
        Its length.
    pue : float
        Power usage effectiveness.
    amortisation : {"straight-line", "at-purchase", "double-declining", "sunk"}
        How embodied carbon is charged to the horizon; machines are new at its beginning. See
        `ecoopt.instances.hardware.Amortisation`.
    lifetime_h : float
        Life of a machine.
    """

    family: Literal["node_mix"] = "node_mix"
    schema_version: Literal[1] = 1
    groups: tuple[Name, ...]
    choice: BoolVector
    demand: NonNegativeVector
    options: tuple[Name, ...]
    group: IndexVector
    delivers: NonNegativeVector
    embodied_kg: NonNegativeVector
    power_w: NonNegativeVector
    energy_kwh: NonNegativeVector
    most: IndexVector
    floors: tuple[Name, ...] = ()
    floor: NonNegativeVector = np.zeros(0)
    provides: NonNegativeMatrix = np.zeros((0, 0))
    ceilings: tuple[Name, ...] = ()
    ceiling: NonNegativeVector = np.zeros(0)
    uses: NonNegativeMatrix = np.zeros((0, 0))
    carbon: CarbonTrace
    start_utc: str
    horizon_h: Annotated[float, Field(gt=0, le=1e6)]
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0
    amortisation: Rule = "straight-line"
    lifetime_h: Annotated[float, Field(gt=0, le=1e7)] = 43800.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*_size_problems(self), *_range_problems(self)]
        if not problems:
            problems = _group_problems(self)
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @cached_property
    def intensity_g_per_kwh(self) -> float:
        """Mean intensity of the horizon."""
        return float(self.carbon.means(self.start_utc, round(self.horizon_h * 3600), 1)[0])

    @property
    def rule(self) -> Amortisation:
        """The rule of amortisation."""
        return Amortisation(self.amortisation)

    @cached_property
    def first(self) -> IntArray:
        """First option of each group, and the number of options, int array [G + 1]."""
        return np.searchsorted(self.group, np.arange(len(self.groups) + 1)).astype(np.int64)

    @cached_property
    def provided(self) -> FloatArray:
        """What machines add to each floor's resource, float array [R, O], also where there are none."""
        return self.provides.reshape(len(self.floors), len(self.options))

    @cached_property
    def used(self) -> FloatArray:
        """What machines take of each ceiling's resource, float array [K, O], also where there are none."""
        return self.uses.reshape(len(self.ceilings), len(self.options))


def _size_problems(instance: NodeMixInstance) -> list[str]:
    """Return everything of the wrong number."""
    groups, options = len(instance.groups), len(instance.options)
    floors, ceilings = len(instance.floors), len(instance.ceilings)
    problems = [f"{field} has {number} entries; give {least} to {most}" for field, number, least, most in (
        ("groups", groups, 1, MOST_GROUPS), ("options", options, 1, MOST_OPTIONS), ("floors", floors, 0, MOST_ROWS),
        ("ceilings", ceilings, 0, MOST_ROWS)) if not least <= number <= most]
    for fields, number, what in (
            (("choice", "demand"), groups, "groups"), (("floor",), floors, "floors"),
            (("ceiling",), ceilings, "ceilings"),
            (("group", "delivers", "embodied_kg", "power_w", "energy_kwh", "most"), options, "options")):
        problems += [f"{field} has {len(getattr(instance, field))} entries for {number} {what}; give one for each"
                     for field in fields if len(getattr(instance, field)) != number]
    for field, rows in (("provides", floors), ("uses", ceilings)):
        shape = getattr(instance, field).shape
        if shape != (rows, options) and (rows or getattr(instance, field).size):
            problems.append(f"{field} has shape {shape}; give {rows} rows of {options}")
    for field in ("groups", "floors", "ceilings"):
        if len(set(getattr(instance, field))) < len(getattr(instance, field)):
            problems.append(f"{field} are not distinct; rename the duplicates")
    return problems


def _range_problems(instance: NodeMixInstance) -> list[str]:
    """Return numbers beyond all sense, which would overflow."""
    problems = [f"{field} has an entry above {LARGEST:g}; check the units"
                for field in ("demand", "delivers", "embodied_kg", "power_w", "energy_kwh", "floor", "provides",
                              "ceiling", "uses") if (getattr(instance, field) > LARGEST).any()]
    if (instance.most > MOST_MACHINES).any():
        problems.append(f"most has an entry above {MOST_MACHINES}; give fewer")
    if (instance.floor <= 0).any():
        problems.append("floor has an entry of 0; leave that floor out")
    return problems


def _group_problems(instance: NodeMixInstance) -> list[str]:
    """Return what is wrong with groups and their options."""
    groups = len(instance.groups)
    if (np.diff(instance.group) < 0).any() or int(instance.group[-1]) >= groups:
        return [f"group is no rising list of numbers below {groups}; sort the options by group"]
    problems = []
    empty = np.flatnonzero(instance.choice & (np.bincount(instance.group, minlength=groups) == 0))
    if empty.size:
        problems.append(f"group {instance.groups[empty[0]]} has no option to choose; give one")
    mixed = np.flatnonzero(~instance.choice[instance.group] & (instance.energy_kwh > 0))
    if mixed.size:
        problems.append(f"energy_kwh of option {instance.options[mixed[0]]} is not 0, its group may be mixed; "
                        "put it into power_w")
    return problems
