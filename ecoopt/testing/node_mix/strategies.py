"""Hypothesis strategies for tiny node mixes: choices and mixed groups, floors, ceilings, all rules of amortisation."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.node_mix import NodeMixInstance

_RULES = ("straight-line", "at-purchase", "double-declining", "sunk")


@st.composite
def node_mix_instances(draw: st.DrawFn, *, groups: int = 3, most: int = 2) -> NodeMixInstance:
    """Draw a tiny instance, feasible or not.

    Parameters
    ----------
    groups : int
        Most groups; each has one to four options.
    most : int
        Most machines of an option.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number = draw(st.integers(1, groups))
    sizes = rng.integers(1, (5, 4, 3)[number - 1] if number <= 3 else 3, number)
    group = np.repeat(np.arange(number), sizes)
    options = len(group)
    choice = rng.random(number) < draw(st.sampled_from((0.0, 0.5, 1.0)))
    limits = rng.integers(1, most + 1, options)
    delivers = np.round(rng.uniform(0, 4, options), 1)
    demand = np.where(rng.random(number) < 0.7, np.round(rng.uniform(0, 6, number), 1), 0.0)
    floors, ceilings = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    provides = np.round(rng.uniform(0, 3, (floors, options)), 1) * (rng.random((floors, options)) < 0.7)
    uses = np.round(rng.uniform(0, 3, (ceilings, options)), 1)
    whole = draw(st.booleans())
    embodied = rng.uniform(0, 9, options)
    return NodeMixInstance(
        name="tiny", groups=tuple(f"g{g}" for g in range(number)), choice=choice, demand=demand,
        options=tuple(f"o{o}" for o in range(options)), group=group, delivers=delivers,
        embodied_kg=np.round(embodied) if whole else embodied, power_w=np.round(rng.uniform(0, 200, options)),
        energy_kwh=np.where(choice[group], np.round(rng.uniform(0, 2000, options)), 0.0), most=limits,
        floors=tuple(f"f{r}" for r in range(floors)), floor=np.round(rng.uniform(0.5, 6, floors), 1), provides=provides,
        ceilings=tuple(f"c{k}" for k in range(ceilings)), ceiling=np.round(rng.uniform(1, 14, ceilings), 1), uses=uses,
        carbon=CarbonTrace(zone="tiny", start_utc="2024-01-01T00:00:00Z", step_s=86400 * 100,
                           intensity_g_per_kwh=np.array([20.0, 400.0, 100.0])),
        start_utc="2024-01-01T00:00:00Z", horizon_h=draw(st.sampled_from((24.0, 3000.0))),
        pue=draw(st.sampled_from((1.0, 1.5))), amortisation=draw(st.sampled_from(_RULES)),
        lifetime_h=draw(st.sampled_from((8760.0, 30000.0, 2000.0))))
