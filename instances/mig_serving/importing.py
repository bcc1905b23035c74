"""From Clover's hourly carbon intensities to an instance in one call: what ``ecoopt import`` offers for this family."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.carbon.readers.csv_table import CsvTable
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.mig_serving.catalogue import LICENCE
from ecoopt.instances.mig_serving.generate import assembled, check_arguments
from ecoopt.instances.mig_serving.schema import MigServingInstance

SERIES: Final = {"ciso_march": "US-CAL-CISO", "ciso_sep": "US-CAL-CISO", "eso_march": "GB"}
"""Columns of the published table, and the zones that they are of."""

_LARGEST_BYTES = 1_000_000
_HOUR_S = 3600


def import_clover_carbon(
    carbon: Path, *, series: str = "ciso_march", services: Sequence[str] = ("yolo",), gpus: int = 2, load: float = 1.0,
    diurnal: float = 0.0, noise: float = 0.0, carbon_weight: float = 0.1, power_off: bool = False,
    repartition_j: float = 0.0, power_on_j: float = 0.0, gpu: str = "A100-40", double_memory: bool = False,
    memory_rule: bool = False, late_share: float = 0.05, start_utc: str = "2021-03-01T08:00:00Z", seed: int = 0,
    name: str | None = None,
) -> MigServingInstance:
    """Read Clover's table of carbon intensities (CSV: one row an hour, one column a series).

    The other options are those of the generator; their defaults give the published experiments: one service, two GPUs
    that are always on, constant load.

    Parameters
    ----------
    carbon : Path
        The table.
    series : {"ciso_march", "ciso_sep", "eso_march"}
        Which column.
    services, gpus, load, diurnal, noise, carbon_weight, power_off, repartition_j, power_on_j, gpu, double_memory,
    memory_rule, late_share, seed, name
        As for the generator.
    start_utc : str
        Time of the first row; the table has hours alone.
    """
    given = dict(locals())
    check = Arguments("import clover-carbon")
    check_arguments(check, given)
    check.one_of("series", series, tuple(SERIES))
    check.refuse()
    intensity = _column(carbon, series)
    start = iso(epoch_s(start_utc))
    trace = CarbonTrace.from_content({
        "zone": SERIES[series], "start_utc": start, "step_s": _HOUR_S, "intensity_g_per_kwh": intensity,
        "source": f"Clover's artifact, {series}"}, str(carbon))
    arguments: dict[str, Any] = {field: plain(value) for field, value in given.items() if field != "carbon"}
    return assembled(given, trace, len(intensity), {
        "name": name or f"clover-{series}-{'-'.join(services)}-n{gpus}",
        "provenance": Provenance(
            source=f"Clover's carbon intensities ({series}), services and accuracies, synthetic times and energies",
            licence=LICENCE, note=", ".join(f"{field}={value}" for field, value in arguments.items()))})


def _column(path: Path, series: str) -> FloatArray:
    """Return the hourly intensities of a series, up to the first blank."""
    source = str(path)
    try:
        table = CsvTable(read_bytes(path, limit_bytes=_LARGEST_BYTES).decode("utf-8-sig"), source)
    except UnicodeDecodeError:
        raise InputError.one(source, "", "is not UTF-8 text", "give Clover's table") from None
    if missing := [name for name in ("hour", series) if name not in table.header]:
        raise InputError(source, [Problem(f"column {name}", "missing", "give Clover's table") for name in missing])
    cells = table.columns(["hour", series])
    filled = next((row for row, cell in enumerate(cells[series]) if not cell.strip()), len(cells[series]))
    if any(cell.strip() for cell in cells[series][filled:]):
        raise InputError.one(source, series, f"is blank in row {filled} and goes on after it",
                             "fill the gap, or cut the table there")
    hours, values = (table.numbers(cells[name][:filled], name) for name in ("hour", series))
    table.complaints.refuse()
    if not filled or (hours != np.arange(filled)).any():
        raise InputError.one(source, "hour", "does not count 0, 1, 2, ...", "give one row an hour, in order")
    return values


READERS = {"clover-carbon": import_clover_carbon}
