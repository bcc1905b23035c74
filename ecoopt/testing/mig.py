"""Hypothesis strategies for MIG: geometries real and invented, layouts, and counts that fit."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from ecoopt.core.arrays import IntArray
from ecoopt.instances.mig import GEOMETRIES, Layout, MigGeometry, MigProfile, all_layouts, layout_counts


@st.composite
def known_geometries(draw: st.DrawFn) -> MigGeometry:
    """Draw a GPU of the catalogue, often with fewer profiles, sometimes with 4g and 3g forbidden together."""
    geometry = draw(st.sampled_from(GEOMETRIES))
    four = [name for name in geometry.names if name.startswith("4g")]
    three = [name for name in geometry.names if name.startswith("3g")]
    older_driver = draw(st.booleans())
    if four and three and older_driver:
        geometry = geometry.forbidding(four[0], three[0])
    if draw(st.booleans()):
        geometry = geometry.restricted_to(draw(st.sets(st.sampled_from(geometry.names), min_size=1)))
    return geometry


@st.composite
def invented_geometries(draw: st.DrawFn, max_slices: int = 5, max_profiles: int = 3) -> MigGeometry:
    """Draw a GPU no vendor sells, with odd starts, instance limits and forbidden pairs."""
    compute = draw(st.integers(1, max_slices))
    memory = draw(st.integers(1, max_slices))
    profiles = []
    for index in range(draw(st.integers(1, max_profiles))):
        size = draw(st.integers(1, memory))
        starts = draw(st.sets(st.integers(0, memory - size), min_size=1))
        profiles.append(MigProfile(
            name=f"p{index}", compute_slices=draw(st.integers(1, compute)), memory_slices=size,
            starts=tuple(sorted(starts)), max_instances=draw(st.none() | st.integers(1, 3)),
            memory_gb=float(draw(st.integers(1, 96))), sms=draw(st.none() | st.integers(1, 200))))
    names = [profile.name for profile in profiles]
    pairs = [(first, second) for first in names for second in names if first < second]
    forbidden = draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True)) if pairs else []
    return MigGeometry(name="invented", compute_slices=compute, memory_slices=memory, profiles=tuple(profiles),
                       forbidden_pairs=tuple(forbidden), source=draw(st.text(max_size=5)))


def mig_geometries() -> st.SearchStrategy[MigGeometry]:
    """Return a strategy for geometries, real and invented."""
    return st.one_of(known_geometries(), invented_geometries())


def mig_layouts(geometry: MigGeometry) -> st.SearchStrategy[Layout]:
    """Return a strategy for the legal layouts of one GPU, empty and partial ones included."""
    return st.sampled_from(all_layouts(geometry))


@st.composite
def fitting_counts(draw: st.DrawFn, geometry: MigGeometry, max_gpus: int = 4) -> tuple[IntArray, int]:
    """Draw counts and a number of GPUs on which they fit."""
    layouts: Sequence[Layout] = draw(st.lists(mig_layouts(geometry), max_size=max_gpus))
    counts = sum((layout_counts(geometry, layout) for layout in layouts), np.zeros(len(geometry.profiles), np.int64))
    return counts, len(layouts)
