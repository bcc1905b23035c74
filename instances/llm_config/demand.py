"""Demand: request classes with the answers' lengths and rates of two published LLM services, over daily waves."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from ecoopt.core.arrays import FloatArray

SOURCE = "Azure Public Dataset, AzureLLMInferenceTrace 2023 (Patel et al., Splitwise, ISCA'24)"
LICENCE = "CC-BY-4.0"
HOUR_S, DAY_H, PEAK_H = 3600, 24, 15.0


@dataclass(frozen=True)
class Stream:
    """Answers of a service up to a length, longer than those of the stream before.

    Parameters
    ----------
    name : str
        Service and length.
    length_tokens : int
        Most tokens of an answer.
    mean_tokens : float
        Mean of an answer.
    tokens_per_s : float
        Mean output of the service for them.
    minute_cv : float
        Standard deviation of a minute's tokens relative to the mean.
    """

    name: str
    length_tokens: int
    mean_tokens: float
    tokens_per_s: float
    minute_cv: float


@cache
def streams() -> tuple[Stream, ...]:
    """Return the streams of the table, those with most tokens first."""
    text = resources.files(__package__).joinpath("azure_llm_2023.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    found = [Stream(f"{row['service']}-{row['length_tokens']}", int(row["length_tokens"]), float(row["mean_tokens"]),
                    float(row["tokens_per_s"]), float(row["minute_cv"])) for row in rows]
    return tuple(sorted(found, key=lambda stream: -stream.tokens_per_s))


def waves(
    rng: np.random.Generator, chosen: tuple[Stream, ...], periods: int, period_s: int, start_s: int, *,
    tokens_per_s: float, diurnal: float, noise: float,
) -> FloatArray:
    """Return answers per second by stream and period, float array [Q, T].

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the noise.
    chosen : tuple of Stream [Q]
        Streams, in the proportions of the table.
    periods, period_s, start_s : int
        The grid of time.
    tokens_per_s : float
        Mean of all streams together.
    diurnal : float
        Amplitude of the daily wave, in 0..1, with its peak at 15 h UTC.
    noise : float
        Deviation of a period, relative to that of a minute in the trace.
    """
    part = np.array([stream.tokens_per_s for stream in chosen])
    mean = tokens_per_s * part / part.sum() / np.array([stream.mean_tokens for stream in chosen])
    clock_h = (start_s + period_s * (np.arange(periods) + 0.5)) / HOUR_S % DAY_H
    wave = 1 + diurnal * np.cos(2 * np.pi * (clock_h - PEAK_H) / DAY_H)
    log_sd = noise * np.sqrt(np.log1p(np.array([stream.minute_cv for stream in chosen]) ** 2))[:, None]
    drawn = np.exp(log_sd * rng.standard_normal((len(chosen), periods)) - log_sd**2 / 2)
    return np.asarray(mean[:, None] * wave * drawn)
