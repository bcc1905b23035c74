import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.plot.progress import progress_figure
from ecoopt.plot.style import OTHERS, SERIES

TIMES = np.array([0.1, 1.0, 10.0, 100.0])
GAPS = {"a": np.array([[1, 0.3, 0.02, 0], [1, 0.5, 0.04, 0.01], [1, 1, 0.9, 0.2]]), "b": np.array([[1, 1, 0.5, 0.5]])}


def corners(band):
    """Return the distinct x and y of a band's outline."""
    outline = band.get_paths()[0].vertices
    return set(outline[:, 0].tolist()), set(np.round(outline[:, 1], 9).tolist())


def test_lines_are_medians_and_bands_reach_from_quartile_to_quartile_in_percent():
    axes = progress_figure(TIMES, GAPS).axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(lines["a"].get_data(), [TIMES, [100, 50, 4, 1]])
    np.testing.assert_allclose(lines["b"].get_data(), [TIMES, [100, 100, 50, 50]])
    assert {line.get_drawstyle() for line in lines.values()} == {"steps-post"}
    # Of three values the quartiles lie half-way to the middle one.
    x, y = corners(axes.collections[0])
    assert x == set(TIMES.tolist())
    assert y == {100, 40, 75, 3, 47, 0.5, 10.5}
    assert [band.get_facecolor()[0, 3] < 0.5 for band in axes.collections] == [True, True]
    assert axes.get_title(loc="left") == "median and quartiles of 1 to 3 runs"


def test_axes_are_logarithmic_in_time_and_in_gap_down_to_0():
    axes = progress_figure(TIMES, GAPS).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "symlog")
    assert axes.get_xlim() == (0.1, 100)
    assert axes.get_ylim()[0] < 0 < 100 < axes.get_ylim()[1]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "primal gap (%)")


@pytest.mark.parametrize(("least", "linear_below"), [(0.3, 10), (0.03, 1), (0.002, 0.1), (1e-9, 0.01), (0.0, 10)])
def test_the_linear_part_ends_at_the_decade_of_the_least_gap_that_matters(least, linear_below):
    axes = progress_figure([1.0, 2.0], {"a": [[1, least]]}).axes[0]
    assert axes.yaxis.get_transform().linthresh == pytest.approx(linear_below if least else 10)


def test_the_words_say_where_each_method_ends():
    assert progress_figure(TIMES, GAPS).get_label() == (
        "Primal gap over seconds, median and quartiles of 1 to 3 runs. After 100 s: a 1 % (0.5 % to 10.5 %); "
        "b 50 % (50 % to 50 %).")


def test_seconds_that_a_logarithmic_axis_cannot_show_are_left_out():
    axes = progress_figure([0.0, 1.0, 2.0], {"a": [[1, 0.5, 0.25]]}).axes[0]
    np.testing.assert_allclose(axes.lines[0].get_data(), [[1, 2], [50, 25]])


def test_a_single_second_is_a_line_that_is_seen():
    axes = progress_figure([2.0], {"a": [[0.5], [0.7]]}).axes[0]
    np.testing.assert_allclose(axes.lines[0].get_data(), [[2, 20], [60, 60]])
    assert "After 2 s" in axes.figure.get_label()


def test_methods_beyond_ten_have_a_line_and_no_band():
    axes = progress_figure(TIMES, {f"m{k}": GAPS["a"] for k in range(12)}).axes[0]
    assert [line.get_color() for line in axes.lines] == [shade.light for shade in SERIES] + [OTHERS.light] * 2
    assert len(axes.collections) == 10


@pytest.mark.parametrize(("times", "gaps", "field"), [
    ([2.0, 1.0], {"a": [[1, 1]]}, "times_s"), ([1.0, np.nan], {"a": [[1, 1]]}, "times_s"),
    ([0.0], {"a": [[1]]}, "times_s"), ([1.0], {}, "gaps_by_name"), ([1.0], {"a": [1]}, "gaps_by_name[a]"),
    ([1.0], {"a": [[1, 1]]}, "gaps_by_name[a]"), ([1.0], {"a": [[1.5]]}, "gaps_by_name[a]"),
    ([1.0], {"a": [[-0.1]]}, "gaps_by_name[a]"), ([1.0], {"a": [[np.nan]]}, "gaps_by_name[a]"),
    ([1.0], {"a": np.zeros((0, 1))}, "gaps_by_name[a]")])
def test_what_is_no_progress_is_refused(times, gaps, field):
    with pytest.raises(InputError) as caught:
        progress_figure(times, gaps)
    assert [problem.field for problem in caught.value.problems] == [field]
