"""LanguageModel: what a model asks of memory, whether its layers can be shared out, and LLaMA's sizes."""

from typing import Annotated, ClassVar

from pydantic import Field

from ecoopt.core.errors import InputError
from ecoopt.core.record import Record
from ecoopt.instances.variants import Name

Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]

_LLAMA = "Touvron et al., LLaMA (arXiv:2302.13971), tables 2 and 9: sizes, and accuracy on MMLU, 5-shot"
_BYTES, _GB = 2, 1e9


class LanguageModel(Record):
    """A language model as memory sees it.

    Parameters
    ----------
    name : str
        As in ``"LLaMA-65B"``.
    weights_gb : float
        All weights, in units of 10^9 bytes.
    layers, heads, width : int
        Of the transformer.
    quality : float
        In 0..1, larger is better; one measure for all models of an instance.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Name
    weights_gb: Annotated[float, Field(gt=0, le=1e6)]
    layers: Count
    heads: Count
    width: Count
    quality: Annotated[float, Field(ge=0, le=1)] = 1.0
    source: str = ""

    @property
    def cache_gb_per_token(self) -> float:
        """Keys and values of one token in half precision: 4 bytes for each layer and unit of width, in 10^9 bytes."""
        return 2 * _BYTES * self.layers * self.width / _GB

    def shares_out(self, shards: int) -> bool:
        """Return whether the attention heads can be shared out evenly among so many GPUs."""
        return self.heads % shards == 0


def _llama(size: str, parameters_1e9: float, layers: int, heads: int, width: int, quality: float) -> LanguageModel:
    return LanguageModel(name=f"LLaMA-{size}", weights_gb=_BYTES * parameters_1e9, layers=layers, heads=heads,
                         width=width, quality=quality, source=_LLAMA)


MODELS: tuple[LanguageModel, ...] = (
    _llama("7B", 6.7, 32, 32, 4096, 0.351), _llama("13B", 13.0, 40, 40, 5120, 0.469),
    _llama("65B", 65.2, 80, 64, 8192, 0.634))
"""LLaMA in half precision, smallest first."""


def language_model(name: str) -> LanguageModel:
    """Return the model of the catalogue called `name`.

    Raises
    ------
    InputError
        If there is none; the message names those there are.
    """
    found = next((model for model in MODELS if model.name == name), None)
    if found is None:
        raise InputError.one("language models", "model", f"{name!r} is unknown",
                             f"use one of {', '.join(model.name for model in MODELS)}")
    return found
