"""What a phase-split instance is made of: types of machine, and the rule of safe load."""

from typing import Annotated

from pydantic import Field

from ecoopt.core.record import Record
from ecoopt.instances.hardware.generation import Name

Watts = Annotated[float, Field(ge=0, le=1e7, strict=True)]
Amount = Annotated[float, Field(ge=0, le=1e9, strict=True)]
Few = Annotated[int, Field(ge=1, le=64)]


class MachineType(Record):
    """A type of machine: a server, or a share of one, that holds a copy of the model.

    Parameters
    ----------
    name : str
        For people.
    prefill_w, decode_w, whole_w : float
        Power of a machine that is on, in a pool of prompts, of tokens, or of both.
    rent_per_h : float
        What it costs by the hour, electricity left out.
    embodied_kg : float
        Embodied carbon.
    lifetime_h : float
        Life, over which it is written off evenly.
    start_kwh, start_cost : float
        Electricity of a start, and what it costs beside it.
    link_gb_per_s : float, optional
        Bandwidth at which a machine of prompts sends their key-value cache; no limit by default.
    node_prefills, node_decodes : int
        Machines of prompts and of tokens that make a node, where both phases are kept on one.
    """

    name: Name
    prefill_w: Watts
    decode_w: Watts
    whole_w: Watts
    rent_per_h: Amount = 0.0
    embodied_kg: Amount = 0.0
    lifetime_h: Annotated[float, Field(gt=0, le=1e7, strict=True)] = 35040.0
    start_kwh: Amount = 0.0
    start_cost: Amount = 0.0
    link_gb_per_s: Annotated[float, Field(gt=0, le=1e6, strict=True)] | None = None
    node_prefills: Few = 1
    node_decodes: Few = 1


class WaitRule(Record):
    """How seldom a request waits: by Erlang's C formula, machines of a pool being its servers.

    Parameters
    ----------
    probability : float
        Most probability of waiting longer than that.
    services : float
        How long, in mean times of service.
    """

    probability: Annotated[float, Field(gt=0, lt=1)]
    services: Annotated[float, Field(ge=0, le=1e3)] = 0.0
