"""Join: consecutive traces of one zone, such as yearly files, become one."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.blend import check_same_meaning
from ecoopt.instances.carbon.gaps import GapError
from ecoopt.instances.carbon.stamps import iso
from ecoopt.instances.carbon.trace import CarbonTrace


def join(traces: Sequence[CarbonTrace]) -> CarbonTrace:
    """Return one trace from several that follow each other, given in any order.

    Parameters
    ----------
    traces : sequence of CarbonTrace
        At least one; same zone, meaning, series and step.

    Raises
    ------
    GapError
        When a step is missing between two of them.
    InputError
        When they overlap or differ in more than their time.
    """
    if not traces:
        raise InputError.one("carbon traces", "", "none given", "give at least one trace")
    check_same_meaning(traces, ("zone", "series", "step_s"))
    ordered = sorted(traces, key=lambda trace: trace.start_s)
    first = ordered[0]
    name = f"carbon trace {first.zone}"
    holes = []
    for before, after in pairwise(ordered):
        end_s = before.start_s + before.duration_s
        if after.start_s < end_s:
            raise InputError.one(name, "start_utc", f"two traces overlap from {after.start_utc} to {iso(end_s)}",
                                 "cut one of them with window()")
        if after.start_s > end_s:
            holes.append((end_s, after.start_s))
    if holes:
        raise GapError(name, holes, first.step_s, "give the trace in between")
    marked = any(trace.estimated is not None for trace in ordered)
    flags = [np.zeros(trace.n, dtype=bool) if trace.estimated is None else trace.estimated for trace in ordered]
    policies = sorted({trace.gap_policy for trace in ordered} - {"raise"})
    if len(policies) > 1:
        raise InputError.one(name, "gap_policy", f"differs between the traces: {', '.join(policies)}",
                             "read them with one policy")
    joined: CarbonTrace = first._with(
        intensity_g_per_kwh=np.concatenate([trace.intensity_g_per_kwh for trace in ordered]),
        estimated=np.concatenate(flags) if marked else None, gap_policy=policies[0] if policies else "raise",
        source="; ".join(dict.fromkeys(trace.source for trace in ordered if trace.source)),
        licence="; ".join(dict.fromkeys(trace.licence for trace in ordered if trace.licence)))
    return joined
