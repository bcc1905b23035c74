"""Hypothesis strategies for carbon traces and forecasts, for tests of what is built on them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.instances.carbon import CarbonForecast, CarbonTrace
from ecoopt.instances.carbon.stamps import iso

STEPS_S = (300, 900, 1800, 3600)
_FIRST_S, _LAST_S = 946684800, 1893456000


def intensities(count: int | tuple[int, int], *, max_g_per_kwh: float = 2000.0) -> st.SearchStrategy[Any]:
    """Return a strategy for float arrays of intensities in g/kWh, zero and ties included."""
    values = st.one_of(st.floats(0, max_g_per_kwh, allow_subnormal=False), st.integers(0, 50).map(float))
    return arrays(np.float64, count, elements=values)


@st.composite
def carbon_traces(draw: st.DrawFn, /, *, min_steps: int = 1, max_steps: int = 200, steps_s: Sequence[int] = STEPS_S,
                  zones: Sequence[str] = ("GB", "DE", "US-CAL-CISO"), **fixed: Any) -> CarbonTrace:
    """Draw a trace between 2000 and 2030.

    Parameters
    ----------
    draw : function
        Given by hypothesis.
    min_steps, max_steps : int
        Bounds of its length.
    steps_s : sequence of int
        Step lengths to choose from, in seconds; the start is a whole number of steps.
    zones : sequence of str
        Names to choose from.
    **fixed
        Fields of CarbonTrace that are not drawn, as ``kind="average"``.
    """
    step_s = draw(st.sampled_from(list(steps_s)))
    count = draw(st.integers(min_steps, max_steps))
    start_s = draw(st.integers(_FIRST_S // step_s, _LAST_S // step_s)) * step_s
    fields: dict[str, Any] = {
        "zone": draw(st.sampled_from(list(zones))), "start_utc": iso(start_s), "step_s": step_s,
        "intensity_g_per_kwh": draw(intensities(count)),
        "kind": draw(st.sampled_from(["average", "marginal"])),
        "scope": draw(st.sampled_from(["direct", "lifecycle"])),
        "basis": draw(st.sampled_from(["production", "consumption"])),
        "gases": draw(st.sampled_from(["CO2", "CO2e"])),
        "estimated": draw(st.none() | arrays(np.bool_, count)),
    }
    trace: CarbonTrace = CarbonTrace.from_content(fields | fixed, "drawn carbon trace")
    return trace


@st.composite
def carbon_forecasts(draw: st.DrawFn, /, *, max_issues: int = 12, max_leads: int = 24, **fixed: Any) -> CarbonForecast:
    """Draw a forecast; `fixed` fields of CarbonForecast are not drawn."""
    shape = draw(st.integers(1, max_issues)), draw(st.integers(1, max_leads))
    step_s = draw(st.sampled_from(STEPS_S))
    fields: dict[str, Any] = {
        "zone": "GB", "first_issue_utc": iso(draw(st.integers(_FIRST_S // step_s, _LAST_S // step_s)) * step_s),
        "issue_every_s": step_s * draw(st.integers(1, 24)), "step_s": step_s,
        "intensity_g_per_kwh": draw(intensities(shape)),
    }
    forecast: CarbonForecast = CarbonForecast.from_content(fields | fixed, "drawn carbon forecast")
    return forecast
