"""Hypothesis strategies for hardware: boxes, GPUs and embodied parts that pass validation."""

from hypothesis import strategies as st

from ecoopt.instances.hardware import EmbodiedParts, Gpu, HardwareGeneration

_NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)


def _amounts(low: float, high: float) -> st.SearchStrategy[float]:
    """Return a strategy for plain floats in a closed range, whole numbers among them."""
    whole = st.integers(min_value=int(low) + 1, max_value=int(high)).map(float)
    return st.floats(low, high, allow_nan=False, allow_subnormal=False) | whole


def embodied_parts() -> st.SearchStrategy[EmbodiedParts]:
    """Return a strategy for embodied parts, some of them zero."""
    mass = st.just(0.0) | _amounts(0.0, 5000.0)
    return st.builds(EmbodiedParts, cpu_kg=mass, dram_kg=mass, storage_kg=mass, gpu_kg=mass, other_kg=mass)


@st.composite
def hardware_generations(draw: st.DrawFn) -> HardwareGeneration:
    """Draw a server box: 1 to 512 cores, up to 4096 GB, lifetime from one second to 20 years."""
    idle_cpu_w, idle_dram_w = draw(_amounts(0.0, 500.0)), draw(_amounts(0.0, 100.0))
    headroom_w = draw(st.none() | _amounts(0.0, 2000.0))
    return HardwareGeneration(
        name=draw(_NAMES), year=draw(st.none() | st.integers(1990, 2040)), cores=draw(st.integers(1, 512)),
        memory_gb=draw(_amounts(0.25, 4096.0)), idle_cpu_w=idle_cpu_w, idle_dram_w=idle_dram_w,
        peak_w=None if headroom_w is None else idle_cpu_w + idle_dram_w + headroom_w,
        embodied=draw(embodied_parts()), lifetime_s=draw(_amounts(1.0, 20 * 365.25 * 86400)), source=draw(st.text()))


@st.composite
def gpus(draw: st.DrawFn) -> Gpu:
    """Draw a GPU board; figures that may be unknown sometimes are."""
    tdp_w = draw(_amounts(10.0, 2000.0))
    return Gpu(
        name=draw(_NAMES), year=draw(st.none() | st.integers(2000, 2040)), memory_gb=draw(_amounts(1.0, 512.0)),
        tdp_w=tdp_w, idle_w=draw(st.none() | st.floats(0.0, tdp_w)), embodied_kg=draw(st.none() | _amounts(0.0, 200.0)),
        process_nm=draw(st.none() | _amounts(1.0, 28.0)), die_mm2=draw(st.none() | _amounts(10.0, 2000.0)),
        source=draw(st.text()))
