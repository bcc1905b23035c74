"""Speeds: how many tokens a machine takes through the layers it holds, its batch chosen within memory and latency."""

import math
from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.layer_placement.schema import FASTEST
from ecoopt.instances.llm.helix import MODELS, layer_machines, layer_ms

_KB_PER_GB = 1e6
_RESERVED_GB = 1.0


@dataclass(frozen=True)
class Service:
    """What is served, and how.

    Parameters
    ----------
    model : str
        Among the models with layer times.
    prompt_tokens, output_tokens : float
        Of a request, on average.
    prefill : bool
        Whether the machines read the prompts too; else others do, and these write answers alone.
    token_ms : float, optional
        Most milliseconds of work on one token through all layers.
    network_gbit_per_s : float
        Of each machine's network card.
    """

    model: str = "llama2-70b"
    prompt_tokens: float = 763.0
    output_tokens: float = 232.0
    prefill: bool = False
    token_ms: float | None = None
    network_gbit_per_s: float = 10.0


def most_layers(service: Service, machine: str) -> int:
    """Return how many layers fit into half of a machine's memory, less 1 GB on each device: the published numbers.

    The other half is for keys and values.
    """
    model, known = MODELS[service.model], layer_machines()[machine]
    weights_gb = known.memory_gb / 2 - _RESERVED_GB * known.devices
    return min(math.floor(weights_gb / model.layer_gb), model.layers)


def batch_and_speed(service: Service, machine: str) -> tuple[IntArray, IntArray]:
    """Return batch and tokens per second of a machine with 1, 2, ... layers, two int arrays [K]; no rows if none fit.

    With k layers and b requests in a batch, a machine writes ``1000 b / (k t(b))`` tokens per second, t(b) being the
    milliseconds of a layer, interpolated; with prompts, each token written costs the reading of its share of them too.
    Of all batches whose keys and values fit into the other half of the memory, and on which a layer is done within its
    share of `token_ms`, the fastest is taken, the smallest of equals. So speeds never rise with k.

    The choice of batch is that of ExeGPT (Oh et al., ASPLOS'24): the most throughput within a latency.
    """
    model, known = MODELS[service.model], layer_machines()[machine]
    tokens, taken_ms = layer_ms(service.model, machine, "decode")
    batch = np.arange(1, int(tokens[-1]) + 1)
    layer = np.interp(batch, tokens, taken_ms)
    per_token_ms = layer / batch
    if service.prefill:
        read, read_ms = layer_ms(service.model, machine, "prompt")
        per_token_ms = per_token_ms + float((read_ms / read).min()) * service.prompt_tokens / service.output_tokens
    in_time = np.ones(len(batch), dtype=bool) if service.token_ms is None else layer * model.layers <= service.token_ms
    context = service.prompt_tokens + service.output_tokens / 2
    room = known.memory_gb / 2 * _KB_PER_GB / (context * model.kv_kb)
    card = service.network_gbit_per_s * 1e9 / 8 / model.activation_bytes
    chosen, speeds = [], []
    for k in range(1, most_layers(service, machine) + 1):
        allowed = np.flatnonzero(in_time & (batch * k <= room))
        if not allowed.size:
            break
        best = allowed[np.argmin(per_token_ms[allowed])]
        chosen.append(int(batch[best]))
        speeds.append(int(min(1000 / (k * per_token_ms[best]), card, FASTEST)))
    if 0 in speeds:
        chosen, speeds = chosen[:speeds.index(0)], speeds[:speeds.index(0)]
    return np.array(chosen, dtype=np.int64), np.array(speeds, dtype=np.int64)


def best_degree(service: Service, device: str) -> str:
    """Return the machine of a device (``"L4"`` or ``"T4"``...) whose tensor degree serves most layers per device.

    Every degree that was measured is tried: the most layers times tokens per second that its machine takes, divided by
    its devices, with the batch chosen for each. The smallest degree of equals.
    """
    degrees = [each for each in layer_machines().values() if each.name.split("x")[0] == device]
    worth = []
    for each in degrees:
        _, speed = batch_and_speed(service, each.name)
        worth.append(float((speed * np.arange(1, len(speed) + 1)).max(initial=0)) / each.devices)
    return degrees[int(np.argmax(worth))].name


def regrouped(service: Service, machines: dict[str, int]) -> dict[str, int]:
    """Return the machines that GPUs make when those of a kind share layers in the degree that serves most.

    Parameters
    ----------
    machines : dict of str to int
        How many there are of each machine. What is left over stays single.
    """
    known, made = layer_machines(), dict.fromkeys(machines, 0)
    for device in dict.fromkeys(name.split("x")[0] for name in machines):
        gpus = sum(known[name].devices * count for name, count in machines.items() if name.split("x")[0] == device)
        chosen = best_degree(service, device)
        made[chosen] += gpus // known[chosen].devices
        made[device] += gpus % known[chosen].devices
    return made
