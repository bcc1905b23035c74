"""Packing by exhaustive search over layouts: slow, and right for any geometry whatever."""

from functools import lru_cache

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.mig.geometry import MigGeometry
from ecoopt.instances.mig.layouts import Layout, Placement, count_vectors, layout_counts, maximal_layouts

MAX_STATES = 100_000


@lru_cache(maxsize=64)
def _maximal(geometry: MigGeometry) -> tuple[tuple[tuple[int, ...], Layout], ...]:
    """Return the maximal layouts with distinct counts no other exceeds, large counts of early profiles first."""
    first = {tuple(layout_counts(geometry, layout).tolist()): layout for layout in maximal_layouts(geometry)}
    vectors = np.array(list(first), dtype=np.int64)
    exceeded = [bool((vector <= vectors).all(axis=1).sum() > 1) for vector in vectors]
    return tuple(sorted(((counts, layout) for (counts, layout), worse in zip(first.items(), exceeded, strict=True)
                         if not worse), reverse=True))


def pack_by_search(geometry: MigGeometry, counts: IntArray, gpus: int) -> tuple[Layout, ...] | None:
    """Return a layout for each of `gpus` identical GPUs that together hold `counts`, None where they do not fit.

    Every maximal layout is tried for the GPU that takes the first instance not yet placed; a rest of instances that
    failed once on as many GPUs, or that exceeds their compute or memory slices in total, is not tried. The first GPUs
    are filled, unused ones come last and stay empty.

    Parameters
    ----------
    geometry : MigGeometry
        The GPU.
    counts : int array [P]
        Instances of each profile, >= 0.
    gpus : int
        Number of GPUs, >= 0.

    Raises
    ------
    InputError
        If more than `MAX_STATES` rests have been tried.
    """
    wanted = tuple(int(count) for count in counts)
    failed: set[tuple[tuple[int, ...], int]] = set()
    # An explicit stack: a GPU per level would exceed the interpreter's depth.
    stack = [(wanted, iter(_choices(geometry, wanted)))] if _within_totals(geometry, wanted, gpus) else []
    chosen: list[Layout] = []
    while stack:
        rest, choices = stack[-1]
        left = gpus - len(chosen)
        if not any(rest):
            return _trim(geometry, wanted, chosen) + ((),) * left
        step = next(choices, None) if left else None
        if step is None:
            failed.add((rest, left))
            if len(failed) > MAX_STATES:
                raise InputError.one(geometry.name, "counts", f"need a search of more than {MAX_STATES} states",
                                     "use a geometry whose exact rows are known, or fewer GPUs")
            stack.pop()
            if chosen:
                chosen.pop()
            continue
        counts_taken, layout = step
        after = tuple(max(0, have - taken) for have, taken in zip(rest, counts_taken, strict=True))
        if (after, left - 1) not in failed and _within_totals(geometry, after, left - 1):
            chosen.append(layout)
            stack.append((after, iter(_choices(geometry, after))))
    return None


def _within_totals(geometry: MigGeometry, rest: tuple[int, ...], gpus: int) -> bool:
    """Tell whether the GPUs have as many compute and memory slices in total as the rest takes."""
    compute = sum(count * kind.compute_slices for count, kind in zip(rest, geometry.profiles, strict=True))
    memory = sum(count * kind.memory_slices for count, kind in zip(rest, geometry.profiles, strict=True))
    return compute <= gpus * geometry.compute_slices and memory <= gpus * geometry.memory_slices


def _choices(geometry: MigGeometry, rest: tuple[int, ...]) -> list[tuple[tuple[int, ...], Layout]]:
    """Return the layouts that take the first profile still wanted, those that place most instances first."""
    first = next((index for index, count in enumerate(rest) if count), None)
    if first is None:
        return []
    useful = [(counts, layout) for counts, layout in _maximal(geometry) if counts[first]]
    return sorted(useful, key=lambda choice: -sum(map(min, choice[0], rest)))


def _trim(geometry: MigGeometry, wanted: tuple[int, ...], layouts: list[Layout]) -> tuple[Layout, ...]:
    """Remove from the layouts the instances beyond the wanted counts."""
    rest = list(wanted)
    trimmed = []
    for layout in layouts:
        kept: list[Placement] = []
        for placement in layout:
            if rest[placement.profile]:
                rest[placement.profile] -= 1
                kept.append(placement)
        trimmed.append(tuple(kept))
    return tuple(trimmed)


def fewest_gpus_by_search(geometry: MigGeometry, counts: IntArray) -> int:
    """Return the fewest identical GPUs that hold `counts`, by trying one number after another.

    Parameters
    ----------
    geometry, counts
        As for `pack_by_search`.

    Raises
    ------
    InputError
        As `pack_by_search`, and if a wanted profile fits on no GPU.
    """
    most = count_vectors(geometry).max(axis=0)
    impossible = np.flatnonzero((counts > 0) & (most == 0))
    if impossible.size:
        name = geometry.names[int(impossible[0])]
        raise InputError.one(geometry.name, "counts", f"ask for {name}, which fits on no GPU", "ask for another one")
    per_kind = -(-counts // np.maximum(most, 1))
    fewest = int(per_kind.max(initial=0))
    while pack_by_search(geometry, counts, fewest) is None:
        fewest += 1
    return fewest
