"""Distributions over many instances: profiles, times to target and gaps, as curves of shares."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.words import counted
from ecoopt.metrics import Profile, reached
from ecoopt.plot.scales import FIRST_S
from ecoopt.plot.shares import shares
from ecoopt.plot.words import listed, percent

_MOST_LEADERS = 3


def profile_figure(profile: Profile, names: Sequence[str], *, of: str = "time to target") -> Figure:
    """Return the figure of a performance profile, of two methods or many.

    Parameters
    ----------
    profile : Profile
        Of M methods.
    names : sequence of str [M]
        Their names, all different.
    of : str
        What the costs are, in words.

    Raises
    ------
    InputError
        When the names are not M different ones.
    """
    check_names(names, profile.shares.shape[1])
    curves = {name: (profile.ratios, profile.shares[:, m]) for m, name in enumerate(names)}
    best, solved = profile.at(1.0), profile.solved
    each = "; ".join(f"{name} is best on {percent(b)} and solves {percent(s)}"
                     for name, b, s in zip(names, best, solved, strict=True))
    alt = (f"Performance profile of the {of}: share of instances over the ratio to the best of "
           f"{counted(len(names), 'method')}, logarithmic. {_leaders(names, best)} most often the best, "
           f"{_leaders(names, solved)} ahead in the end. {each}.")
    return shares(curves, x_label=f"ratio to the best {of}", y_label="share of instances",
                  title=f"performance profile of the {of}", logarithmic=True, alt=alt)


def target_figure(times_by_name: Mapping[str, ArrayLike], *, target_text: str) -> Figure:
    """Return the figure of the distributions of times to target.

    Parameters
    ----------
    times_by_name : mapping of str to float array [runs]
        Seconds to the target of each run, infinite for never; drawn as a millisecond at least.
    target_text : str
        The target in words, as in "within 1 % of the best known value".

    Raises
    ------
    InputError
        When there are no methods, or times are negative.
    """
    curves, each = {}, []
    for name, times in times_by_name.items():
        when, share = _distribution(times, f"times_by_name[{name}]")
        curves[name] = np.maximum(when, FIRST_S), share
        half = when[np.searchsorted(share, 0.5)] if len(share) and share[-1] >= 0.5 else None
        in_time = f", half of the runs by {half:.3g} s" if half is not None else ""
        each.append(f"{name} {percent(share[-1] if len(share) else 0.0)}{in_time}")
    first = min((x[0] for x, _ in curves.values() if len(x)), default=None)
    if first is not None:  # every curve is seen to rise from 0
        curves = {name: (np.append(first / 1.5, x), np.append(0.0, y)) for name, (x, y) in curves.items()}
    alt = f"Share of runs {target_text} over seconds, logarithmic. In the end: {'; '.join(each)}."
    return shares(curves, x_label="time (s)", y_label="share of runs", title=f"runs {target_text}", logarithmic=True,
                  alt=alt)


def gap_distribution_figure(gaps_by_name: Mapping[str, ArrayLike]) -> Figure:
    """Return the figure of the distributions of gaps.

    Parameters
    ----------
    gaps_by_name : mapping of str to float array [runs]
        Gap of each run as a share, 0.01 for one percent; infinite for a run that found nothing. Drawn in percent.

    Raises
    ------
    InputError
        When there are no methods, or gaps are negative.
    """
    curves, each = {}, []
    for name, gaps in gaps_by_name.items():
        gap, share = _distribution(gaps, f"gaps_by_name[{name}]")
        curves[name] = 100 * gap, share
        closed = float(share[0]) if len(gap) and gap[0] == 0 else 0.0
        known = len(share) and share[-1] >= 0.5
        middle = f"median {percent(gap[np.searchsorted(share, 0.5)])}" if known else "no median"
        each.append(f"{name} {middle}, no gap in {percent(closed)}")
    if any(len(x) for x, _ in curves.values()):
        curves = {name: (np.append(0.0, x), np.append(0.0, y)) for name, (x, y) in curves.items()}
    return shares(curves, x_label="gap (%)", y_label="share of runs", title="runs with a gap of at most x",
                  logarithmic=True, alt=f"Share of runs over the gap that they end with. {'; '.join(each)}.")


def check_names(names: Sequence[str], methods: int) -> None:
    """Raise InputError when there are not as many names as methods, all different."""
    if len(names) != methods or len(set(names)) != methods:
        raise InputError.one("plot", "names", f"are not {methods} different ones", "give one per method")


def _distribution(values: ArrayLike, field: str) -> tuple[FloatArray, FloatArray]:
    """Return the steps of an empirical distribution, or raise InputError."""
    try:
        return reached(values)
    except ValueError:
        raise InputError.one("plot", field, "is empty, negative or no row of numbers", "give one per run") from None


def _leaders(names: Sequence[str], values: FloatArray) -> str:
    """Return who has the greatest value, as the subject of a sentence."""
    first = [name for name, value in zip(names, values, strict=True) if value == values.max()]
    if len(first) > _MOST_LEADERS:
        return f"{len(first)} of {len(names)} are equally"
    return f"{listed(first)} {'is' if len(first) == 1 else 'are'}"
