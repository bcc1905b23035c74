"""The layer-placement instance: a model's layers, types of machines with their speeds, links, and what is asked for."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import IndexVector, IntArray, array_field
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.instances.variants import Name

Objective = Literal["throughput", "cost", "carbon"]

MOST_LAYERS, MOST_TYPES, MOST_MACHINES, FASTEST = 2_000, 100, 2_000, 1_000_000
LARGEST = 1e6

Speeds = Annotated[IntArray, *array_field(np.int64, ge=1, le=FASTEST)]
LinkSpeeds = Annotated[IntArray, *array_field(np.int64, ge=0, le=FASTEST)]
LinkMatrix = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=FASTEST)]


class MachineType(Record):
    """A kind of machine.

    Parameters
    ----------
    name : str
        Name.
    tokens_per_s : int array [K]
        Tokens per second that it takes through all its layers when it holds 1, 2, ..., K of them; K is the most it
        can hold. Never rises: who holds a layer more is no faster.
    price_per_h : float
        Dollars per hour of one that is used.
    power_w : float
        Power of one that is used.
    embodied_g_per_h : float
        Embodied carbon charged per hour of one that is used.
    """

    name: Name
    tokens_per_s: Speeds
    price_per_h: Annotated[float, Field(ge=0, le=LARGEST)] = 0.0
    power_w: Annotated[float, Field(ge=0, le=LARGEST)] = 0.0
    embodied_g_per_h: Annotated[float, Field(ge=0, le=LARGEST)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 1 <= len(self.tokens_per_s) <= MOST_LAYERS:
            raise ValueError(f"tokens_per_s has {len(self.tokens_per_s)} entries; give 1 to {MOST_LAYERS}")
        rises = np.flatnonzero(np.diff(self.tokens_per_s) > 0)
        if rises.size:
            raise ValueError(f"tokens_per_s rises from {rises[0] + 1} to {rises[0] + 2} layers; who holds more layers "
                             "is no faster")
        return self


class Links(Record):
    """What links carry, in tokens per second; 0 where there is none. Q types.

    Parameters
    ----------
    between : int array [Q, Q]
        From each machine of one type to each machine of another.
    entry : int array [Q]
        From where requests come to each machine of a type.
    leaving : int array [Q]
        From each machine of a type to where answers go.
    """

    between: LinkMatrix
    entry: LinkSpeeds
    leaving: LinkSpeeds


class LayerPlacementInstance(Instance):
    """Which consecutive layers of a model each machine holds, so that most tokens flow. L layers, Q types, M machines.

    A token goes through all layers in order, from machine to machine. It may enter a machine at any layer that the
    machine holds (Helix's partial inference) and leaves it after the machine's last. A machine takes at most the tokens
    that its type allows with the layers it holds; a link carries at most its speed. The throughput of a placement is
    the largest flow.

    The objective is maximised. ``throughput``: tokens per second. ``cost``: minus the dollars per hour, ``carbon``:
    minus the grams per hour of the machines used, while the throughput reaches the demand.

    Parameters
    ----------
    objective : {"throughput", "cost", "carbon"}
        What is asked for.
    layers : int
        Layers of the model.
    types : tuple of MachineType [Q]
        Kinds of machines.
    kind : int array [M]
        Type of each machine; in order of arrival where they join one by one.
    links : Links, optional
        What links carry; by default they never bind.
    demand_tokens_per_s : int, optional
        Throughput to be reached (``cost``, ``carbon``).
    intensity_g_per_kwh : float
        Carbon intensity.
    pue : float
        Power usage effectiveness.
    """

    family: Literal["layer_placement"] = "layer_placement"
    schema_version: Literal[1] = 1
    objective: Objective = "throughput"
    layers: Annotated[int, Field(ge=1, le=MOST_LAYERS)]
    types: tuple[MachineType, ...]
    kind: IndexVector
    links: Links | None = None
    demand_tokens_per_s: Annotated[int, Field(ge=1, le=10**9)] | None = None
    intensity_g_per_kwh: Annotated[float, Field(ge=0, le=LARGEST)] = 0.0
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems, kinds = [], len(self.types)
        names = [each.name for each in self.types]
        if not 1 <= kinds <= MOST_TYPES:
            problems.append(f"{kinds} types; give 1 to {MOST_TYPES}")
        if len(set(names)) < kinds:
            problems.append("types share a name; rename the duplicates")
        if not 1 <= len(self.kind) <= MOST_MACHINES:
            problems.append(f"kind has {len(self.kind)} machines; give 1 to {MOST_MACHINES}")
        if self.kind.size and self.kind.max() >= kinds:
            problems.append(f"kind names type {self.kind.max()}; name 0 to {kinds - 1}")
        if (self.demand_tokens_per_s is None) != (self.objective == "throughput"):
            problems.append("demand_tokens_per_s belongs to the objectives cost and carbon, and they need it")
        if self.links is not None:
            shapes = {"between": (kinds, kinds), "entry": (kinds,), "leaving": (kinds,)}
            problems += [f"links.{field} has shape {list(getattr(self.links, field).shape)}; give {list(shape)}"
                         for field, shape in shapes.items() if getattr(self.links, field).shape != shape]
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @cached_property
    def count(self) -> IntArray:
        """Machines of each type, int array [Q]."""
        return _frozen(np.bincount(self.kind, minlength=len(self.types)))

    @cached_property
    def most_held(self) -> IntArray:
        """Most layers that a machine of each type can hold, int array [Q]."""
        return _frozen(np.minimum([len(each.tokens_per_s) for each in self.types], self.layers))

    @cached_property
    def speed(self) -> IntArray:
        """Tokens per second by type and layers held, int array [Q, K + 1] with K the most of all; 0 out of range."""
        table = np.zeros((len(self.types), int(self.most_held.max()) + 1), dtype=np.int64)
        for row, each, most in zip(table, self.types, self.most_held.tolist(), strict=True):
            row[1:most + 1] = each.tokens_per_s[:most]
        return _frozen(table)


def _frozen(array: IntArray) -> IntArray:
    array.setflags(write=False)
    return array
