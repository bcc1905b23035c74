"""Seeded requests like those of three published services: code, conversation, long context."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.llm.trace import RequestTrace

MINUTE_S = 60.0


@dataclass(frozen=True)
class Service:
    """How requests of a service come, measured on its trace.

    Parameters
    ----------
    rate_per_s : float
        Mean requests per second.
    minute_cv : float
        Standard deviation of a minute's rate relative to the mean, beyond that of a Poisson process.
    minute_correlation : float
        Correlation of a minute's requests with the minute's before.
    source, licence : str
        Of the trace.
    """

    rate_per_s: float
    minute_cv: float
    minute_correlation: float
    source: str
    licence: str


_AZURE = "Azure Public Dataset, AzureLLMInferenceTrace 2023 (Patel et al., Splitwise, ISCA'24)"
_MOONCAKE = "Mooncake conversation trace (Qin et al., FAST'25)"
SERVICES = {
    "code": Service(2.567, 1.038, 0.16, _AZURE, "CC-BY-4.0"),
    "conversation": Service(5.530, 0.213, 0.81, _AZURE, "CC-BY-4.0"),
    "long-context": Service(3.401, 0.097, 0.30, _MOONCAKE, "Apache-2.0"),
}


@cache
def _cells(service: str) -> FloatArray:
    """Return the service's cells, float array [C, 7]: bounds of prompt and output, share, both means."""
    text = resources.files(__package__).joinpath("request_lengths.csv").read_text(encoding="utf-8")
    rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    return np.array([row[1:] for row in rows if row[0] == service], dtype=np.float64)


def generate_requests(
    rng: np.random.Generator, service: str, requests: int, *, rate_per_s: float | None = None,
) -> RequestTrace:
    """Draw requests: lengths from the service's cells, arrivals from a Poisson process whose rate varies by minute.

    Minutes' rates are a log-normal AR(1) process. Lengths have the mean of their cell. O(requests).

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    service : {"code", "conversation", "long-context"}
        Whose lengths and bursts.
    requests : int
        How many, at least 1.
    rate_per_s : float, optional
        Mean rate, above 0; the service's by default.
    """
    model, cells = SERVICES[service], _cells(service)
    drawn = cells[rng.choice(len(cells), size=requests, p=cells[:, 4] / cells[:, 4].sum())].T
    prompt = _between(rng, drawn[0], drawn[1] - 1, drawn[5])
    output = _between(rng, drawn[2], drawn[3] - 1, drawn[6])
    rate = model.rate_per_s if rate_per_s is None else rate_per_s
    unit = np.cumsum(rng.exponential(1.0, requests))
    unit -= unit[0]
    log_sd, kept = np.sqrt(np.log1p(model.minute_cv**2)), model.minute_correlation
    mean_a_minute = MINUTE_S * model.rate_per_s
    needed = int(unit[-1] / mean_a_minute * 2) + 16
    passed, ends, level = 0.0, [0.0], float(rng.standard_normal())
    while passed <= unit[-1]:
        for shock in rng.standard_normal(needed):
            passed += mean_a_minute * float(np.exp(log_sd * level - log_sd**2 / 2))
            ends.append(passed)
            level = kept * level + float(np.sqrt(1 - kept**2)) * float(shock)
    arrival_s = np.interp(unit, ends, MINUTE_S * np.arange(len(ends))) * (model.rate_per_s / rate)
    return RequestTrace(arrival_s, prompt.astype(np.int64), output.astype(np.int64),
                        f"synthetic, like {model.source}", model.licence)


def _between(rng: np.random.Generator, low: FloatArray, high: FloatArray, mean: FloatArray) -> FloatArray:
    """Return whole numbers in low..high with the mean given: uniform below it or above it, with the right odds."""
    width = high - low
    below = rng.random(len(low)) < np.divide(high - mean, width, out=np.ones_like(width), where=width > 0)
    place = rng.random(len(low))
    return np.clip(np.rint(np.where(below, low + place * (mean - low), mean + place * (high - mean))), low, high)
