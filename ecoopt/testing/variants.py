"""Hypothesis strategies for model variants: single ones, and families that can be used together."""

from collections.abc import Sequence

from hypothesis import strategies as st

from ecoopt.instances.mig import MigGeometry
from ecoopt.instances.variants import ModelVariant

_DEVICES = ("1g.5gb", "2g.10gb", "3g.20gb", "T4", "A100")


@st.composite
def model_variants(draw: st.DrawFn, devices: Sequence[str] = _DEVICES, application: str = "app") -> ModelVariant:
    """Draw a variant that runs on some of the devices."""
    chosen = draw(st.lists(st.sampled_from(list(devices)), min_size=1, unique=True))
    return ModelVariant(
        name=f"v{draw(st.integers(0, 10**6))}", application=application, quality=draw(st.floats(0.0, 1.0)),
        quality_metric="accuracy", memory_gb=draw(st.floats(0.125, 80.0)),
        service_time_s={device: draw(st.floats(1e-4, 1e3)) for device in chosen},
        energy_j={device: draw(st.floats(0.0, 1e6)) for device in chosen}, source=draw(st.text(max_size=5)))


@st.composite
def variants_for(draw: st.DrawFn, geometry: MigGeometry, max_variants: int = 4) -> tuple[ModelVariant, ...]:
    """Draw variants of one application that can be used together on the profiles of a GPU.

    Better variants are larger and slower, and smaller profiles are slower, as in practice.
    """
    quality, memory_gb, work_s = 0.0, 0.0, 0.0
    largest_gb = float(geometry.memory_gb.max())
    drawn = []
    for index in range(draw(st.integers(1, max_variants))):
        quality += draw(st.floats(0.01, 0.99 / max_variants))
        memory_gb += draw(st.floats(0.01, 1.0)) * largest_gb / max_variants
        work_s += draw(st.floats(0.001, 1.0))
        shares = {profile.name: profile.compute_slices / geometry.compute_slices
                  for profile in geometry.profiles if profile.memory_gb >= memory_gb}
        if not shares:
            break
        watts = draw(st.floats(10.0, 400.0))
        drawn.append(ModelVariant(
            name=f"v{index}", application="app", quality=quality, quality_metric="accuracy", memory_gb=memory_gb,
            service_time_s={name: work_s / share for name, share in shares.items()},
            energy_j=dict.fromkeys(shares, watts * work_s)))
    return tuple(drawn)
