"""Hypothesis strategies for tiny rows with thresholds, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsInstance, PowerCapThresholdsSchedule


@st.composite
def power_cap_thresholds_instances(draw: st.DrawFn) -> PowerCapThresholdsInstance:
    """Draw a tiny instance: one to three priorities, levels and thresholds, ties, some of them infeasible."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    priorities, levels, states = (draw(st.integers(1, 3)) for _ in range(3))
    levels, states = min(levels, 5 - priorities), min(states, 5 - priorities)
    scenarios, steps = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    share = rng.choice([1.0, 2.0, 3.0], priorities)
    loss = np.zeros((priorities, levels))
    loss[:, 1:] = np.cumsum(rng.choice([0.0, 0.05, 0.2], (priorities, levels - 1)), axis=1)
    least = draw(st.integers(0, 2))
    return PowerCapThresholdsInstance(
        name="tiny", limit_w=1000.0, servers=draw(st.integers(4, 9)), least_added=least,
        most_added=least + draw(st.integers(0, 3)), value_h=draw(st.sampled_from((0.0, 0.1, 3.0))),
        priorities=tuple(f"p{p}" for p in range(priorities)), share=share / share.sum(),
        weight=rng.choice([0.0, 1.0, 4.0], priorities),
        power_ratio=np.append(1.0, np.sort(rng.choice(np.arange(0.3, 0.95, 0.05), levels - 1, replace=False))[::-1]),
        loss=loss, thresholds=np.sort(rng.choice([0.5, 0.6, 0.7, 0.8, 0.9, 1.0], states, replace=False)),
        server_w=np.round(rng.uniform(40.0, 200.0, (scenarios, steps, priorities)), draw(st.sampled_from((-1, 1)))),
        step_s=3600, trip_share=draw(st.sampled_from((0.0, 0.2, 0.5))))


@st.composite
def power_cap_thresholds_schedules(
    draw: st.DrawFn, instance: PowerCapThresholdsInstance,
) -> PowerCapThresholdsSchedule:
    """Draw any schedule of an instance: some add too many servers, or have levels out of order or beyond the last."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    beyond = draw(st.integers(0, 1))
    return PowerCapThresholdsSchedule(
        added=max(int(rng.integers(instance.least_added - beyond, instance.most_added + 1 + beyond)), 0),
        level=rng.integers(0, instance.levels + beyond, (len(instance.priorities), instance.states)))
