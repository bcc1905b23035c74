"""Electricity Maps API JSON, versions 3 and 4: history, past range and forecast."""

from typing import Any

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.readers.electricity_maps_csv import LICENCE
from ecoopt.instances.carbon.readers.json_rows import JsonRows
from ecoopt.instances.carbon.readers.readings import Meaning, Readings
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.carbon.trace import Scope, Series

_LISTS = ("history", "data", "forecast")
_STEP_S = {"5_minutes": 300, "15_minutes": 900, "hourly": 3600}


def is_api(content: Any) -> bool:
    """Tell the format by its keys."""
    if not isinstance(content, dict) or not isinstance(content.get("zone"), str) or not content["zone"].strip():
        return False
    lists = [content[key] for key in _LISTS if isinstance(content.get(key), list)]
    return len(lists) == 1 and any(isinstance(entry, dict) and "carbonIntensity" in entry for entry in lists[0])


def read_api(content: dict[str, Any], source: str) -> Readings:
    """Read ``carbonIntensity`` by ``datetime``; null means that there is no value.

    Values are average and consumption-based; ``emissionFactorType`` says whether life-cycle (also when absent, the
    service's default) or direct. A forecast's ``updatedAt`` is when it was issued.
    """
    key = next(name for name in _LISTS if isinstance(content.get(name), list))
    rows = JsonRows(content[key], source, key)
    time_s = rows.times("datetime")
    values = rows.numbers("carbonIntensity")
    estimated = rows.flags("isEstimated")
    rows.complaints.refuse()
    factors = {str(cell) for cell in rows.cells("emissionFactorType") if cell is not None}
    factors |= {str(content["emissionFactorType"])} if content.get("emissionFactorType") is not None else set()
    if len(factors) > 1 or not factors <= {"lifecycle", "direct"}:
        raise InputError.one(source, "emissionFactorType", f"is {' and '.join(sorted(factors))[:80]}",
                             "give one file for lifecycle or for direct")
    scope: Scope = "direct" if factors == {"direct"} else "lifecycle"
    grain = content.get("temporalGranularity")
    if grain is not None and (not isinstance(grain, str) or grain not in _STEP_S):
        raise InputError.one(source, "temporalGranularity", f"{str(grain)[:40]} is unknown",
                             f"it should be {', '.join(_STEP_S)}")
    series: Series = "forecast" if key == "forecast" else "actual"
    issued = content.get("updatedAt") if key == "forecast" else None
    if issued is not None:
        try:
            issued = iso(epoch_s(issued))
        except InputError:
            # Electricity Maps stamps the issue to the millisecond; the fraction is cut, never rounded into the future.
            issued = iso(epoch_s(_without_fraction(issued, source)))
    return Readings(source, [content["zone"]], time_s, rows.row,
                    {scope: (Meaning("average", scope, "consumption", "CO2e", series), values)},
                    "Electricity Maps API", LICENCE, row_label=key + "[{}]", estimated=estimated,
                    step_s=_STEP_S[grain] if grain else None, issued_at=issued)


def _without_fraction(stamp: Any, source: str) -> str:
    """Return a stamp without the fraction of its seconds."""
    text = str(stamp)[:40]
    whole, dot, rest = text.partition(".")
    cut = whole + rest.lstrip("0123456789") if dot else text
    try:
        epoch_s(cut)
    except InputError as error:
        raise InputError.one(source, "updatedAt", error.problems[0].message, error.problems[0].mend) from None
    return cut
