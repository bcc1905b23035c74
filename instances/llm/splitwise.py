"""Measured times of machines that serve language models: prompts by length, tokens by batch, as Splitwise has them."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes

LICENCE = "MIT (splitwise-sim, Patel et al., Splitwise, ISCA'24)"
_LARGEST_BYTES = 64 * 2**20
_COLUMNS = ("model", "hardware", "tensor_parallel", "prompt_size", "batch_size", "prompt_time", "token_time")
_MS = 1e-3

Key = tuple[str, str, int]


@dataclass(frozen=True, eq=False)
class MachineTimes:
    """Times of one model on one machine.

    Parameters
    ----------
    prompt_tokens : int array [N]
        Lengths of single prompts that were measured, increasing.
    prompt_s : float array [N]
        Time of each.
    batch : int array [M]
        Batches whose tokens were measured, increasing.
    token_s : float array [M]
        Time between tokens in each.
    """

    prompt_tokens: IntArray
    prompt_s: FloatArray
    batch: IntArray
    token_s: FloatArray

    def of_prompts(self, tokens: FloatArray) -> FloatArray:
        """Return the time of single prompts, as `tokens`: linear between measured lengths and beyond the longest."""
        if len(self.prompt_s) < 2:
            return np.interp(tokens, self.prompt_tokens, self.prompt_s)
        slope = (self.prompt_s[-1] - self.prompt_s[-2]) / (self.prompt_tokens[-1] - self.prompt_tokens[-2])
        beyond = np.maximum(tokens - self.prompt_tokens[-1], 0.0) * max(float(slope), 0.0)
        return np.asarray(np.interp(tokens, self.prompt_tokens, self.prompt_s) + beyond)


@cache
def splitwise_times() -> dict[Key, MachineTimes]:
    """Return the published times by model, hardware and GPUs in parallel."""
    text = resources.files(__package__).joinpath("splitwise.csv").read_text(encoding="utf-8")
    return _tables((line for line in text.splitlines() if not line.startswith("#")), "splitwise.csv")


def read_splitwise(path: Path) -> dict[Key, MachineTimes]:
    """Read a table with the columns of splitwise-sim's performance model; of several rows alike the median counts.

    Parameters
    ----------
    path : Path
        CSV, plain or compressed.

    Raises
    ------
    InputError
        When the file cannot be read, lacks a column, or holds no times.
    """
    try:
        text = read_bytes(path, limit_bytes=_LARGEST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.one(str(path), "", "is not UTF-8 text", "give a CSV table") from None
    return _tables((line for line in text.splitlines() if not line.startswith("#")), str(path))


def _tables(lines: Iterable[str], source: str) -> dict[Key, MachineTimes]:
    """Return the times of all models and machines of a table."""
    rows = csv.DictReader(lines)
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(source, [Problem(f"column {name}", "missing", "give the columns of splitwise-sim's table")
                                  for name in missing])
    prompts: dict[Key, dict[int, list[float]]] = {}
    tokens: dict[Key, dict[int, list[float]]] = {}
    for line, row in enumerate(rows, 2):
        try:
            key = row["model"], row["hardware"], int(row["tensor_parallel"])
            size, batch = int(float(row["prompt_size"])), int(float(row["batch_size"]))
            prompt_s, token_s = float(row["prompt_time"]) * _MS, float(row["token_time"]) * _MS
        except (ValueError, TypeError) as error:
            raise InputError.one(source, f"row {line}", f"is no row of times: {error}", "correct it") from None
        if not (0 < prompt_s < np.inf and 0 < token_s < np.inf and size >= 1 and batch >= 1):
            raise InputError.one(source, f"row {line}", "holds a time or size that is not above 0", "correct it")
        if batch == 1:
            prompts.setdefault(key, {}).setdefault(size, []).append(prompt_s)
        tokens.setdefault(key, {}).setdefault(batch, []).append(token_s)
    found = {key: MachineTimes(*_medians(prompts[key]), *_medians(tokens[key])) for key in prompts}
    if not found:
        raise InputError.one(source, "", "holds no times of single prompts", "give rows with batch_size 1")
    return found


def _medians(times: dict[int, list[float]]) -> tuple[IntArray, FloatArray]:
    """Return sizes, increasing, and the median time of each."""
    sizes = sorted(times)
    return np.array(sizes, dtype=np.int64), np.array([float(np.median(times[size])) for size in sizes])
