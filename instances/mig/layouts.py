"""Layouts: every way to place instances on one GPU, and what a given way does wrong."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.mig.geometry import MigGeometry

MAX_LAYOUTS = 20_000


class Placement(NamedTuple):
    """An instance of profile number `profile` that begins at memory slice `start`."""

    profile: int
    start: int


Layout = tuple[Placement, ...]
"""The instances of one GPU, by start."""


@lru_cache(maxsize=64)
def all_placements(geometry: MigGeometry) -> tuple[Placement, ...]:
    """Return every placement of every profile, by start, then by profile."""
    found = [Placement(index, start) for index, profile in enumerate(geometry.profiles) for start in profile.starts]
    return tuple(sorted(found, key=lambda placement: (placement.start, placement.profile)))


@lru_cache(maxsize=64)
def all_layouts(geometry: MigGeometry) -> tuple[Layout, ...]:
    """Return every legal layout, the empty one and partial ones included.

    Takes time and memory in proportion to their number: 723 for the GPUs with eight memory slices, 26 for the A30.

    Raises
    ------
    InputError
        If there are more than `MAX_LAYOUTS`.
    """
    found = []
    for layout in _extend(geometry, (), 0):
        found.append(layout)
        if len(found) > MAX_LAYOUTS:
            raise InputError.one(geometry.name, "profiles", f"allow more than {MAX_LAYOUTS} layouts of one GPU",
                                 "offer fewer profiles or starts")
    return tuple(found)


def _extend(geometry: MigGeometry, layout: Layout, position: int) -> Iterator[Layout]:
    """Yield `layout` and all its extensions by placements that start at `position` or later."""
    yield layout
    for placement in all_placements(geometry):
        if placement.start >= position and _may_join(geometry, layout, placement.profile):
            end = placement.start + geometry.profiles[placement.profile].memory_slices
            yield from _extend(geometry, (*layout, placement), end)


def _may_join(geometry: MigGeometry, layout: Layout, profile: int) -> bool:
    """Tell whether compute slices, instance limits and the driver allow one more instance of `profile`."""
    wanted = geometry.profiles[profile]
    present = [placement.profile for placement in layout]
    compute = sum(geometry.profiles[other].compute_slices for other in present)
    return (compute + wanted.compute_slices <= geometry.compute_slices
            and (wanted.max_instances is None or present.count(profile) < wanted.max_instances)
            and not any(other in geometry.forbidden[profile] for other in present))


def fitting_starts(geometry: MigGeometry, layout: Layout, profile: int) -> tuple[int, ...]:
    """Return the starts at which an instance of `profile` can join a legal layout without moving any other."""
    if not _may_join(geometry, layout, profile):
        return ()
    wanted = geometry.profiles[profile]
    taken = {piece for placement in layout for piece in _covered(geometry, placement)}
    return tuple(start for start in wanted.starts if taken.isdisjoint(range(start, start + wanted.memory_slices)))


def _covered(geometry: MigGeometry, placement: Placement) -> range:
    """Return the memory slices a placement occupies."""
    return range(placement.start, placement.start + geometry.profiles[placement.profile].memory_slices)


@lru_cache(maxsize=64)
def maximal_layouts(geometry: MigGeometry) -> tuple[Layout, ...]:
    """Return the layouts to which no instance can be added, 19 on an A100 as NVIDIA lists them, 78 with 1g.10gb."""
    profiles = range(len(geometry.profiles))
    return tuple(layout for layout in all_layouts(geometry)
                 if not any(fitting_starts(geometry, layout, profile) for profile in profiles))


def layout_counts(geometry: MigGeometry, layout: Layout) -> IntArray:
    """Return how many instances of each profile a layout holds, int array [P]."""
    return np.bincount([placement.profile for placement in layout], minlength=len(geometry.profiles)).astype(np.int64)


@lru_cache(maxsize=64)
def _representatives(geometry: MigGeometry) -> dict[tuple[int, ...], Layout]:
    """Return, for each count vector one GPU can hold, its first layout; large counts of early profiles first."""
    first: dict[tuple[int, ...], Layout] = {}
    for layout in all_layouts(geometry):
        first.setdefault(tuple(layout_counts(geometry, layout).tolist()), layout)
    return dict(sorted(first.items(), reverse=True))


@lru_cache(maxsize=64)
def count_vectors(geometry: MigGeometry) -> IntArray:
    """Return every count vector one GPU can hold, int array [V, P], lexicographically decreasing."""
    vectors = np.array(list(_representatives(geometry)), dtype=np.int64)
    vectors.setflags(write=False)
    return vectors


def layout_of(geometry: MigGeometry, counts: Sequence[int]) -> Layout | None:
    """Return a layout of one GPU with these counts, None where there is none."""
    return _representatives(geometry).get(tuple(int(count) for count in counts))


@lru_cache(maxsize=64)
def cover_matrix(geometry: MigGeometry) -> IntArray:
    """Return which placement covers which memory slice, 0/1 int array [memory slices, placements].

    Columns follow `all_placements` and have consecutive ones, so that the rows "each slice at most once" are totally
    unimodular.
    """
    placements = all_placements(geometry)
    cover = np.zeros((geometry.memory_slices, len(placements)), dtype=np.int64)
    for column, placement in enumerate(placements):
        covered = _covered(geometry, placement)
        cover[covered.start:covered.stop, column] = 1
    cover.setflags(write=False)
    return cover


def layout_problems(geometry: MigGeometry, layout: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Return everything wrong with a layout, one line each; nothing for a legal one.

    Parameters
    ----------
    geometry : MigGeometry
        The GPU.
    layout : sequence of (profile, start)
        Its instances, in any order.
    """
    unknown = [profile for profile, _ in layout if not 0 <= profile < len(geometry.profiles)]
    if unknown:
        return tuple(f"profile number {profile} is unknown" for profile in unknown)
    problems = []
    owner: dict[int, str] = {}
    for profile, start in layout:
        kind = geometry.profiles[profile]
        if start not in kind.starts:
            problems.append(f"{kind.name} may not start at memory slice {start}")
        shared = [piece for piece in range(start, start + kind.memory_slices) if piece in owner]
        problems += [f"{kind.name} at {start} overlaps {owner[piece]} on memory slice {piece}" for piece in shared]
        owner |= dict.fromkeys(range(start, start + kind.memory_slices), f"{kind.name} at {start}")
    present = [profile for profile, _ in layout]
    compute = sum(geometry.profiles[profile].compute_slices for profile in present)
    if compute > geometry.compute_slices:
        problems.append(f"{compute} compute slices are taken, the GPU has {geometry.compute_slices}")
    for index, kind in enumerate(geometry.profiles):
        if kind.max_instances is not None and present.count(index) > kind.max_instances:
            problems.append(f"{present.count(index)} instances of {kind.name}, the GPU allows {kind.max_instances}")
        problems += [f"{kind.name} and {geometry.names[other]} may not share a GPU"
                     for other in geometry.forbidden[index] if other > index and index in present and other in present]
    return tuple(problems)
