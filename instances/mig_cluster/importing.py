"""From MISO's own files to an instance: what ``ecoopt import`` offers for this family."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Provenance
from ecoopt.instances.mig.job_types import JOB_TYPES
from ecoopt.instances.mig_cluster.gpus import a100, speeds
from ecoopt.instances.mig_cluster.schema import MigClusterInstance


def import_miso_trace(
    runtimes: Path, models: Path, arrivals: Path, *, gpus: int = 8, together: bool = False, overhead_s: float = 5.0,
) -> MigClusterInstance:
    """Read a trace as MISO's artifact keeps it.

    Parameters
    ----------
    runtimes : Path
        JSON: job number to seconds on a whole GPU (``trace_100.json``); the loop drops fractions, so does this.
    models : Path
        JSON: job number to type, as in ``"resnet_train64"`` (``job_models.json``).
    arrivals : Path
        CSV with columns ``job`` and ``arrival_s``. Job numbers beyond the trace repeat it.
    gpus : int
        Number of GPUs.
    together : bool
        Whether 4g and 3g may share a GPU.
    overhead_s : float
        Seconds that coming back from a checkpoint takes.

    Raises
    ------
    InputError
        With every problem of the files.
    """
    work_s, kind = _mapping(runtimes), _mapping(models)
    place = {entry.name: index for index, entry in enumerate(JOB_TYPES)}
    rows = sorted(_arrivals(arrivals), key=lambda row: row[1])
    problems, found = [], []
    for job, arrival_s in rows:
        key = str(job % max(len(work_s), 1))
        name = str(kind.get(key, "")).replace("_train", "-")
        work = work_s.get(key)
        if not isinstance(work, (int, float)) or isinstance(work, bool) or not 1 <= work < float("inf"):
            problems.append(Problem(f"{runtimes.name}[{key}]", f"{work!r} is no runtime of at least 1 s", "correct it"))
        elif name not in place:
            problems.append(Problem(f"{models.name}[{key}]", f"{kind.get(key)!r} is no measured type",
                                    "use a model and a batch size of MISO, as in resnet_train64"))
        else:
            found.append((arrival_s, float(int(work)), place[name]))
    if problems:
        raise InputError(f"{runtimes}, {models}", problems)
    gpu, columns = a100(together=together), np.array(found, dtype=float).reshape(-1, 3)
    content: dict[str, Any] = {
        "name": f"miso-{runtimes.stem}-{arrivals.stem}",
        "provenance": Provenance(source=f"MISO trace: {runtimes.name}, {models.name}, {arrivals.name}"),
        "geometry": gpu, "gpus": gpus, "speeds": speeds(JOB_TYPES, gpu), "job_type": columns[:, 2].astype(np.int64),
        "arrival_s": columns[:, 0], "work_s": columns[:, 1], "overhead_s": np.full(len(columns), overhead_s)}
    instance: MigClusterInstance = MigClusterInstance.from_content(content, f"{runtimes}, {models}, {arrivals}")
    return instance


def _mapping(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError.one(str(path), "", f"cannot be read: {error}", "give a JSON file") from None
    if not isinstance(content, dict):
        raise InputError.one(str(path), "", "is no object", "map job numbers to values")
    return content


def _arrivals(path: Path) -> list[tuple[int, float]]:
    """Return job numbers and arrival times of a file."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return [(int(row["job"]), float(row["arrival_s"])) for row in csv.DictReader(lines)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError.one(str(path), "", f"cannot be read: {type(error).__name__}: {error}",
                             "give a CSV file with columns job and arrival_s") from None


READERS = {"miso-trace": import_miso_trace}
