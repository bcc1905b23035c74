"""Hypothesis strategy for tiny MIG serving instances whose optimum can be enumerated in milliseconds."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.mig import MigGeometry, all_layouts, geometry
from ecoopt.instances.mig_serving import MigServingInstance, Service
from ecoopt.instances.variants import ModelVariant

_START = "2023-03-01T08:00:00Z"
_MOST_WAYS = 3000


def tiny_geometries() -> st.SearchStrategy[MigGeometry]:
    """Return a strategy for GPUs with two or three profiles."""
    a100 = geometry("A100-40")
    cuts = (("7g.40gb", "3g.20gb"), ("4g.20gb", "3g.20gb", "2g.10gb"), ("7g.40gb", "4g.20gb", "3g.20gb"))
    return st.sampled_from((geometry("A30-24"), geometry("A30-24").restricted_to(["2g.12gb", "1g.6gb"]),
                            *(a100.restricted_to(cut) for cut in cuts)))


@st.composite
def mig_serving_instances(
    draw: st.DrawFn, *, gpus: int = 2, periods: int = 3, variants: int = 3, free: bool | None = None,
) -> MigServingInstance:
    """Draw a tiny instance: one or two services, ties, late requests, states before, sometimes impossible loads.

    Parameters
    ----------
    gpus, periods, variants : int
        Most of each; variants are of all services together.
    free : bool, optional
        Whether changes cost nothing; drawn when None.
    """
    gpu = draw(tiny_geometries())
    number, length = draw(st.integers(1, gpus)), draw(st.integers(1, periods))
    of = draw(st.sampled_from([of for of in ((0,), (0, 0), (0, 1), (0, 0, 0), (0, 0, 1)) if len(of) <= variants]))
    while len(of) > 1 and _ways(gpu, number, of.count(0)) > _MOST_WAYS:
        of = (0,) if max(of) == 0 else (0, 1)
        number = 1
    kinds = tuple(_variant(draw, gpu, index, service) for index, service in enumerate(of))
    late = draw(st.integers(0, 3)) == 0
    services = tuple(Service(
        name=f"s{k}", reference_quality=0.9, reference_j=draw(st.sampled_from((5.0, 50.0))), tail_limit_s=1.0,
        late_budget=draw(st.sampled_from((0.0, 0.02, 0.1))) if late else 0.0) for k in range(max(of) + 1))
    shape = len(of), len(gpu.profiles)
    free = draw(st.booleans()) if free is None else free
    content: dict[str, Any] = {
        "name": "tiny", "geometry": gpu, "gpus": number, "power_off": draw(st.booleans()), "idle_power_w": 40.0,
        "off_power_w": draw(st.sampled_from((0.0, 5.0))), "services": services, "variants": kinds,
        "pool_sizes": np.array(draw(st.sampled_from(((1, 2, 4), (1,), (1, 3))))),
        "late_share": _table(draw, shape, (0.0, 0.0, 0.03, 0.2)) if late else np.zeros(shape),
        "start_utc": _START, "load_rps": _load(draw, len(services), length), "carbon": _carbon(draw, length),
        "carbon_weight": draw(st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0))),
        "repartition_j": 0.0 if free else draw(st.sampled_from((0.0, 3e3, 6e4))),
        "power_on_j": 0.0 if free else draw(st.sampled_from((0.0, 5e3, 4e5)))}
    content["utilisation"] = np.sort(
        _table(draw, (*shape, len(content["pool_sizes"])), (0.0, 0.2, 0.5, 0.7, 0.9)), axis=2)
    if draw(st.booleans()):
        content["initial_slices"] = np.array([draw(st.integers(0, 2)) for _ in gpu.profiles])
    if draw(st.booleans()):
        content["initial_gpus_on"] = draw(st.integers(0, number))
    instance: MigServingInstance = MigServingInstance.from_content(content, "drawn instance")
    return instance


def _ways(gpu: MigGeometry, gpus: int, variants: int) -> float:
    """Return about how many ways there are to put a service's variants on slices."""
    most = [gpus * max(sum(place.profile == p for place in layout) for layout in all_layouts(gpu))
            for p in range(len(gpu.profiles))]
    return float(np.prod([float(count + 1) ** variants for count in most]))


def _variant(draw: st.DrawFn, gpu: MigGeometry, index: int, service: int) -> ModelVariant:
    shares = {profile.name: profile.compute_slices / gpu.compute_slices for profile in gpu.profiles}
    lacking = draw(st.sampled_from((None, *gpu.names[1:])))
    names = [name for name in gpu.names if name != lacking]
    work_s = draw(st.sampled_from((0.01, 0.05, 0.2)))
    energy = draw(st.sampled_from((1.0, 10.0, 30.0)))
    return ModelVariant(
        name=f"v{index}", application=f"s{service}", quality=draw(st.sampled_from((0.5, 0.7, 0.9))),
        quality_metric="accuracy", memory_gb=1.0, service_time_s={name: work_s / shares[name] for name in names},
        energy_j={name: energy * shares[name] ** 0.1 for name in names})


def _table(draw: st.DrawFn, shape: tuple[int, ...], values: tuple[float, ...]) -> FloatArray:
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))).reshape(shape)


def _load(draw: st.DrawFn, services: int, periods: int) -> FloatArray:
    load = _table(draw, (services, periods), (0.0, 0.5, 1.0, 3.0))
    load[0] += np.where(load.sum(axis=0) == 0, 1.0, 0.0)
    return load


def _carbon(draw: st.DrawFn, periods: int) -> CarbonTrace:
    values = draw(st.lists(st.sampled_from((0.0, 50.0, 200.0, 400.0)), min_size=periods, max_size=periods))
    return CarbonTrace(zone="nowhere", start_utc=_START, step_s=3600, intensity_g_per_kwh=np.array(values))
