"""Layouts of MIG GPUs as rows of coloured blocks, for every family that cuts GPUs."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch, Rectangle

from ecoopt.plot.style import GRID, INK, MUTED, PAPER, Shade

_GAP = 0.06


@dataclass(frozen=True)
class Piece:
    """An instance in a row.

    Parameters
    ----------
    start, size : int
        First memory slice and number of memory slices.
    shade : Shade
        Its colour.
    text : str
        What stands in it; empty for nothing.
    """

    start: int
    size: int
    shade: Shade
    text: str = ""


@dataclass(frozen=True)
class Row:
    """A GPU, or several that are cut alike.

    Parameters
    ----------
    label : str
        What stands left of it.
    memory_slices : int
        Memory slices of the GPU.
    pieces : sequence of Piece
        Its instances.
    """

    label: str
    memory_slices: int
    pieces: Sequence[Piece]


def draw_layouts(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw rows from top to bottom, a column for each memory slice; what no instance covers stays pale."""
    widest = max((row.memory_slices for row in rows), default=1)
    for y, row in enumerate(rows):
        axes.add_patch(Rectangle((0, y + _GAP), row.memory_slices, 1 - 2 * _GAP, facecolor=GRID.light, alpha=0.45,
                                 linewidth=0))
        for piece in row.pieces:
            axes.add_patch(Rectangle(
                (piece.start + _GAP, y + _GAP), piece.size - 2 * _GAP, 1 - 2 * _GAP, facecolor=piece.shade.light,
                edgecolor=PAPER.light, linewidth=0.4))
            if piece.text:
                axes.text(piece.start + piece.size / 2, y + 0.5, piece.text, ha="center", va="center", fontsize=6.5,
                          color=_ink(piece.shade), clip_on=True)
    axes.set_xlim(0, widest)
    axes.set_ylim(max(len(rows), 1), 0)
    axes.set_xticks([slice_ + 0.5 for slice_ in range(widest)], [str(slice_) for slice_ in range(widest)])
    axes.set_yticks([y + 0.5 for y in range(len(rows))], [row.label for row in rows])
    axes.tick_params(length=0, labelcolor=MUTED.light)
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("memory slice")


def legend_patches(entries: Sequence[tuple[str, Shade]]) -> list[Patch]:
    """Return a patch with a label for each name and colour."""
    return [Patch(facecolor=shade.light, label=name) for name, shade in entries]


def _ink(shade: Shade) -> str:
    """Return the colour of text that is read on a shade."""
    red, green, blue = to_rgb(shade.light)
    return INK.light if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else PAPER.light
