"""Hypothesis strategies for tiny spot fleets, and for schedules of them, right and wrong."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule

_SHAPES = ((0, 1, 1, 1), (1, 1, 1, 1), (2, 1, 1, 1), (1, 2, 1, 1), (1, 1, 2, 1), (2, 1, 2, 1), (1, 3, 1, 2),
           (1, 1, 3, 1))
_START = "2023-06-01T00:00:00Z"


@st.composite
def spot_parallel_instances(
    draw: st.DrawFn, *, nodes: int = 5, configs: int = 4, moving: bool | None = None, named: bool = False,
    budgets: bool = True,
) -> SpotParallelInstance:
    """Draw a tiny instance: trees and rows, scarce and plentiful GPUs, ties, budgets, some of them infeasible.

    Parameters
    ----------
    nodes, configs : int
        Most nodes and configurations.
    moving : bool, optional
        Whether moving takes time; either by default.
    named : bool
        Whether GPUs have names.
    budgets : bool
        Whether there may be budgets.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number = draw(st.integers(1, nodes))
    parent = _parents(rng, number, draw(st.sampled_from(("row", "tree", "forest"))))
    kinds = rng.choice(len(_SHAPES), draw(st.integers(1, configs)), replace=False)
    data, pipeline, tensor, batch = np.array([_SHAPES[k] for k in kinds]).T
    most = draw(st.integers(0, 2))
    alive = rng.random((number, 3)) < draw(st.sampled_from((0.5, 0.9)))
    throughput = rng.choice([0.5, 1.0, 2.0], len(kinds)) * data
    resize_usd, reshape_usd = sorted(draw(st.sampled_from((0.0, 0.5, 3.0))) for _ in range(2))
    resize_s, reshape_s = sorted(draw(st.sampled_from((0.0, 60.0, 7200.0))) for _ in range(2))
    limited, grid = budgets and draw(st.booleans()), draw(st.booleans())
    time_to_move = draw(st.booleans()) if moving is None else moving
    return SpotParallelInstance(
        name="tiny", step_s=draw(st.sampled_from((900, 3600))), parent=parent, probability=_chances(rng, parent),
        spot_gpus=alive.sum(axis=1), load_rps=rng.choice([0.0, 0.5, 1.5, 3.0], number), data=data, pipeline=pipeline,
        tensor=tensor, batch=batch, latency_s=rng.choice([2.0, 4.0, 5.0], len(kinds)), throughput_rps=throughput,
        spot_usd_per_gpu_h=rng.choice([0.5, 1.0], number), on_demand_usd_per_gpu_h=rng.choice([0.75, 3.0], number),
        most_on_demand=most, delay_usd_per_request_h=draw(st.sampled_from((0.0, 0.5))),
        unserved_usd_per_request=draw(st.sampled_from((0.0, 0.001, 0.01))), resize_usd=resize_usd,
        reshape_usd=reshape_usd, resize_s=resize_s, reshape_s=reshape_s, weights_gb=12.0,
        kv_gb=rng.choice([0.0, 3.0], len(kinds)), gpu_memory_gb=draw(st.sampled_from((7.5, 16.0))),
        bandwidth_gb_per_s=0.1 if time_to_move else None, grace_s=draw(st.sampled_from((0.0, 100.0))),
        alive=alive if named else None, gpu_w=400.0, pue=1.25, start_utc=_START if grid else None,
        carbon=CarbonTrace(zone="GB", start_utc=_START, step_s=900,
                           intensity_g_per_kwh=rng.choice([50.0, 400.0], 4 * number)) if grid else None,
        carbon_usd_per_kg=0.5, budget_usd=float(rng.uniform(0, 4 * number)) if limited else None,
        budget_kg=float(rng.uniform(0, 0.5 * number)) if limited and grid else None)


@st.composite
def spot_parallel_schedules(draw: st.DrawFn, instance: SpotParallelInstance) -> SpotParallelSchedule:
    """Draw any schedule of an instance: unknown configurations, too many on-demand GPUs, slots anywhere."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    beyond = draw(st.integers(0, 1))
    config = rng.integers(0, instance.configs + beyond, instance.nodes)
    slot = None if instance.alive is None else np.array(
        [rng.permutation(np.arange(-1, instance.devices - 1)) for _ in range(instance.nodes)]).reshape(
            instance.nodes, instance.devices)
    return SpotParallelSchedule(
        config=config, on_demand=rng.integers(0, instance.most_on_demand + 1 + beyond, instance.nodes), slot=slot)


def _parents(rng: np.random.Generator, number: int, kind: str) -> IntArray:
    """Return the parent of each node, int array [N]."""
    if kind == "row":
        return np.arange(-1, number - 1)
    low = -1 if kind == "forest" else 0
    return np.array([-1, *(int(rng.integers(low, n)) for n in range(1, number))], dtype=np.int64)


def _chances(rng: np.random.Generator, parent: IntArray) -> FloatArray:
    """Return probabilities of nodes: children share what their parent has in random parts."""
    weight = rng.choice([1.0, 2.0, 3.0], len(parent))
    found = np.ones(len(parent))
    for n, above in enumerate(parent.tolist()):
        siblings = np.flatnonzero(parent == above)
        found[n] = (1.0 if above < 0 else found[above]) * weight[n] / weight[siblings].sum()
    return found
