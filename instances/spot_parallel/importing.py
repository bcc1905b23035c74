"""From files of others to an instance: DistServe's profiles, and traces of how many spot GPUs there are."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.llm.distserve import (
    DISTSERVE_LICENCE,
    DISTSERVE_SOURCE,
    distserve_models,
    distserve_profile,
    read_distserve,
)
from ecoopt.instances.spot_parallel.generate import (
    check_generated,
    check_service,
    fleet_fields,
    generate,
    generated_fields,
)
from ecoopt.instances.spot_parallel.schema import SpotParallelInstance


def import_spot_fleet(
    fleet: Path, *, model: str = "opt-66b", step_s: int = 900, load_rps: float = 5.0, batches: Sequence[int] = (8,),
    prompt: int = 512, output: int = 128, most_on_demand: int = 8, spot_usd: float = 1.2, on_demand_usd: float = 4.0,
    delay_usd: float = 0.5, unserved_usd: float = 0.005, resize_s: float = 20.0, reshape_s: float = 120.0,
    bandwidth_gb_per_s: float | None = None, grace_s: float = 30.0,
) -> SpotParallelInstance:
    """Read how many spot GPUs there are in each interval, and let a model be served by them.

    Parameters
    ----------
    fleet : Path
        CSV with a column spot_gpus, a row for each interval; columns load_rps and spot_usd_per_gpu_h may be there.
    model : {"opt-13b", "opt-66b"}
        What is served.
    step_s : int
        Length of an interval.
    load_rps, spot_usd : float
        Load and price where the file has none.
    batches, prompt, output, most_on_demand, on_demand_usd, delay_usd, unserved_usd, resize_s, reshape_s
        As for the generator.
    bandwidth_gb_per_s, grace_s
        As for the generator.

    Raises
    ------
    InputError
        With every problem of the file, or of the options.
    """
    given = dict(locals())
    check = Arguments("import spot-fleet")
    check.one_of("model", model, distserve_models())
    check.number("load_rps", load_rps, 0, 1e6)
    check.number("spot_usd", spot_usd, 0, 1e6)
    check_service(check, given)
    check.refuse()
    table = _table(fleet, {"spot_gpus": None, "load_rps": load_rps, "spot_usd_per_gpu_h": spot_usd})
    count = len(table["spot_gpus"])
    content = fleet_fields(
        distserve_profile(model), given, np.arange(count) - 1, np.ones(count), table["spot_gpus"], table["load_rps"],
        table["spot_usd_per_gpu_h"])
    content |= {"name": f"{fleet.stem}-{model}"[:200], "provenance": Provenance(
        source=f"spot GPUs of {fleet.name}; {DISTSERVE_SOURCE}", licence=DISTSERVE_LICENCE)}
    instance: SpotParallelInstance = SpotParallelInstance.from_content(content, str(fleet))
    return instance


def import_distserve(
    speeds: Path, tokens: Path, *, model: str = "opt-66b", intervals: int = 96, machines: int = 7, seed: int = 0,
) -> SpotParallelInstance:
    """Read a profile in DistServe's own files, and let the generator make a fleet and load for it.

    Parameters
    ----------
    speeds, tokens : Path
        Fitted times as JSON, and most tokens as CSV, as in DistServe's artifact.
    model : str
        Which of the models in both.
    intervals, machines, seed : int
        As for the generator.

    Raises
    ------
    InputError
        With every problem of the files, or of the options.
    """
    found = read_distserve(speeds, tokens)
    given = (generate.__kwdefaults__ or {}) | {"intervals": intervals, "machines": machines, "seed": seed}
    check = Arguments("import distserve")
    check.one_of("model", model, tuple(found))
    check_generated(check, given)
    check.refuse()
    content = generated_fields(found[model], given)
    content |= {"name": f"{speeds.stem}-{model}"[:200], "provenance": Provenance(
        source=f"times of {speeds.name}, memory of {tokens.name}; fleet, load, prices and pauses assumed")}
    instance: SpotParallelInstance = SpotParallelInstance.from_content(content, f"{speeds}, {tokens}")
    return instance


def _table(path: Path, columns: dict[str, float | None]) -> dict[str, FloatArray]:
    """Return columns of a table as floats, a default where one is missing that has one."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.one(str(path), "", "is not UTF-8 text", "give a CSV file") from None
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    problems, found = [], {}
    if not rows:
        problems.append(Problem("", "holds no row", "give one for each interval"))
    for name, default in columns.items():
        if rows and default is None and name not in rows[0]:
            there = ", ".join(str(column) for column in rows[0] if column)
            problems.append(Problem(name, f"is no column; there are: {there or 'none'}",
                                    f"head the numbers of each interval by {name}"))
            continue
        try:
            found[name] = np.array([float(default if default is not None and name not in row else row[name])
                                    for row in rows])
        except (TypeError, ValueError) as error:
            problems.append(Problem(name, f"cannot be used: {type(error).__name__}: {error}", "give a number a row"))
    if problems:
        raise InputError(str(path), problems)
    return found


READERS: dict[str, Any] = {"spot-fleet": import_spot_fleet, "distserve": import_distserve}
