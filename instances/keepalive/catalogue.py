"""Catalogue: the ten functions EcoLife measured on its four boxes, and how often each occurs in its trace."""

import csv
from collections.abc import Sequence
from functools import cache
from importlib import resources

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.hardware import GENERATIONS
from ecoopt.instances.keepalive.schema import FunctionProfiles

PROFILE_SOURCE = (
    "EcoLife (SC'24, doi:10.1109/SC41406.2024.00018), published artifact: SeBS functions measured with likwid, "
    "means of five runs")
PROFILE_LICENCE = "Apache-2.0"

TRACE_ROWS: dict[str, int] = {
    "bfs-1000k": 55, "compression": 80, "dna": 21, "dynamic-100k": 204, "image-recog": 80, "mst-1000k": 39,
    "pagerank-1000k": 102, "thumbnailer": 207, "upload-img": 148, "video": 64}
"""Rows of each app in EcoLife's trace of 1,000 functions, in order of the profiles."""

APPS: tuple[str, ...] = tuple(TRACE_ROWS)
"""Names of the ten profiles, in order."""

_COLUMNS = {
    "cold_start_s": "cold_start_s", "execution_s": "warm_s", "cold_start_cpu_j": "cold_start_cpu_j",
    "cold_start_dram_j": "cold_start_dram_j", "execution_cpu_j": "warm_cpu_j", "execution_dram_j": "warm_dram_j"}


@cache
def _table() -> tuple[dict[str, float], dict[str, dict[tuple[str, str], float]]]:
    """Return memory_gb by app, and every other field by (app, box)."""
    text = resources.files(__package__).joinpath("ecolife_profiles.csv").read_text(encoding="utf-8")
    memory_gb: dict[str, float] = {}
    fields: dict[str, dict[tuple[str, str], float]] = {name: {} for name in _COLUMNS.values()}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        memory_gb[row["function"]] = float(row["memory_gb"])
        for column, name in _COLUMNS.items():
            fields[name][row["function"], row["server"]] = float(row[column])
    return memory_gb, fields


def check_generations(names: object, field: str = "generations") -> list[Problem]:
    """Return what is wrong with a list of generation names that profiles are wanted for."""
    known = [box.name for box in GENERATIONS]
    mend = f"give distinct names out of {', '.join(known)}"
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        return [Problem(field, "is not a list of names", mend)]
    problems = [Problem(f"{field}[{i}]", f"{str(name)[:60]!r} was not measured", mend)
                for i, name in enumerate(names) if name not in known]
    if len({str(name) for name in names}) < len(names):
        problems.append(Problem(field, "names are not distinct", mend))
    return problems


def profiles_for(generation_names: Sequence[str]) -> FunctionProfiles:
    """Return the ten profiles on some of the boxes i3, c5n, c5 and m5zn, one column for each name.

    Parameters
    ----------
    generation_names : sequence of str
        Distinct names, in the order of the instance's generations.

    Raises
    ------
    InputError
        With every name that was not measured or is repeated.
    """
    if problems := check_generations(generation_names):
        raise InputError("keep-alive catalogue", problems)
    memory_gb, fields = _table()

    def table(name: str) -> FloatArray:
        return np.array([[fields[name][app, box] for box in generation_names] for app in APPS])

    return FunctionProfiles(
        names=APPS, memory_gb=np.array([memory_gb[app] for app in APPS]),
        **{name: table(name) for name in _COLUMNS.values()})
