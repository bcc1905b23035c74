import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.plot.gap_spread import gap_spread_figure
from ecoopt.plot.style import INK, KINDS

GAPS = {"poor": [0.5, 0.7, 0.9], "good": [0.0, 0.01, 0.02, 0.03, 0.04, 0.5], "lost": [np.inf, np.nan],
        "fair": [0.1, np.inf, 0.2]}
KIND = {"poor": "online", "good": "exact", "lost": "baseline", "fair": "exact"}
ROWS = ["good", "fair", "poor", "lost"]


def test_rows_are_sorted_by_median_with_those_that_found_nothing_last():
    axes = gap_spread_figure(GAPS, KIND).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ROWS
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_dots_are_the_single_values_in_the_colour_of_their_kind():
    axes = gap_spread_figure(GAPS, KIND).axes[0]
    for place, (name, marks) in enumerate(zip(ROWS[:3], axes.collections, strict=True)):
        x, y = np.array(marks.get_offsets()).T
        gaps = np.array(GAPS[name])
        np.testing.assert_allclose(np.sort(x), np.sort(100 * gaps[np.isfinite(gaps)]))
        assert (np.abs(y - place) < 0.3).all()
        assert len(set(y)) == len(y)
        red, green, blue, alpha = marks.get_facecolor()[0]
        assert f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}" == KINDS[KIND[name]][0].light
        assert alpha < 1


def test_boxes_are_quartiles_medians_and_whiskers_of_tukey():
    axes = gap_spread_figure({"good": GAPS["good"]}, {}).axes[0]
    box = axes.patches[0]
    # Of 0, 1, 2, 3, 4 and 50 %: quartiles at 1.25 and 3.75, and 50 lies beyond 3.75 + 1.5 * 2.5.
    assert (box.get_x(), box.get_x() + box.get_width()) == pytest.approx((1.25, 3.75))
    lines = [line.get_xdata() for line in axes.lines]
    np.testing.assert_allclose(lines, [[0, 1.25], [3.75, 4], [2.5, 2.5]])


def test_runs_that_found_nothing_are_counted_beside_the_box():
    figure = gap_spread_figure(GAPS, KIND)
    axes = figure.axes[0]
    assert {text.xy[1]: text.get_text() for text in axes.texts} == {1: "1 found nothing", 3: "2 found nothing"}
    figure.draw_without_rendering()
    assert all(text.get_window_extent().x0 >= axes.get_window_extent().x1 for text in axes.texts)


def test_the_axis_shows_0_and_every_dot():
    axes = gap_spread_figure(GAPS, KIND).axes[0]
    assert (axes.get_xscale(), axes.get_xlabel()) == ("symlog", "gap (%)")
    assert axes.get_xlim()[0] < 0 < 90 < axes.get_xlim()[1]
    assert 0 in axes.get_xticks()


def test_the_legend_names_the_kinds_there_are():
    figure = gap_spread_figure(GAPS, KIND | {"poor": "quantum"})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["exact", "baseline", "quantum"]
    marks = figure.axes[0].collections[2]
    assert marks.get_facecolor()[0, :3] == pytest.approx([int(INK.light[k:k + 2], 16) / 255 for k in (1, 3, 5)])


def test_the_words_say_median_and_quartiles():
    assert gap_spread_figure(GAPS, KIND).get_label() == (
        "Gaps of 4 methods, by rising median. Median and quartiles: good 2.5 % (1.25 % to 3.75 %); fair 15 % (12.5 % "
        "to 17.5 %), 1 found nothing; poor 70 % (60 % to 80 %); lost no gap at all, 2 found nothing.")


@pytest.mark.parametrize(("gaps", "field"), [
    ({}, "gaps_by_name"), ({"a": []}, "gaps_by_name[a]"), ({"a": [-0.1]}, "gaps_by_name[a]"),
    ({"a": [[0.1]]}, "gaps_by_name[a]")])
def test_what_are_no_gaps_is_refused(gaps, field):
    with pytest.raises(InputError) as caught:
        gap_spread_figure(gaps, {})
    assert [problem.field for problem in caught.value.problems] == [field]
