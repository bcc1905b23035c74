"""Classes of requests: the published coarse cells at their middles, or cells of requests drawn like a service's."""

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.llm import RequestTrace, generate_requests

_DRAWN = 20_000


class Cells(NamedTuple):
    """Cells of a service's requests: names, share of the requests, mean lengths; C entries each."""

    names: tuple[str, ...]
    share: FloatArray
    prompt: FloatArray
    output: FloatArray


@cache
def _table() -> tuple[tuple[str, FloatArray], ...]:
    text = resources.files(__package__).joinpath("azure_cells.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))[1:]
    return tuple((row[0], np.array(row[1:], dtype=np.float64)) for row in rows)


def published_cells(service: str) -> Cells:
    """Return the cells of the published histogram that are not empty, lengths at the middle of each.

    Parameters
    ----------
    service : {"code", "conversation"}
        Whose.
    """
    rows = np.array([row for name, row in _table() if name == service])
    names = tuple(f"{service} {row[0]:.0f}-{row[1]:.0f}/{row[2]:.0f}-{row[3]:.0f}" for row in rows)
    return Cells(names, rows[:, 4], (rows[:, 0] + rows[:, 1]) / 2, (rows[:, 2] + rows[:, 3]) / 2)


def drawn_cells(rng: np.random.Generator, service: str, cells: int) -> Cells:
    """Return cells of equally many requests each, of requests drawn like a service's; see `trace_cells`."""
    return trace_cells(service, generate_requests(rng, service, _DRAWN), cells)


def trace_cells(service: str, trace: RequestTrace, cells: int) -> Cells:
    """Return cells of about equally many requests: cut by prompt, then by output, with the mean lengths of each.

    Parameters
    ----------
    service : str
        Name, for the cells'.
    trace : RequestTrace
        The requests, at least as many as cells.
    cells : int
        How many.
    """
    across = max(round(np.sqrt(cells)), 1)
    order = np.lexsort((trace.output_tokens, trace.prompt_tokens))
    counts = [cells // across + (i < cells % across) for i in range(across)]
    ends = np.cumsum(counts) * trace.n // cells
    names, share, prompt, output = [], [], [], []
    for i, (first, end) in enumerate(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)):
        column = order[first:end][np.argsort(trace.output_tokens[order[first:end]], kind="stable")]
        for j, part in enumerate(np.array_split(column, counts[i])):
            if part.size:
                names.append(f"{service} {i}/{j}")
                share.append(part.size / trace.n)
                prompt.append(float(trace.prompt_tokens[part].mean()))
                output.append(float(trace.output_tokens[part].mean()))
    return Cells(tuple(names), np.array(share), np.array(prompt), np.array(output))
