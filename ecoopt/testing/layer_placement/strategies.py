"""Hypothesis strategies for tiny fleets: few layers, few machines, small speeds, with and without links and demand."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, Links, MachineType
from ecoopt.instances.layer_placement.schema import Objective


@st.composite
def layer_placement_instances(
    draw: st.DrawFn, *, machines: int = 4, layers: int = 4, links: bool | None = None,
) -> LayerPlacementInstance:
    """Draw a tiny instance, feasible or not.

    Parameters
    ----------
    machines, layers : int
        Most of each.
    links : bool, optional
        Whether links may bind; drawn by default, and then with fewer machines and layers.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    bound = draw(st.booleans()) if links is None else links
    depth = draw(st.integers(1, min(layers, 3) if bound else layers))
    kinds, number = draw(st.integers(1, 3)), draw(st.integers(1, min(machines, 3) if bound else machines))
    fastest = draw(st.sampled_from((3, 9, 40)))
    types = []
    for q in range(kinds):
        most = int(rng.integers(1, 5))
        speed = np.sort(rng.integers(1, fastest + 1, most))[::-1]
        if rng.random() < 0.5:
            speed = np.maximum(int(speed[0]) // np.arange(1, most + 1), 1)
        types.append(MachineType(
            name=f"t{q}", tokens_per_s=speed.copy(), price_per_h=float(rng.integers(0, 6)) / 2,
            power_w=float(rng.integers(0, 4)) * 100, embodied_g_per_h=float(rng.integers(0, 3))))
    asked: tuple[Objective, ...] = ("throughput", "throughput", "cost", "carbon")
    objective = draw(st.sampled_from(asked))
    between = None
    if bound:
        between = Links(**{field: rng.integers(0, fastest + 1, shape) for field, shape in (
            ("between", (kinds, kinds)), ("entry", kinds), ("leaving", kinds))})
    return LayerPlacementInstance(
        name="tiny", objective=objective, layers=depth, types=tuple(types), kind=rng.integers(0, kinds, number),
        links=between, demand_tokens_per_s=None if objective == "throughput" else int(rng.integers(1, fastest + 1)),
        intensity_g_per_kwh=draw(st.sampled_from((0.0, 300.0))), pue=draw(st.sampled_from((1.0, 1.5))))


@st.composite
def layer_placement_schedules(draw: st.DrawFn, instance: LayerPlacementInstance) -> LayerPlacementSchedule:
    """Draw a placement that keeps every rule but perhaps the demand."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    held = rng.integers(0, instance.most_held[instance.kind] + 1)
    return LayerPlacementSchedule(first=rng.integers(0, instance.layers - held + 1), held=held)
