"""From reference files and Zeus's tables to an instance: what ``ecoopt import`` offers for this family."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.files import read_json
from ecoopt.core.instance import Provenance
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import gpu
from ecoopt.instances.power_cap.catalogue import BACKLOG_G, BOARD, CHANGE_G, FINAL_BACKLOG_G, KEEP, RISE_C_PER_W
from ecoopt.instances.power_cap.schema import PowerCapInstance

_LARGEST_BYTES: Final = 64 * 2**20
_START_UTC: Final = "2023-01-01T00:00:00Z"
_START_C, _MOST_C = 50.0, 62.0


def import_power_cap_reference(path: Path, *, name: str = "fleet-24-2") -> PowerCapInstance:
    """Read one of the reference fleets: classes that share a pool, tables of ratios, power and heat limits.

    Costs of waiting and changes and the law of heat are those that the file states in words.

    Parameters
    ----------
    path : Path
        JSON list of fleets.
    name : str
        Which one.

    Raises
    ------
    InputError
        When the file cannot be read, has no fleet of that name, or a field is missing or wrong.
    """
    content = read_json(path, limit_bytes=_LARGEST_BYTES)
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise InputError.one(str(path), "", "is no list of fleets", "give a file of reference fleets")
    known = {str(entry.get("name")): entry for entry in content}
    if name not in known:
        raise InputError.one(str(path), "name", f"there is no {name}", f"use one of {', '.join(list(known)[:20])}")
    try:
        return _fleet(known[name], str(path))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError.one(str(path), name, f"a field is missing or wrong: {type(error).__name__}: {error}",
                             "correct it") from None


def _fleet(entry: dict[str, Any], source: str) -> PowerCapInstance:
    """Return the instance of one entry."""
    cap_w = np.array(entry["caps_w"], dtype=np.float64)
    order = np.argsort(cap_w)
    classes = [{
        "name": kind, "quota_gpus": float(entry["gpus"]), "rebound": float(entry["rebound"]), "cap_w": cap_w[order],
        "submitted_gpu_h": entry["submitted_gpu_h"][kind],
        "curve": {"name": kind, "uncapped_power_w": float(entry["uncapped_power_w"][kind]), "cap_w": cap_w[order],
                  "time_ratio": np.array(times, dtype=np.float64)[order],
                  "energy_ratio": np.array(entry["energy_ratio"][kind], dtype=np.float64)[order]},
    } for kind, times in entry["time_ratio"].items()]
    hours = int(entry["hours"])
    instance: PowerCapInstance = PowerCapInstance.from_content({
        "name": str(entry["name"]), "provenance": Provenance(source=f"reference fleets: {source}"),
        "pools": [{"gpu": gpu(BOARD), "gpus": int(entry["gpus"]), "idle_power_w": float(entry["idle_power_w"])}],
        "classes": classes, "start_utc": _START_UTC, "pue": np.ones(hours),
        "carbon": CarbonTrace(zone="reference", start_utc=_START_UTC, step_s=3600,
                              intensity_g_per_kwh=entry["intensity_g_per_kwh"], source="reference fleets"),
        "power_limit_w": np.full(hours, float(entry["power_limit_w"])),
        "hall": {"keep": KEEP, "ambient_c": entry["ambient_c"], "rise_c_per_w": RISE_C_PER_W, "start_c": _START_C,
                 "most_c": _MOST_C},
        "backlog_g_per_gpu_h": BACKLOG_G, "final_backlog_g_per_gpu_h": FINAL_BACKLOG_G, "change_g": CHANGE_G}, source)
    return instance


READERS = {"power-cap-reference": import_power_cap_reference}
