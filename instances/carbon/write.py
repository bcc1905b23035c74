"""Writing: a trace as a file that `read_carbon` reads back, in a published format or plain with its side-car."""

import os
from pathlib import Path
from typing import Literal

from ecoopt.core.compression import compress
from ecoopt.core.errors import InputError
from ecoopt.core.files import write_bytes
from ecoopt.instances.carbon.readers.carbon_aware_sdk import write_sdk
from ecoopt.instances.carbon.readers.electricity_maps_csv import write_portal
from ecoopt.instances.carbon.readers.plain import write_plain
from ecoopt.instances.carbon.readers.watttime import write_watttime
from ecoopt.instances.carbon.side_car import side_car_path
from ecoopt.instances.carbon.trace import CarbonTrace

Layout = Literal["plain", "electricity-maps", "watttime", "carbon-aware-sdk"]


def write_carbon(trace: CarbonTrace, path: str | os.PathLike[str], *, layout: Layout = "plain") -> None:
    """Write a trace, compressed when the name ends in .gz, .xz or .zst.

    Parameters
    ----------
    trace : CarbonTrace
        What to write.
    path : path
        File to write; a plain file gets its side-car beside it, ``gb.csv.gz`` -> ``gb.json``.
    layout : str
        ``plain``, ``electricity-maps`` (portal files since 2025), ``watttime`` (version 3 JSON) or
        ``carbon-aware-sdk`` (which does not hold what the values mean).

    Raises
    ------
    InputError
        When the layout is unknown, cannot hold the trace, or the file cannot be written.
    """
    files = {}
    if layout == "plain":
        content, files[side_car_path(path)] = write_plain(trace)
    elif layout == "electricity-maps":
        content = write_portal(trace)
    elif layout == "watttime":
        content = write_watttime(trace)
    elif layout == "carbon-aware-sdk":
        content = write_sdk(trace)
    else:
        raise InputError.one("", "layout", f"{layout!r} is unknown",
                             "use plain, electricity-maps, watttime or carbon-aware-sdk")
    files[Path(path)] = compress(content, str(path))
    for file, held in files.items():
        write_bytes(file, held)
