"""DistServe's profile: how long OPT models take on A100s by parallel degrees, and how many tokens fit beside them."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes, read_json

DISTSERVE_SOURCE = ("DistServe (Zhong et al., OSDI'24, arXiv:2401.09670), published artifact LLMServe/DistServe: times "
                    "on A100-80GB as fitted")
DISTSERVE_LICENCE = "Apache-2.0"

_SHAPES = {"opt-13b": (40, 5120), "opt-66b": (64, 9216), "opt-175b": (96, 12288)}
"""Layers and width of each model (Zhang et al., *OPT: Open Pre-trained Transformer Language Models*, 2022)."""
_VOCABULARY, _BYTES = 50272, 2


@dataclass(frozen=True)
class ShardSpeed:
    """Times of a model on so many shards.

    Parameters
    ----------
    prefill : tuple of float
        Coefficients of 1, of the sum of prompt lengths, and of the sum of their squares, in ms.
    small, large : tuple of float
        Coefficients of 1, of the tokens of all contexts, and of the batch, in ms for a token, up to and beyond `limit`.
    limit : int
        Largest batch of the first.
    """

    prefill: tuple[float, float, float]
    small: tuple[float, float, float]
    large: tuple[float, float, float]
    limit: int


@dataclass(frozen=True, eq=False)
class DistServeProfile:
    """Speed and memory of one model.

    Parameters
    ----------
    model : str
        Its name, as in ``"opt-66b"``.
    speeds : mapping of int to ShardSpeed
        By number of shards.
    tokens : mapping of (int, int) to int
        Most tokens whose cache fits, by shards and stages.
    """

    model: str
    speeds: Mapping[int, ShardSpeed]
    tokens: Mapping[tuple[int, int], int]

    @property
    def weights_gb(self) -> float:
        """Size of the weights: of all layers and of the vocabulary, two bytes each."""
        layers, width = _SHAPES[self.model]
        return (12 * layers * width**2 + _VOCABULARY * width) * _BYTES / 1e9

    @property
    def kv_gb_per_token(self) -> float:
        """Size of a token's cache."""
        layers, width = _SHAPES[self.model]
        return 2 * layers * width * _BYTES / 1e9

    def latency_s(self, shards: int, stages: int, batch: int, prompt: int, output: int) -> float:
        """Return the time of a batch of equal requests from first to last token.

        All stages are passed once with the prompts and once for each token; contexts count with half their answer.
        """
        speed = self.speeds[shards]
        one, tokens, squares = speed.prefill
        first_ms = (one + tokens * batch * prompt + squares * batch * prompt**2) / stages + stages
        one, tokens, requests = speed.small if batch <= speed.limit else speed.large
        next_ms = one + tokens * batch * (prompt + output / 2) + requests * batch
        return (first_ms + output * next_ms) / 1000


def distserve_profile(model: str) -> DistServeProfile:
    """Return the measured profile of a model: opt-13b or opt-66b.

    Raises
    ------
    InputError
        If there is no such model.
    """
    known = _measured()
    if model not in known:
        raise InputError.one("DistServe profile", "model", f"{str(model)[:40]!r} is unknown",
                             f"use one of {', '.join(known)}")
    return known[model]


def distserve_models() -> tuple[str, ...]:
    """Return the names of the models measured."""
    return tuple(_measured())


def read_distserve(speeds: Path, tokens: Path) -> dict[str, DistServeProfile]:
    """Read DistServe's own files: times as JSON, most tokens as CSV; return the profile of each model in both.

    Parameters
    ----------
    speeds : Path
        Object by model, then by number of shards, of lists of coefficients.
    tokens : Path
        Table with columns model, tp, pp and max_num_tokens.

    Raises
    ------
    InputError
        With every problem of the files.
    """
    problems: list[Problem] = []
    by_model: dict[str, dict[int, ShardSpeed]] = {}
    content = read_json(speeds)
    for model, table in (content.items() if isinstance(content, dict) else ()):
        for shards, row in (table.items() if isinstance(table, dict) else ()):
            try:
                by_model.setdefault(_short(model), {})[int(shards)] = ShardSpeed(
                    _three(row["prefill"]), _three(row["decoding_smallbs"]), _three(row["decoding_largebs"]),
                    int(row["decoding_large_small_bs_threshold"]))
            except (KeyError, TypeError, ValueError) as error:
                problems.append(Problem(f"{model}.{shards}", f"cannot be used: {type(error).__name__}: {error}",
                                        "give three coefficients of each kind, and the threshold"))
    room = _room(_rows(read_bytes(tokens).decode("utf-8", "replace")), "max_num_tokens", problems)
    found = {model: DistServeProfile(model, table, room[model]) for model, table in by_model.items()
             if model in room and model in _SHAPES}
    if problems or not found:
        raise InputError(f"{speeds}, {tokens}", problems or [
            Problem("model", "is not the same in both files", f"give one of {', '.join(_SHAPES)} in both")])
    return found


@cache
def _measured() -> dict[str, DistServeProfile]:
    speeds: dict[str, dict[int, ShardSpeed]] = {}
    for row in _rows(_own("distserve_speed.csv")):
        prefill, small, large = (_three([row[f"{kind}_{k}"] for k in range(3)])
                                 for kind in ("prefill", "small", "large"))
        speeds.setdefault(row["model"], {})[int(row["tp"])] = ShardSpeed(prefill, small, large, int(row["limit"]))
    room = _room(_rows(_own("distserve_tokens.csv")), "tokens", [])
    return {model: DistServeProfile(model, table, room[model]) for model, table in speeds.items()}


def _own(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _rows(text: str) -> Iterable[dict[str, str]]:
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


def _room(
    rows: Iterable[dict[str, str]], column: str, problems: list[Problem],
) -> dict[str, dict[tuple[int, int], int]]:
    """Return most tokens by model, then by shards and stages."""
    room: dict[str, dict[tuple[int, int], int]] = {}
    for number, row in enumerate(rows, start=1):
        try:
            room.setdefault(_short(row["model"]), {})[int(row["tp"]), int(row["pp"])] = int(row[column])
        except (KeyError, TypeError, ValueError) as error:
            problems.append(Problem(f"row {number}", f"cannot be used: {type(error).__name__}: {error}",
                                    f"give model, tp, pp and {column}"))
    return room


def _short(model: str) -> str:
    """Return a model's name without its owner's."""
    return model.rpartition("/")[2]


def _three(values: Any) -> tuple[float, float, float]:
    """Return three finite coefficients."""
    one, two, three = (float(value) for value in values)
    if not all(abs(value) < 1e12 for value in (one, two, three)):
        raise ValueError("a coefficient is not finite")
    return one, two, three
