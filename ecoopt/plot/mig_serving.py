"""Pictures of MIG serving schedules: which variants fill the GPUs hour by hour, above load and carbon intensity."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, MUTED, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

TRADEOFF = ("quality_loss", "carbon_per_request_mg")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_WIDTH_IN = 7.2


class Bands(NamedTuple):
    """What fills the GPUs. B bands, T periods.

    Parameters
    ----------
    names : tuple of str [B]
        Variants, those of a service together, the best last; the smallest of many are gathered in the last band.
    gpus : float array [B, T]
        Share of a GPU's compute slices that a variant's slices have, added up over its instances.
    """

    names: tuple[str, ...]
    gpus: FloatArray


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a MIG serving schedule.

    Parameters
    ----------
    instance : MigServingInstance
        What was asked.
    schedule : MigServingSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``configuration``: the compute slices that each variant has, stacked, in GPUs, below the number of GPUs that
        are on; requests per second of each service; carbon intensity.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, MigServingInstance) or not isinstance(schedule, MigServingSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a MigServingInstance and a MigServingSchedule")
    with style():
        return {"configuration": _configuration(instance, schedule)}


def variant_bands(instance: MigServingInstance, schedule: MigServingSchedule, most: int) -> Bands:
    """Return the variants that are used as bands, at most so many."""
    share = instance.geometry.compute_share
    gpus = np.einsum("tvp,p->vt", schedule.instances, share)
    of, quality = instance.service_of_variant, [variant.quality for variant in instance.variants]
    used = [v for v in sorted(range(len(of)), key=lambda v: (of[v], quality[v], v)) if gpus[v].any()]
    largest = sorted(used, key=lambda v: (-float(gpus[v].sum()), v))
    kept = set(used if len(used) <= most else largest[:most - 1])
    names = [f"{instance.variants[v].application}/{instance.variants[v].name}" for v in used if v in kept]
    rows = [gpus[v] for v in used if v in kept]
    if rest := [gpus[v] for v in used if v not in kept]:
        names.append(f"{len(rest)} other variants")
        rows.append(np.sum(rest, axis=0))
    return Bands(tuple(names), np.array(rows).reshape(len(rows), gpus.shape[1]))


def _configuration(instance: MigServingInstance, schedule: MigServingSchedule) -> Figure:
    """Draw the panels from top to bottom: GPUs, load, intensity."""
    bands = variant_bands(instance, schedule, len(SERIES))
    figure = new_figure(_WIDTH_IN, 4.9, _alt(instance, schedule, bands))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[2.4, 0.9, 0.8])
    edges = period_edges(instance.start_utc, instance.periods, instance.period_s)
    stack(top, edges, bands.gpus, [(name, SERIES[b].light) for b, name in enumerate(bands.names)])
    on = schedule.gpus_on
    top.step(edges, np.append(on, on[-1]), where="post", color=INK.light, linewidth=1.2, label="GPUs on")
    top.set_ylim(0, 1.15 * max(float(on.max()), float(bands.gpus.sum(axis=0).max(initial=0.0)), 1e-3))
    top.set_title(f"compute slices in use: {_mean(bands.gpus.sum(axis=0))} of {_mean(on)} GPUs on, on average; "
                  f"{instance.gpus} there are")
    top.set_ylabel("GPUs")
    greys = np.linspace(0.45, 0.95, len(instance.services))
    stack(middle, edges, instance.load_rps, [("", str(grey)) for grey in greys])
    middle.set_title("load of " + ", ".join(one_line(service.name, 16) for service in instance.services[:4])
                     + (" and others" if len(instance.services) > 4 else ""))
    middle.set_ylabel("requests/s")
    intensity = instance.intensity_g_per_kwh
    closed = np.append(intensity, intensity[-1])
    bottom.fill_between(edges, 0, closed, step="post", color=OTHERS.light, alpha=0.45, linewidth=0)
    bottom.step(edges, closed, where="post", color=MUTED.light, linewidth=1.2)
    bottom.set_ylim(0, 1.15 * max(float(intensity.max()), 1e-3))
    bottom.set_title(f"carbon intensity of {one_line(instance.carbon.zone, 40)}: {intensity.min():.0f} to "
                     f"{intensity.max():.0f} g/kWh")
    bottom.set_ylabel("g/kWh")
    time_axis(bottom, edges)
    figure.align_ylabels([top, middle, bottom])
    legend_below(figure, top, legend_columns([*bands.names, "GPUs on"], _WIDTH_IN))
    return figure


def _mean(values: np.ndarray) -> str:
    return f"{float(values.mean()):.3g}"


def _alt(instance: MigServingInstance, schedule: MigServingSchedule, bands: Bands) -> str:
    """Return what the picture shows, in words."""
    intensity = instance.intensity_g_per_kwh
    most = ""
    if len(bands.names):
        most = f" Most of them run {bands.names[int(bands.gpus.sum(axis=1).argmax())]}."
    load = instance.load_rps.sum(axis=0)
    return (f"Compute slices of {len(bands.names)} kinds over {instance.periods} periods, in GPUs, below the GPUs that "
            f"are on: {schedule.gpus_on.min()} to {schedule.gpus_on.max()} of {instance.gpus}.{most} Load runs from "
            f"{load.min():.3g} to {load.max():.3g} requests a second, carbon intensity from {intensity.min():.0f} to "
            f"{intensity.max():.0f} g/kWh.")
