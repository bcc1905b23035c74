"""Labels: a name beside each point of a scatter, placed where it covers neither points nor other names."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ecoopt.core.arrays import FloatArray
from ecoopt.plot.style import MUTED

_RADII_PT = (6, 10, 15, 21, 29, 39, 51, 65)
_ANGLES = np.deg2rad([0, 180, 35, -35, 145, -145, 65, -65, 115, -115, 90, -90])
_MARKER_PT = 4.0


def place_labels(axes: Axes, points: FloatArray, names: Sequence[str], line: FloatArray | None = None) -> list[Text]:
    """Label points in order; a name that must stand off is joined to its point by a stroke.

    The layout of the figure is settled first and then frozen. O(N^2) for N points.

    Parameters
    ----------
    axes : Axes
        Limits and scales as they will stay.
    points : float array [N, 2]
        In the axes' units.
    names : sequence of str [N]
        An empty one labels nothing.
    line : float array [M, 2], optional
        Corners of a line of horizontal and vertical strokes that names keep off.
    """
    figure = axes.figure
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.set_layout_engine("none")
    pixel = figure.dpi / 72
    at = axes.transData.transform(points)
    inside = axes.get_window_extent()
    taken = [Bbox.from_bounds(x - _MARKER_PT * pixel, y - _MARKER_PT * pixel, 2 * _MARKER_PT * pixel,
                              2 * _MARKER_PT * pixel) for x, y in at]
    if line is not None:
        corners = axes.transData.transform(line)
        taken += [Bbox.from_extents(*(np.minimum(a, b) - pixel), *(np.maximum(a, b) + pixel))
                  for a, b in pairwise(corners)]
    return [_place(axes, renderer, point, spot, name, inside, taken)
            for point, spot, name in zip(points, at, names, strict=True) if name]


def _place(axes: Axes, renderer: RendererAgg, point: FloatArray, spot: FloatArray, name: str, inside: Bbox,
           taken: list[Bbox]) -> Text:
    """Put one name at the free place nearest to its point, the least covered one where none is free."""
    pixel = renderer.dpi / 72
    text = axes.annotate(name, tuple(point), xytext=(0, 0), textcoords="offset points", ha="center", va="center",
                         arrowprops={"arrowstyle": "-", "color": MUTED.light, "linewidth": 0.5, "shrinkA": 0,
                                     "shrinkB": 3, "relpos": (0.5, 0.5)}, fontsize=7.5)
    size = Text.get_window_extent(text, renderer)
    half = np.array([size.width, size.height]) / 2
    best, least = (0.0, 0.0), np.inf
    for radius in _RADII_PT:
        for angle in _ANGLES:
            way = np.array([np.cos(angle), np.sin(angle)])
            offset = way * radius * pixel + half * np.clip(way / 0.7, -1, 1)
            box = Bbox.from_extents(*(spot + offset - half - 1), *(spot + offset + half + 1))
            cover = sum(_overlap(box, other) for other in taken) + 10 * (box.width * box.height - _overlap(box, inside))
            if cover < least - 1e-9:
                best, least = (float(offset[0] / pixel), float(offset[1] / pixel)), cover
        if least < 1e-6:
            break
    text.set_position(best)
    text.set_multialignment("left" if best[0] > 2 else "right" if best[0] < -2 else "center")
    centre = spot + np.array(best) * pixel
    taken.append(Bbox.from_extents(*(centre - half - 1), *(centre + half + 1)))
    near = np.hypot(*np.maximum(np.abs(centre - spot) - half, 0)) <= 12 * pixel
    if near and text.arrow_patch is not None:
        text.arrow_patch.set_visible(False)
    return text


def _overlap(one: Bbox, other: Bbox) -> float:
    """Return the area that two boxes share."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return float(max(width, 0.0) * max(height, 0.0))
