"""Memory: whether a model, a batch and a length fit on so many GPUs, by the rule, or by what has been published."""

import csv
from functools import cache
from importlib import resources

from ecoopt.instances.hardware import Gpu
from ecoopt.instances.llm_config.models import LanguageModel

PROMPT_TOKENS = 256
"""Prompt for which memory is kept beside what is generated; tables II and V are kept with it."""

USABLE = 0.95
"""Share of a GPU's memory that weights and cache may have."""

_ROUNDING = 1e-9


def needed_gb(model: LanguageModel, shards: int, batch: int, length_tokens: int,
              prompt_tokens: int = PROMPT_TOKENS) -> float:
    """Return the memory that each GPU needs, in units of 10^9 bytes: its part of the weights and of the cache.

    The cache is allocated beforehand, for `batch` sequences of prompt and answer.

    Parameters
    ----------
    model : LanguageModel
        Whose weights are shared out.
    shards : int
        GPUs.
    batch, length_tokens, prompt_tokens : int
        Sequences served together, tokens generated for each, and tokens before them.
    """
    cache_gb = batch * (length_tokens + prompt_tokens) * model.cache_gb_per_token
    return (model.weights_gb + cache_gb) / shards


def fits(model: LanguageModel, gpu: Gpu, shards: int, batch: int, length_tokens: int,
         prompt_tokens: int = PROMPT_TOKENS) -> bool:
    """Return whether a configuration fits: as published if that says so, else by the rule.

    Parameters
    ----------
    model, gpu : LanguageModel, Gpu
        Published facts are those of LLaMA on V100 with 32 GB and A100 with 80 GB.
    shards, batch, length_tokens, prompt_tokens : int
        As in `needed_gb`.
    """
    if not model.shares_out(shards):
        return False
    known = published_fit(model.name, gpu, shards, batch, length_tokens)
    if known is not None:
        return known
    needed = needed_gb(model, shards, batch, length_tokens, prompt_tokens)
    return needed <= USABLE * gpu.memory_gb * (1 + _ROUNDING)


def published_fit(model: str, gpu: Gpu, shards: int, batch: int, length_tokens: int) -> bool | None:
    """Return what the published tables say of a configuration, None where they say nothing."""
    kind = {("V100", 32.0): "V100", ("A100", 80.0): "A100"}.get((gpu.name.partition("-")[0], float(gpu.memory_gb)))
    for fact in _facts():
        if fact[:3] != (model, kind, shards):
            continue
        known_batch, known_length, known = fact[3:]
        if known and batch <= known_batch and length_tokens <= known_length:
            return True
        if not known and batch >= known_batch and length_tokens >= known_length:
            return False
    return None


@cache
def _facts() -> tuple[tuple[str, str, int, int, int, bool], ...]:
    """Return model, kind of GPU, shards, batch, length and whether they fit, fact by fact."""
    text = resources.files(__package__).joinpath("published_fits.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple((row["model"], row["gpu"], int(row["shards"]), int(row["batch"]), int(row["length_tokens"]),
                  row["fits"] == "1") for row in rows)
