"""Hypothesis strategies for tiny dispatch instances, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule, MachineType


@st.composite
def dispatch_instances(draw: st.DrawFn, *, machines: int = 2, queries: int = 6) -> DispatchInstance:
    """Draw a tiny instance: ties in arrivals, queries that no machine can serve in time, weights and none.

    Parameters
    ----------
    machines : int
        Most machines of each of at most three types.
    queries : int
        Most queries.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds, number = draw(st.integers(1, 3)), draw(st.integers(1, queries))
    bins = draw(st.integers(1, 4))
    tick_ms = draw(st.sampled_from((1.0, 0.1, 5.0)))
    mean_ms = np.cumsum(rng.uniform(0.5, 3.0, (kinds, bins)), axis=1) * rng.uniform(1, 3, (kinds, 1)) * tick_ms
    batch = rng.integers(1, bins + 2, number)
    noise = draw(st.sampled_from((0.0, 0.1, 0.6)))
    took = mean_ms[:, np.minimum(batch, bins) - 1].T / tick_ms * rng.uniform(1 - noise, 1 + noise, (number, 1))
    weight = rng.integers(0, 4, number).astype(float) if draw(st.booleans()) else None
    return DispatchInstance(
        name="tiny", tick_ms=tick_ms, qos_ticks=draw(st.integers(3, 20)), batch_limit=np.arange(1, bins + 1),
        types=tuple(MachineType(name=f"type{k}", count=draw(st.integers(1, machines)), mean_ms=mean_ms[k],
                                p99_ms=mean_ms[k] * (1 + noise)) for k in range(kinds)),
        arrival_tick=np.sort(rng.integers(0, draw(st.sampled_from((1, 10, 40))), number)), batch=batch,
        service_tick=np.maximum(np.ceil(took), 1), weight=weight)


@st.composite
def dispatch_schedules(draw: st.DrawFn, instance: DispatchInstance) -> DispatchSchedule:
    """Draw any schedule of an instance: most break rules, some name machines that do not exist."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    beyond = draw(st.integers(0, 1))
    latest = int(instance.arrival_tick[-1]) + draw(st.sampled_from((2, 30)))
    return DispatchSchedule(machine=rng.integers(-1, instance.machines + beyond, instance.queries),
                            start_tick=rng.integers(0, latest + 1, instance.queries))
