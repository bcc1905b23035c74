"""Packing: whether counts of instances fit on identical GPUs, on how many, and where each instance goes."""

from collections.abc import Sequence

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.mig.counts import CountRows, count_rows
from ecoopt.instances.mig.geometry import MigGeometry
from ecoopt.instances.mig.layouts import Layout, count_vectors, layout_of
from ecoopt.instances.mig.search import fewest_gpus_by_search, pack_by_search

MAX_COUNT = 10_000_000


def counts_fit(geometry: MigGeometry, counts: Sequence[int] | IntArray, gpus: int) -> bool:
    """Tell whether instances in these counts can be placed on `gpus` identical GPUs, free of all other instances.

    Parameters
    ----------
    geometry : MigGeometry
        The GPU.
    counts : int array [P]
        Instances of each profile.
    gpus : int
        Number of GPUs.

    Raises
    ------
    InputError
        If counts or gpus are no whole numbers >= 0, or there is not one count per profile; and, for a geometry whose
        exact rows are unknown, if the search grows too large.

    Notes
    -----
    Exact. Constant time where `count_rows` knows the rows, an exhaustive search otherwise.
    """
    wanted = _checked(geometry, counts, gpus)
    rows = count_rows(geometry)
    if rows is None:
        return pack_by_search(geometry, wanted, gpus) is not None
    return bool((rows.coefficients @ wanted <= gpus * rows.per_gpu).all())


def gpus_needed(geometry: MigGeometry, counts: Sequence[int] | IntArray) -> int:
    """Return the fewest identical GPUs that hold instances in these counts.

    Parameters
    ----------
    geometry, counts
        As for `counts_fit`.

    Raises
    ------
    InputError
        As `counts_fit`, and if some profile with a positive count fits on no GPU.
    """
    wanted = _checked(geometry, counts, 0)
    rows = count_rows(geometry)
    if rows is None:
        return fewest_gpus_by_search(geometry, wanted)
    return int((-(-(rows.coefficients @ wanted) // rows.per_gpu)).max())


def pack(geometry: MigGeometry, counts: Sequence[int] | IntArray, gpus: int) -> tuple[Layout, ...] | None:
    """Return a layout for each of `gpus` identical GPUs that together hold these counts, None where they do not fit.

    Uses as few GPUs as possible; the others come last and stay empty.

    Parameters
    ----------
    geometry, counts, gpus
        As for `counts_fit`.

    Raises
    ------
    InputError
        As `counts_fit`.

    Notes
    -----
    Where the exact rows are known, GPUs are peeled off one kind of layout at a time: while the rest keeps the rows for
    one GPU fewer, some layout can be taken away. There are at most as many steps as layouts' count vectors, each over
    all of them; writing the answer takes time in proportion to `gpus`.
    """
    wanted = _checked(geometry, counts, gpus)
    rows = count_rows(geometry)
    if rows is None:
        return pack_by_search(geometry, wanted, gpus)
    used = gpus_needed(geometry, wanted)
    if used > gpus:
        return None
    return _peel(geometry, rows, wanted, used) + ((),) * (gpus - used)


def _peel(geometry: MigGeometry, rows: CountRows, wanted: IntArray, gpus: int) -> tuple[Layout, ...]:
    """Return layouts of `gpus` GPUs for counts that keep the rows."""
    vectors = count_vectors(geometry)
    room = rows.per_gpu - vectors @ rows.coefficients.T
    layouts: list[Layout] = []
    rest, left = wanted, gpus
    while left:
        slack = left * rows.per_gpu - rows.coefficients @ rest
        fits = (vectors <= rest).all(axis=1) & (room <= slack).all(axis=1)
        chosen = int(np.flatnonzero(fits)[0])
        vector = vectors[chosen]
        limits = [left]
        limits += (rest[vector > 0] // vector[vector > 0]).tolist()
        limits += (slack[room[chosen] > 0] // room[chosen][room[chosen] > 0]).tolist()
        times = int(min(limits))
        layout = layout_of(geometry, vector.tolist())
        assert layout is not None
        layouts += [layout] * times
        rest, left = rest - times * vector, left - times
    return tuple(layouts)


def _checked(geometry: MigGeometry, counts: Sequence[int] | IntArray, gpus: int) -> IntArray:
    """Return the counts as an array, or raise InputError with everything wrong with them and with `gpus`."""
    problems = []
    if isinstance(gpus, bool) or not isinstance(gpus, (int, np.integer)) or not 0 <= gpus <= MAX_COUNT:
        problems.append(Problem("gpus", f"{gpus!r} is not a whole number from 0 to {MAX_COUNT}", "correct it"))
    given = np.asarray(counts)
    if given.shape != (len(geometry.profiles),):
        problems.append(Problem("counts", f"has shape {list(given.shape)}",
                                f"give one count for each of {', '.join(geometry.names)}"))
    elif given.dtype.kind not in "iu":
        problems.append(Problem("counts", f"holds entries of type {given.dtype}", "give whole numbers"))
    else:
        problems += [Problem(f"counts[{index}]", f"{given[index]} is not from 0 to {MAX_COUNT}", "correct it")
                     for index in np.flatnonzero((given < 0) | (given > MAX_COUNT)).tolist()]
    if problems:
        raise InputError(geometry.name, problems)
    return given.astype(np.int64)
