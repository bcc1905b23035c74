"""Servers: types of machine by name, and their times for classes of requests from measured tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.hardware.gpu_catalogue import gpu
from ecoopt.instances.llm.splitwise import Key, MachineTimes
from ecoopt.instances.phase_split.parts import MachineType

CANNOT_S: Final = 1e6
"""Time of what a machine cannot do at all: beyond any limit."""

MEMORY_SHARE: Final = 0.9


class Server(NamedTuple):
    """A server of eight GPUs, of which a machine may be a share.

    Power is that provisioned for a server in Splitwise, table V; rent is its price by GPU and hour.
    """

    board: str
    power_w: float
    rent_per_gpu_h: float
    memory_gb: float


SERVERS: Final[dict[str, Server]] = {
    "a100": Server("A100-SXM4-80", 10_200 * 24.8 / 44, 2.21, 80.0),
    "h100": Server("H100-SXM5-80", 10_200.0, 4.76, 80.0),
    "h100-pcap": Server("H100-SXM5-80", 10_200 * 30.8 / 44, 4.76, 80.0),
}
"""Servers of the table: the A100's power is 24.8/44 of the H100's, the capped H100's 30.8/44."""

HARDWARE: Final = {"a100": "a100-80gb", "h100": "h100-80gb", "h100-pcap": "h100-80gb-pcap"}


class Model(NamedTuple):
    """A language model: its weights, and the key-value cache of a token."""

    weights_gb: float
    kv_gb_per_token: float


MODELS: Final = {"llama2-70b": Model(140.0, 0.328e-3), "bloom-176b": Model(352.0, 4.01e-3)}
"""Two bytes a weight; 2 x layers x heads of keys and values x their size x 2 bytes a token."""


def server_of(machine: str) -> tuple[str, int]:
    """Return server and GPUs in parallel of a name such as ``h100-pcap/4``; eight GPUs where none are named.

    Raises
    ------
    InputError
        When there is no such server, or the number is none of 1 to 8.
    """
    name, _, degree = str(machine).partition("/")
    if name not in SERVERS or degree not in ("", *"12345678"):
        raise InputError.one("", "machines", f"{str(machine)[:60]} is unknown",
                             f"use {', '.join(SERVERS)}, with the GPUs in parallel as in a100/4")
    return name, int(degree or 8)


def machine_type(machine: str, *, decode_power: float, link_gb_per_s: float | None, start_min: float,
                 node: tuple[int, int]) -> MachineType:
    """Return the type of a name; a start takes the power of some minutes, the link is the server's share."""
    name, degree = server_of(machine)
    server, part = SERVERS[name], degree / 8
    power_w = server.power_w * part
    board_kg = gpu(server.board).embodied_kg
    assert board_kg is not None
    return MachineType(
        name=machine, prefill_w=power_w, decode_w=power_w * decode_power, whole_w=power_w,
        rent_per_h=server.rent_per_gpu_h * degree, embodied_kg=board_kg * degree,
        start_kwh=power_w / 1000 * start_min / 60, start_cost=server.rent_per_gpu_h * degree * start_min / 60,
        link_gb_per_s=None if link_gb_per_s is None else link_gb_per_s * part,
        node_prefills=node[0], node_decodes=node[1])


def times_of(machines: Sequence[str], model: str, tables: Mapping[Key, MachineTimes]) -> list[MachineTimes]:
    """Return the measured times of machines for a model.

    Raises
    ------
    InputError
        With every machine that was not measured.
    """
    found, problems = [], []
    for machine in machines:
        name, degree = server_of(machine)
        key = (model, HARDWARE[name], degree)
        if key in tables:
            found.append(tables[key])
        else:
            known = sorted({f"{name}/{d}" for m, h, d in tables if m == model for name in HARDWARE
                            if HARDWARE[name] == h})
            problems.append(Problem("machines", f"{machine} was not measured with {model}",
                                    f"use one of {', '.join(known)}"))
    if problems:
        raise InputError("", problems)
    return found


def time_tables(
    times: Sequence[MachineTimes], memory_gb: Sequence[float], model: Model, *, prompt: FloatArray, output: FloatArray,
    token_limit_s: float, pooled: bool,
) -> dict[str, Any]:
    """Return the six tables of an instance, float arrays [H, K]; see `PhaseSplitInstance`.

    The batch of decode is the largest measured one whose tokens keep the limit and whose cache fits in 0.9 of the
    memory. A machine that does both takes the sum of both times; where `pooled`, its batch b is the largest for which
    ``token_s(b) + b prefill_s / output`` keeps the limit: in a batch of b every step finds b / output prompts to do.

    Parameters
    ----------
    times : sequence of MachineTimes [H]
        Measured.
    memory_gb : sequence of float [H]
        Memory of a machine.
    model : Model
        What is served.
    prompt, output : float array [K]
        Lengths.
    token_limit_s : float
        Limit between tokens.
    pooled : bool
        Whether a machine that does both interrupts its tokens for prompts.
    """
    columns: dict[str, list[FloatArray]] = {name: [] for name in (
        "first_token_s", "prefill_s", "token_s", "decode_s", "whole_token_s", "whole_s")}
    for each, memory in zip(times, memory_gb, strict=True):
        prompt_s = each.of_prompts(prompt)
        room_gb = memory * MEMORY_SHARE - model.weights_gb
        fits = each.batch[:, None] * (prompt + output) * model.kv_gb_per_token <= room_gb  # [M, K]
        step_s = np.broadcast_to(each.token_s[:, None], fits.shape)
        token_s, decode_s = _largest_batch(each, step_s, fits, token_limit_s, output)
        whole_token_s, whole_s = token_s, prompt_s + decode_s
        if pooled:
            busy_s = step_s + each.batch[:, None] * prompt_s / output
            whole_token_s, whole_decode_s = _largest_batch(each, busy_s, fits, token_limit_s, output)
            whole_s = whole_decode_s
        for name, values in (("first_token_s", prompt_s), ("prefill_s", prompt_s), ("token_s", token_s),
                             ("decode_s", decode_s), ("whole_token_s", whole_token_s), ("whole_s", whole_s)):
            columns[name].append(values)
    return {name: np.array(rows) for name, rows in columns.items()}


def _largest_batch(
    times: MachineTimes, step_s: FloatArray, fits: NDArray[np.bool_], limit_s: float, output: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return time between tokens and machine time of all of them in the largest batch in time, float arrays [K]."""
    good = fits & (step_s <= limit_s)
    best = len(times.batch) - 1 - np.argmax(good[::-1], axis=0)
    columns = np.arange(good.shape[1])
    some = good.any(axis=0)
    token_s = np.where(some, step_s[best, columns], CANNOT_S)
    return token_s, np.where(some, output * step_s[best, columns] / times.batch[best], CANNOT_S)
