"""Style: one look for every picture, in colours that survive colour blindness and turn dark with the page."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure


class Shade(NamedTuple):
    """A colour: its name in style sheets, on light ground and on dark ground."""

    name: str
    light: str
    dark: str


INK = Shade("ink", "#1b1f24", "#e8ebef")
MUTED = Shade("muted", "#59626e", "#a3adba")
GRID = Shade("grid", "#dde1e6", "#39424d")
PAPER = Shade("paper", "#ffffff", "#14181d")

SERIES = (
    Shade("series-0", "#332288", "#8163f6"), Shade("series-1", "#88ccee", "#3570ae"),
    Shade("series-2", "#117733", "#38cf71"), Shade("series-3", "#ddcc77", "#e2dd63"),
    Shade("series-4", "#cc6677", "#d47e8c"), Shade("series-5", "#999933", "#908f28"),
    Shade("series-6", "#882255", "#94496c"), Shade("series-7", "#44aa99", "#56c7b4"),
    Shade("series-8", "#aa4499", "#e094e0"), Shade("series-9", "#661100", "#a4553f"))
"""Ten hues: on light ground Paul Tol's muted scheme (technical note SRON/EPS/TN/09-002) and its dark red; on dark
ground shifted so that any two differ as clearly, for red- and green-blind eyes too."""

OTHERS = Shade("others", "#bcc2ca", "#6b7480")

KINDS = {
    "exact": (Shade("kind-exact", "#0072b2", "#4aa8e0"), "o"),
    "bound": (Shade("kind-bound", "#7b3294", "#b98be0"), "D"),
    "heuristic": (Shade("kind-heuristic", "#007d5c", "#2fbf95"), "s"),
    "online": (Shade("kind-online", "#d55e00", "#f08a3c"), "^"),
    "baseline": (Shade("kind-baseline", "#6d7680", "#99a3af"), "X")}
"""Colour and marker of each kind of method, so that neither has to be told from the other alone (Okabe and Ito)."""

PALETTE: tuple[Shade, ...] = (INK, MUTED, GRID, PAPER, OTHERS, *SERIES, *(shade for shade, _ in KINDS.values()))

_LOOK: dict[str, Any] = {
    "font.family": ["DejaVu Sans"], "font.size": 8.5, "axes.titlesize": 8.5, "axes.labelsize": 8.5,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.fontsize": 8, "figure.titlesize": 9.5,
    "text.color": INK.light, "axes.labelcolor": INK.light, "axes.titlecolor": INK.light,
    "axes.edgecolor": MUTED.light, "xtick.color": MUTED.light, "ytick.color": MUTED.light,
    "xtick.labelcolor": INK.light, "ytick.labelcolor": INK.light,
    "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4, "xtick.major.size": 3, "ytick.major.size": 3, "xtick.minor.size": 1.8,
    "ytick.minor.size": 1.8, "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
    "axes.grid": True, "axes.axisbelow": True, "grid.color": GRID.light, "grid.linewidth": 0.6,
    "figure.facecolor": PAPER.light, "axes.facecolor": PAPER.light, "savefig.facecolor": PAPER.light,
    "legend.frameon": False, "legend.handlelength": 1.4, "legend.columnspacing": 1.4, "lines.linewidth": 1.3,
    "figure.dpi": 100, "savefig.dpi": 200, "svg.hashsalt": "ecoopt", "date.converter": "concise"}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the one look within the block, whatever the user's settings are; they are back afterwards."""
    with matplotlib.style.context(["default", _LOOK]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from font")  # a name in a script the font lacks
        yield


def new_figure(width_in: float, height_in: float, alt: str) -> Figure:
    """Return an empty figure; its label is its text for readers who cannot see it.

    Parameters
    ----------
    width_in, height_in : float
        Size in inches.
    alt : str
        What the picture shows, in a sentence or two.
    """
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    figure.set_label(alt)
    return figure


def legend_below(figure: Figure, axes: Axes, columns: int) -> None:
    """Put the legend of `axes` below the figure, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=max(1, min(columns, len(handles))))
