"""Pictures of MIG snapshots: how each GPU is cut, and which type of job runs on each instance."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.mig_partition import MigPartitionInstance, MigPartitionSchedule
from ecoopt.plot.mig_layouts import Piece, Row, draw_layouts, legend_patches
from ecoopt.plot.style import OTHERS, SERIES, Shade, new_figure, style

MOST_ROWS = 40
"""GPUs up to which each has its own row; beyond, GPUs that are cut alike share one."""

_Layout = tuple[int, tuple[tuple[int, int], ...]]


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a MIG snapshot.

    Parameters
    ----------
    instance : MigPartitionInstance
        What was asked.
    schedule : MigPartitionSchedule
        What was decided; drawn as written, allowed or not, jobs on unknown GPUs or profiles excepted.

    Returns
    -------
    dict of str to Figure
        ``layouts``: a row for each GPU in use, its instances coloured by what runs on them; with many GPUs, a row for
        each way in which GPUs are cut, the most frequent first, coloured by profile.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, MigPartitionInstance) or not isinstance(schedule, MigPartitionSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a MigPartitionInstance and a MigPartitionSchedule")
    with style():
        return {"layouts": _layouts(instance, schedule)}


def _layouts(instance: MigPartitionInstance, schedule: MigPartitionSchedule) -> Figure:
    """Draw the GPUs, or the ways in which they are cut."""
    held: dict[int, list[tuple[int, int, int]]] = {}
    for job, (gpu, profile, start) in enumerate(zip(
            schedule.gpu.tolist(), schedule.profile.tolist(), schedule.start.tolist(), strict=True)):
        block = int(np.searchsorted(instance.first_gpu, gpu, side="right")) - 1
        if 0 <= gpu < instance.gpus and 0 <= profile < len(instance.blocks[block].geometry.profiles):
            held.setdefault(gpu, []).append((profile, start, job))
    if len(held) <= MOST_ROWS:
        rows, legend = _one_by_one(instance, held)
    else:
        rows, legend = _alike(instance, held)
    figure = new_figure(7.2, 1.3 + 0.2 * max(len(rows), 1), _alt(instance, held))
    axes = figure.subplots()
    draw_layouts(axes, rows)
    name = " ".join(instance.name.split()).replace("$", r"\$")
    axes.set_title(f"{name[:80]}: {len(held)} of {instance.gpus} GPUs run {sum(map(len, held.values()))} of "
                   f"{instance.jobs} jobs")
    if legend:
        figure.legend(handles=legend_patches(legend), loc="outside lower center", ncols=min(len(legend), 6))
    return figure


def _one_by_one(
    instance: MigPartitionInstance, held: dict[int, list[tuple[int, int, int]]]
) -> tuple[list[Row], list[tuple[str, Shade]]]:
    """Return a row for each GPU in use, coloured by type of job, or by what types have in common where they are many.

    Types are taken together by the part of their names before the last hyphen, the model of ``resnet-64``.
    """
    kinds = [int(instance.job_type[job]) for pieces in held.values() for _, _, job in pieces]
    names = {kind: instance.type_names[kind] for kind in sorted(set(kinds))}
    if len(names) > len(SERIES):
        names = {kind: name.rpartition("-")[0] or name for kind, name in names.items()}
    frequent = [name for name, _ in Counter(names[kind] for kind in kinds).most_common(len(SERIES))]
    shade = {name: SERIES[place] for place, name in enumerate(sorted(frequent))}
    rows = []
    for gpu in sorted(held):
        b = int(np.searchsorted(instance.first_gpu, gpu, side="right")) - 1
        geometry = instance.blocks[b].geometry
        rows.append(Row(f"GPU {gpu}", geometry.memory_slices, [
            Piece(start, geometry.profiles[profile].memory_slices,
                  shade.get(names[int(instance.job_type[job])], OTHERS),
                  _short(instance.type_names[instance.job_type[job]], 7 * geometry.profiles[profile].memory_slices))
            for profile, start, job in sorted(held[gpu], key=lambda piece: piece[1])]))
    legend = sorted(shade.items())
    return rows, legend + ([("others", OTHERS)] if len(set(names.values())) > len(shade) else [])


def _alike(
    instance: MigPartitionInstance, held: dict[int, list[tuple[int, int, int]]]
) -> tuple[list[Row], list[tuple[str, Shade]]]:
    """Return a row for each way in which GPUs are cut, coloured by profile; the rarest are left out where many."""
    number: Counter[_Layout] = Counter()
    for gpu, pieces in held.items():
        b = int(np.searchsorted(instance.first_gpu, gpu, side="right")) - 1
        number[b, tuple(sorted((start, profile) for profile, start, _ in pieces))] += 1
    slices = sorted({profile.compute_slices for block in instance.blocks for profile in block.geometry.profiles})
    shade = {size: SERIES[place % len(SERIES)] for place, size in enumerate(slices)}
    rows = []
    for (b, layout), times in sorted(number.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_ROWS]:
        geometry = instance.blocks[b].geometry
        rows.append(Row(f"{times} × {geometry.name}", geometry.memory_slices, [
            Piece(start, geometry.profiles[profile].memory_slices, shade[geometry.profiles[profile].compute_slices],
                  _short(geometry.names[profile], 7 * geometry.profiles[profile].memory_slices))
            for start, profile in layout]))
    return rows, [(f"{size} compute slices" if size > 1 else "1 compute slice", shade[size]) for size in slices]


def _short(text: str, longest: int) -> str:
    """Return a text cut to a length, without matplotlib reading mathematics into it."""
    return (text if len(text) <= longest else text[:longest - 1] + "…").replace("$", r"\$")


def _alt(instance: MigPartitionInstance, held: dict[int, list[tuple[int, int, int]]]) -> str:
    """Return what the picture shows, in words."""
    counts: Counter[str] = Counter()
    for gpu, pieces in held.items():
        b = int(np.searchsorted(instance.first_gpu, gpu, side="right")) - 1
        counts.update(instance.blocks[b].geometry.names[profile] for profile, _, _ in pieces)
    order: Sequence[tuple[str, int]] = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    parts = ", ".join(f"{times} of {name}" for name, times in order) or "no instance"
    return f"Memory slices of {len(held)} GPUs in use, cut into instances: {parts}."
