"""Hypothesis strategies for tiny phase splits: all kinds of pools, regions, scenarios, starts, fleets, waits."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.phase_split import MachineType, PhaseSplitInstance, WaitRule
from ecoopt.instances.phase_split.schema import Pool

_POOLS: tuple[tuple[Pool, ...], ...] = (
    ("prefill", "decode"), ("whole",), ("node",), ("prefill", "decode", "whole"), ("whole", "node"))
_START = "2024-01-01T00:00:00Z"


@st.composite
def phase_split_instances(draw: st.DrawFn, *, most: int = 2) -> PhaseSplitInstance:
    """Draw a tiny instance, feasible or not.

    Parameters
    ----------
    most : int
        Most machines of a type in a region; one less where there are many pools.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pools = draw(st.sampled_from(_POOLS))
    regions, kinds = draw(st.sampled_from(((1, 1), (1, 2), (2, 1))))
    scenarios, hours = draw(st.sampled_from(((1, 1), (1, 1), (1, 2), (2, 1))))
    classes = draw(st.integers(1, 3))
    if len(pools) * regions * kinds > 4 or hours * scenarios > 1:
        most = max(most - 1, 1)

    def table(low: float, high: float, *shape: int) -> np.ndarray:
        return np.round(rng.uniform(low, high, shape), 1)

    types = [MachineType(
        name=f"h{h}", prefill_w=float(table(100, 900)), decode_w=float(table(100, 900)), whole_w=float(table(100, 900)),
        rent_per_h=float(table(0.5, 5)), embodied_kg=float(table(0, 90)), lifetime_h=1000.0,
        start_kwh=float(table(0, 1)) * draw(st.sampled_from((0, 1))), start_cost=float(table(0, 2)),
        link_gb_per_s=draw(st.sampled_from((None, 2.0))), node_prefills=1, node_decodes=int(rng.integers(1, 3)))
        for h in range(kinds)]
    prefill, decode = table(0.1, 0.8, kinds, classes), table(0.1, 0.8, kinds, classes)
    return PhaseSplitInstance(
        name="tiny", pools=pools, classes=tuple(f"k{k}" for k in range(classes)),
        prompt_tokens=table(0.5, 4, classes), output_tokens=table(1, 4, classes),
        origin=rng.integers(0, regions, classes), first_token_limit_s=np.full(classes, 1.0),
        token_limit_s=np.full(classes, 1.0), probability=np.full(scenarios, 1 / scenarios),
        rate_per_s=table(0, 1.5, scenarios * hours, classes) * (rng.random((scenarios * hours, classes)) < 0.8),
        regions=tuple(f"r{r}" for r in range(regions)),
        latency_s=table(0, 0.4, regions, regions) * (1 - np.eye(regions)),
        carbon=tuple(CarbonTrace(zone=f"r{r}", start_utc=_START, step_s=3600,
                                 intensity_g_per_kwh=table(20, 400, hours)) for r in range(regions)),
        start_utc=_START, price_per_kwh=table(0, 1, hours, regions), pue=np.full(regions, 1.2),
        power_limit_w=draw(st.sampled_from((None, None, np.full(regions, 1500.0)))), types=tuple(types),
        inventory=rng.integers(0, most + 1, (regions, kinds)), first_token_s=table(0.1, 1.1, kinds, classes),
        prefill_s=prefill, token_s=table(0.1, 1.1, kinds, classes), decode_s=decode,
        whole_token_s=table(0.1, 1.1, kinds, classes), whole_s=np.round(prefill + decode, 1), kv_gb_per_token=0.5,
        utilisation=draw(st.sampled_from((0.75, 1.0))),
        wait=draw(st.sampled_from((None, None, WaitRule(probability=0.4), WaitRule(probability=0.6, services=0.5)))),
        objective=draw(st.sampled_from(("carbon", "cost"))), owned=draw(st.booleans()))
