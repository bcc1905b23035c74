"""Illustrative tables: synthetic rates and watts that agree with what the paper prints, and no measurement.

The paper's bars carry no numbers. What it prints: shards and watts of LLaMA-65B on V100, 3 to 4 J per token, ratios of
A100 to V100, and power caps. All else here is an assumption; users have tables of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecoopt.core.instance import Provenance
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import Gpu, gpu
from ecoopt.instances.llm_config.capping import UNCAPPED_W, cap_factors
from ecoopt.instances.llm_config.memory import fits
from ecoopt.instances.llm_config.models import MODELS, LanguageModel, language_model
from ecoopt.instances.llm_config.parts import Configuration, RequestClass, Site
from ecoopt.instances.llm_config.schema import LlmConfigInstance

V100, A100 = "V100-PCIe-32", "A100-PCIe-80"
SOURCE = "illustrative, synthetic: agrees with Samsi et al., From Words to Watts (HPEC'23), and is no measurement"
LENGTHS, BATCHES = (256, 512, 1024), (16, 32, 64, 128)

_IDLE_W = {V100: 25.0, A100: 37.6}
_FULL_BATCH, _HALF_BATCH, _BATCH_WATTS = 64, 32.0, 0.1


@dataclass(frozen=True)
class _Base:
    """A model on so many GPUs with a batch of 64: output tokens per second, and watts of all its GPUs."""

    model: str
    gpu: str
    shards: int
    tokens_per_s: float
    power_w: float


def _bases(v100_7b: float, v100_13b: float) -> tuple[_Base, ...]:
    """Return the base points; 65B as printed or calibrated to it, rates of the small models on V100 as given."""
    a100_w = 972.0 / 4
    return (
        _Base("LLaMA-65B", V100, 8, 100.0, 300.0), _Base("LLaMA-65B", V100, 16, 600.0 / 3.5, 600.0),
        _Base("LLaMA-65B", V100, 32, 250.0, 1000.0), _Base("LLaMA-65B", A100, 4, 972.0 / 3.4, 972.0),
        _Base("LLaMA-13B", V100, 2, v100_13b, 200.0), _Base("LLaMA-13B", A100, 1, 1.25 * v100_13b, a100_w),
        _Base("LLaMA-7B", V100, 1, v100_7b, 120.0), _Base("LLaMA-7B", A100, 1, 2.0 * v100_7b, a100_w))


def illustrative_table(
    models: Sequence[LanguageModel] = MODELS, *, lengths: Sequence[int] = LENGTHS, batches: Sequence[int] = BATCHES,
    caps_w: Sequence[float] = (250.0, 175.0, 150.0), v100_7b: float = 300.0, v100_13b: float = 240.0,
) -> tuple[Configuration, ...]:
    """Return configurations of LLaMA on V100 (32 GB) and A100 (80 GB) that fit in memory; synthetic.

    The rate of a batch b is as ``b / (b + 32)``, and power rises by a tenth up to a batch of 64. An answer takes as
    long as its batch. Caps are those of table III, on A100 alone.

    Parameters
    ----------
    models : sequence of LanguageModel
        Those of the catalogue.
    lengths, batches : sequence of int
        Answers' tokens, and answers made together.
    caps_w : sequence of float
        Power caps of A100.
    v100_7b, v100_13b : float
        Tokens per second of the small models on 1 and 2 V100: assumptions.
    """
    boards = {name: gpu(name) for name in (V100, A100)}
    known = {model.name: model for model in models}
    found = []
    for base in _bases(v100_7b, v100_13b):
        for batch in batches:
            for length in lengths:
                if base.model in known and fits(known[base.model], boards[base.gpu], base.shards, batch, length):
                    caps = caps_w if base.gpu == A100 else (UNCAPPED_W,)
                    found += [_configuration(base, batch, length, cap) for cap in caps]
    return tuple(found)


def _configuration(base: _Base, batch: int, length: int, cap_w: float) -> Configuration:
    """Return a base point at another batch, with a cap."""
    factors = cap_factors(cap_w, length)
    rate = base.tokens_per_s * (batch / (batch + _HALF_BATCH)) * ((_FULL_BATCH + _HALF_BATCH) / _FULL_BATCH)
    power_w = base.power_w * (1 - _BATCH_WATTS + _BATCH_WATTS * batch / _FULL_BATCH) * factors.power
    short = base.model.removeprefix("LLaMA-")
    return Configuration(
        name=f"{short}-{base.shards}x{base.gpu.partition('-')[0]}-b{batch}-l{length}-{cap_w:g}W", model=base.model,
        gpu=base.gpu, shards=base.shards, batch=batch, length_tokens=length, cap_w=cap_w,
        tokens_per_s=rate / factors.time, power_w=power_w, idle_w=min(_IDLE_W[base.gpu] * base.shards, power_w),
        latency_s=batch * length * factors.time / rate, source=SOURCE)


def illustrative_example(*, demand_tokens_per_s: float = 800.0, v100: int = 64, a100: int = 8,
                         count_gpus: bool = False) -> LlmConfigInstance:
    """Return one period of LLaMA-65B on one site, a replica's power the same at any load; synthetic.

    At 1000 g/kWh and an hour a period, grams are watts. Batch 64, length 256; caps by their means over lengths. Five
    replicas of 8 V100 and two of 4 A100 at 150 W take least power, 2,573 W.

    Parameters
    ----------
    demand_tokens_per_s : float
        Tokens asked for.
    v100, a100 : int
        GPUs there are.
    count_gpus : bool
        Whether GPUs are counted, one gram for each, and power is not.
    """
    boards = [gpu(name) for name in (V100, A100)]
    if count_gpus:
        boards = [board.replace(embodied_kg=1.0) for board in boards]
    found = []
    for base in _bases(1.0, 1.0)[:4]:
        for cap_w in (250.0, 175.0, 150.0) if base.gpu == A100 else (250.0,):
            factors = cap_factors(cap_w)
            power_w, rate = base.power_w * factors.power, base.tokens_per_s / factors.time
            found.append(Configuration(
                name=f"65B-{base.shards}x{base.gpu.partition('-')[0]}-{cap_w:g}W", model=base.model, gpu=base.gpu,
                shards=base.shards, batch=64, length_tokens=256, cap_w=cap_w, tokens_per_s=rate, power_w=power_w,
                idle_w=power_w, latency_s=64 * 256 / rate, source=SOURCE))
    carbon = CarbonTrace(zone="everywhere", start_utc="2023-01-01T00:00:00Z", step_s=3600,
                         intensity_g_per_kwh=np.array([0.0 if count_gpus else 1000.0]))
    return LlmConfigInstance(
        name="illustrative-example", provenance=Provenance(source=SOURCE), models=(language_model("LLaMA-65B"),),
        gpus=tuple(boards), configurations=tuple(found), start_utc="2023-01-01T00:00:00Z",
        gpu_lifetime_h=1000.0 if count_gpus else None,
        classes=(RequestClass(name="all", demand_per_s=np.array([demand_tokens_per_s]), max_latency_s=1e6),),
        sites=(Site(name="here", carbon=carbon, gpus=np.array([v100, a100])),))


def illustrative_gpus() -> tuple[Gpu, ...]:
    """Return the two boards of the illustrative tables."""
    return gpu(V100), gpu(A100)
