"""Helix's layer times: how long a machine works on one layer for a batch of tokens, and what a layer takes to hold."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal

import numpy as np

from ecoopt.core.arrays import FloatArray

Phase = Literal["decode", "prompt"]
PHASES: Final[tuple[Phase, ...]] = ("decode", "prompt")

SOURCE: Final = "layer times of Mei et al., Helix (ASPLOS'25), Thesys-lab/Helix-ASPLOS25"
LICENCE: Final = "Apache-2.0"


@dataclass(frozen=True)
class LayeredModel:
    """A model of equal layers.

    Parameters
    ----------
    layers : int
        How many.
    layer_gb : float
        Weights of one, in half precision.
    kv_kb : float
        Keys and values of one token in one layer, in units of 1,024 bytes.
    activation_bytes : int
        What goes from one layer to the next for one token.
    """

    layers: int
    layer_gb: float
    kv_kb: float
    activation_bytes: int


MODELS: Final = {
    "llama2-70b": LayeredModel(layers=80, layer_gb=1.53, kv_kb=4.0, activation_bytes=16_384),
    "llama1-30b": LayeredModel(layers=60, layer_gb=1.06, kv_kb=26.0, activation_bytes=13_312)}
"""Models with layer times; 70B shares keys and values among eight heads."""


@dataclass(frozen=True)
class LayerMachine:
    """A machine of the table: one to four devices in one host.

    Parameters
    ----------
    name : str
        As in the table.
    devices : int
        GPUs that share every layer: the tensor degree.
    memory_gb : float
        Of all devices together.
    price_per_h, power_w, embodied_kg : float
        Dollars per hour, power at work with a share of the host, and carbon of making it: assumed.
    """

    name: str
    devices: int
    memory_gb: float
    price_per_h: float
    power_w: float
    embodied_kg: float


@cache
def layer_machines() -> dict[str, LayerMachine]:
    """Return the machines of the table by name."""
    return {row["machine"]: LayerMachine(
        row["machine"], int(row["devices"]),
        *(float(row[field]) for field in ("memory_gb", "price_per_h", "power_w", "embodied_kg")))
        for row in _rows("helix_machines.csv")}


@cache
def layer_ms(model: str, machine: str, phase: Phase) -> tuple[FloatArray, FloatArray]:
    """Return the measured points of a machine: tokens in a batch, rising, and milliseconds per layer.

    Parameters
    ----------
    model : str
        Among `MODELS`.
    machine : str
        Among `layer_machines`.
    phase : {"decode", "prompt"}
        Tokens that are written, one of each request, or read.
    """
    rows = [row for row in _rows("helix_layer_ms.csv")
            if row["model"] == model and row["phase"] == phase and row[machine]]
    tokens, taken_ms = (np.array([float(row[field]) for row in rows]) for field in ("tokens", machine))
    tokens.setflags(write=False)
    taken_ms.setflags(write=False)
    return tokens, taken_ms


@cache
def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
