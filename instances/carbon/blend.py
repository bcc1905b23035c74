"""Blend: the weighted mean of traces, refused where they do not measure the same thing."""

from collections.abc import Sequence

import numpy as np

from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.carbon.trace import CarbonTrace

_MEANING = ("kind", "scope", "basis", "gases")


def check_same_meaning(traces: Sequence[CarbonTrace], others: Sequence[str] = ()) -> None:
    """Raise InputError where the traces differ in kind, scope, basis, gases or a field of `others`.

    An average intensity is an attribution, a marginal one a response: their sum is neither.
    """
    problems = []
    for name in (*_MEANING, *others):
        found = sorted({str(getattr(trace, name)) for trace in traces})
        if len(found) > 1:
            problems.append(Problem(name, f"differs between the traces: {', '.join(found)}",
                                    "combine traces of one meaning only"))
    if problems:
        raise InputError("carbon traces", problems)


def blend(traces: Sequence[CarbonTrace], weights: Sequence[float], *, zone: str | None = None) -> CarbonTrace:
    """Return the weighted mean of traces on one grid, as for a load split over zones or a mix of contracts.

    Parameters
    ----------
    traces : sequence of CarbonTrace
        At least one; same kind, scope, basis, gases, start, step and length.
    weights : sequence of float
        One per trace, not negative, summing to 1 within 1e-9.
    zone : str, optional
        Name of the result; the zones joined by ``+`` unless given.

    Raises
    ------
    InputError
        With every difference found.
    """
    share = np.asarray(weights, dtype=np.float64)
    if len(traces) == 0 or share.shape != (len(traces),):
        raise InputError.one("carbon traces", "weights", f"{share.size} weights for {len(traces)} traces",
                             "give at least one trace and one weight for each")
    if not (share >= 0).all() or abs(share.sum() - 1.0) > 1e-9:
        raise InputError.one("carbon traces", "weights", "are not shares", "give numbers >= 0 that sum to 1")
    check_same_meaning(traces, ("series", "start_utc", "step_s", "n"))
    first = traces[0]
    values = share @ np.stack([trace.intensity_g_per_kwh for trace in traces])
    known = [trace.estimated for trace in traces if trace.estimated is not None]
    content = {
        "zone": zone or "+".join(trace.zone for trace in traces)[:200],
        "start_utc": first.start_utc, "step_s": first.step_s, "series": first.series, **first.signal,
        "intensity_g_per_kwh": values, "estimated": np.logical_or.reduce(known) if known else None,
        "source": "; ".join(dict.fromkeys(trace.source for trace in traces if trace.source)),
        "licence": "; ".join(dict.fromkeys(trace.licence for trace in traces if trace.licence)),
    }
    result: CarbonTrace = CarbonTrace.from_content(content, "blend of carbon traces")
    return result
