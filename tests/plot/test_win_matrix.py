import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.metrics import tally
from ecoopt.plot.style import GRID, INK, PAPER, SERIES
from ecoopt.plot.win_matrix import win_matrix_figure

# The second beats the first on three of four instances and ties on one; the third loses to both but for one tie.
VALUES = [[2.0, 1.0, 3.0], [2.0, 1.0, 3.0], [5.0, 4.0, 5.0], [1.0, 1.0, np.inf]]


def rgb(colour):
    return np.array([int(colour[k:k + 2], 16) / 255 for k in (1, 3, 5)])


def cells(figure):
    """Return the number and the opacity in each cell, by row and column."""
    axes = figure.axes[0]
    coloured, _ = axes.collections
    places = [tuple(np.round(path.vertices[:4].mean(axis=0)).astype(int).tolist()) for path in coloured.get_paths()]
    opacity = {(y, x): colour[3] for (x, y), colour in zip(places, coloured.get_facecolor(), strict=True)}
    numbers = {(text.get_position()[1], text.get_position()[0]): text.get_text() for text in axes.texts}
    return numbers, opacity


def test_cells_say_on_what_share_the_row_beats_the_column():
    figure = win_matrix_figure(tally(VALUES), ["a", "b", "c"])
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a", "c"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["b", "a", "c"]
    numbers, opacity = cells(figure)
    assert numbers == {(0, 1): "75", (0, 2): "100", (1, 0): "0", (1, 2): "75", (2, 0): "0", (2, 1): "0"}
    for place, text in numbers.items():
        assert opacity[place] == pytest.approx(0.55 * float(text) / 100)
    assert figure.get_supxlabel() == "row beats column on % of 4 instances"


def test_cells_are_in_the_palette():
    coloured, same = win_matrix_figure(tally(VALUES), ["a", "b", "c"]).axes[0].collections
    np.testing.assert_allclose(coloured.get_facecolor()[:, :3], np.tile(rgb(SERIES[0].light), (6, 1)))
    np.testing.assert_allclose(same.get_facecolor(), np.tile([*rgb(GRID.light), 1], (1, 1)))
    assert len(same.get_paths()) == 3


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_numbers_are_legible_on_the_darkest_cell(ground):
    def luminance(parts):
        return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    opacity = max(cells(win_matrix_figure(tally(VALUES), ["a", "b", "c"]))[1].values())
    series, paper, ink = (rgb(getattr(shade, ground)) for shade in (SERIES[0], PAPER, INK))
    behind = luminance(opacity * series + (1 - opacity) * paper)
    bright, dim = sorted((behind, luminance(ink)), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_the_words_say_the_mean_share_of_wins():
    assert win_matrix_figure(tally(VALUES), ["a", "b", "c"]).get_label() == (
        "Share of 4 instances on which the method of a row beats that of a column, for 3 methods. Mean over the "
        "others: b 87.5 %; a 37.5 %; c 0 %.")


def test_a_single_method_is_compared_with_none():
    figure = win_matrix_figure(tally([[1.0]]), ["a"])
    assert len(figure.axes[0].texts) == 0
    assert figure.get_label().endswith("for 1 method. Mean over the others: a 0 %.")


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="not 3 different"):
        win_matrix_figure(tally(VALUES), ["a", "b", "a"])
