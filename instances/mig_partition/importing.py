"""From MISO's published job lists to a snapshot in one call: what ``ecoopt import`` offers for this family."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Provenance
from ecoopt.instances.mig import JOB_TYPES
from ecoopt.instances.mig.job_types import JOB_TYPE_LICENCE, JOB_TYPE_SOURCE
from ecoopt.instances.mig_partition.calibration import CALIBRATED, block, memory_need_gb, offered
from ecoopt.instances.mig_partition.schema import MAX_GPUS, MigPartitionInstance, Objective

_ENTRY = re.compile(r"([a-z0-9]+)_train(\d+)")


def import_miso(
    job_models: Path, trace: Path | None = None, *, gpus: int = 8, jobs: int | None = None,
    geometry: Sequence[str] = ("A100-40",), double_memory: bool = False, old_driver: bool = True,
    objective: Objective = "stp", place_all: bool = True,
) -> MigPartitionInstance:
    """Read MISO's list of jobs, and their run times if given, as a snapshot of jobs that are there at once.

    Parameters
    ----------
    job_models : Path
        JSON table of job number to model and batch size, as in ``{"0": "resnet_train128"}``.
    trace : Path, optional
        JSON table of job number to seconds on a whole GPU, as in ``{"0": 120}``; the work left of each job.
    gpus : int
        Number of GPUs.
    jobs : int, optional
        Take so many jobs, in order of their numbers; all by default.
    geometry, double_memory, old_driver, objective, place_all
        As in `generate`; MISO's driver was one before R510.

    Raises
    ------
    InputError
        With every entry of the files and every option that cannot be used.
    """
    problems = [Problem(f"geometry[{b}]", f"{name!r} was not measured", f"use one of {', '.join(CALIBRATED)}")
                for b, name in enumerate(geometry) if name not in CALIBRATED]
    if not len(geometry) <= gpus <= MAX_GPUS or not geometry:
        problems.append(Problem("gpus", f"{gpus} GPUs in {len(geometry)} blocks", "give at least one GPU per block"))
    if jobs is not None and jobs < 1:
        problems.append(Problem("jobs", f"{jobs} jobs", "give a whole number >= 1"))
    if problems:
        raise InputError("import miso", problems)
    names = [kind.name for kind in JOB_TYPES]
    models = _table(job_models)
    numbers = list(models)[:jobs]
    wrong, kinds = [], []
    for number in numbers:
        found = _ENTRY.fullmatch(str(models[number]))
        label = f"{found[1]}-{found[2]}" if found else ""
        if label in names:
            kinds.append(names.index(label))
        else:
            wrong.append(Problem(str(number), f"{str(models[number])[:60]!r} was not measured",
                                 "give a model and batch size such as resnet_train128"))
    if wrong:
        raise InputError(str(job_models), wrong)
    shares = [len(part) for part in np.array_split(np.arange(gpus), len(geometry))]
    content: dict[str, Any] = {
        "name": f"{job_models.stem}-g{gpus}-j{len(kinds)}",
        "provenance": Provenance(source=f"{JOB_TYPE_SOURCE}; jobs of {job_models.name}", licence=JOB_TYPE_LICENCE),
        "blocks": tuple(block(offered(name, double_memory, old_driver), share, JOB_TYPES)
                        for name, share in zip(geometry, shares, strict=True)),
        "type_names": tuple(names), "type_memory_gb": memory_need_gb(JOB_TYPES), "job_type": np.array(kinds),
        "work_s": None if trace is None else _work_s(trace, numbers), "objective": objective, "place_all": place_all}
    instance: MigPartitionInstance = MigPartitionInstance.from_content(content, str(job_models))
    return instance


def _table(path: Path) -> dict[int, Any]:
    """Return a JSON table by number, in order of the numbers."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError.one(str(path), "", f"cannot be read as JSON: {error}", "give a table of jobs") from None
    if not isinstance(found, dict) or not found or not all(str(key).isdecimal() for key in found):
        raise InputError.one(str(path), "", "is no table by job number", 'give one such as {"0": ...}')
    return {number: found[str(number)] for number in sorted(map(int, found)) if str(number) in found}


def _work_s(path: Path, numbers: Sequence[int]) -> list[float]:
    """Return the seconds of some jobs."""
    table = _table(path)
    wrong = [Problem(str(number), "is no positive number of seconds", "give the job's run time on a whole GPU")
             for number in numbers
             if isinstance(table.get(number), bool) or not isinstance(table.get(number), (int, float))
             or not 0 < table[number] < 1e9]
    if wrong:
        raise InputError(str(path), wrong)
    return [float(table[number]) for number in numbers]


READERS = {"miso": import_miso}
