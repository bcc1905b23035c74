"""Curves of shares: what is read back from the axes is what was given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.metrics import pairwise_profile, performance_profile, reached
from ecoopt.plot.distributions import gap_distribution_figure, profile_figure, target_figure
from ecoopt.plot.shares import shares
from ecoopt.plot.style import OTHERS, SERIES

INF = np.inf


def drawn(figure):
    """Return each line's name and points."""
    return {line.get_label(): np.array(line.get_data()) for line in figure.axes[0].lines}


def read(line, x):
    """Return the height of a drawn step line at some x, right-continuous."""
    return line[1][np.searchsorted(line[0], x, side="right") - 1]


def plain(curves, logarithmic=True):
    return shares(curves, x_label="x", y_label="y", title="t", logarithmic=logarithmic, alt="A.")


POINTS = st.tuples(st.floats(0.01, 1e4), st.floats(0, 1))
CURVES = st.dictionaries(
    st.sampled_from("abcde"), st.lists(POINTS, max_size=6, unique_by=lambda point: point[0]).map(sorted), min_size=1)


@given(CURVES, st.booleans())
def test_a_curve_has_the_given_share_from_each_x_on_and_none_before(points, logarithmic):
    curves = {name: ([x for x, _ in some], [y for _, y in some]) for name, some in points.items()}
    figure = plain(curves, logarithmic)
    left, right = figure.axes[0].get_xlim()
    for name, some in points.items():
        line = drawn(figure)[name]
        assert (line[0][0], line[0][-1]) == (left, right)
        for x, y in some:
            assert read(line, x) == y
        for k, (x, _) in enumerate(some):
            if x > left:
                assert read(line, np.nextafter(x, 0)) == (some[k - 1][1] if k else 0)
        assert line[1][-1] == (some[-1][1] if some else 0)


def test_all_that_is_given_is_within_the_axes():
    axes = plain({"a": ([0.5, 800.0], [0.0, 1.0])}).axes[0]
    assert axes.get_xlim()[0] == 0.5
    assert axes.get_xlim()[1] > 800
    assert axes.get_ylim()[0] < 0 < 1 < axes.get_ylim()[1]
    assert all(line.get_drawstyle() == "steps-post" for line in axes.lines)


@pytest.mark.parametrize(("x", "logarithmic", "scale"), [
    ([1.0, 9.0], True, "log"), ([0.0, 9.0], True, "symlog"), ([0.0, 9.0], False, "linear"), ([], True, "log"),
    ([], False, "linear"), ([3.0], True, "log"), ([3.0], False, "linear"), ([0.0], True, "symlog")])
def test_the_scale_is_logarithmic_where_asked_for_and_shows_0_where_there_is_one(x, logarithmic, scale):
    axes = plain({"a": (x, np.linspace(0.5, 1, len(x)))}, logarithmic).axes[0]
    assert axes.get_xscale() == scale
    low, high = axes.get_xlim()
    assert low < high
    assert all(low <= value <= high for value in x)


def test_the_first_ten_have_a_colour_each_and_lie_above_the_others():
    figure = plain({f"m{k}": ([1.0], [k / 20]) for k in range(14)})
    lines = figure.axes[0].lines
    assert [line.get_color() for line in lines] == [shade.light for shade in SERIES] + [OTHERS.light] * 4
    assert min(line.get_zorder() for line in lines[:10]) > max(line.get_zorder() for line in lines[10:])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [f"m{k}" for k in range(10)] + ["4 others"]


def test_a_long_legend_does_not_squeeze_the_axes():
    def height_in(methods):
        figure = plain({f"a method of a long name, {k}": ([1.0], [0.5]) for k in range(methods)})
        figure.draw_without_rendering()
        return figure.axes[0].get_position().height * figure.get_figheight()

    assert height_in(10) == pytest.approx(height_in(1), abs=0.05)
    assert height_in(1) > 2.5


def test_a_single_one_beyond_ten_keeps_its_name():
    figure = plain({f"m{k}": ([1.0], [0.5]) for k in range(11)})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [f"m{k}" for k in range(11)]


@pytest.mark.parametrize("wrong", [
    ([1.0, 2.0], [0.5]), ([2.0, 1.0], [0.1, 0.2]), ([1.0], [1.5]), ([1.0], [-0.1]), ([INF], [0.5]), ([1.0], [np.nan]),
    ([[1.0]], [[0.5]])])
def test_curves_that_are_none_are_refused_by_name(wrong):
    with pytest.raises(InputError) as caught:
        plain({"good": ([1.0], [0.5]), "bad": wrong, "worse": wrong})
    assert [problem.field for problem in caught.value.problems] == ["curves[bad]", "curves[worse]"]


def test_no_curves_are_refused():
    with pytest.raises(InputError, match="there are none"):
        plain({})


# ---------------------------------------------------------------- profiles


COSTS = np.array([[1.0, 2.0, 8.0], [4.0, 2.0, 8.0], [INF, 3.0, 3.0], [np.nan, INF, INF]])


def test_a_profile_is_drawn_from_ratio_one_with_its_shares():
    profile = performance_profile(COSTS)
    figure = profile_figure(profile, ["a", "b", "c"], of="mean gap")
    axes = figure.axes[0]
    assert axes.get_xlim()[0] == 1
    assert [drawn(figure)[name][1][0] for name in "abc"] == profile.at(1).tolist()
    for ratio in (1.0, 1.9, 2.0, 4.0, 8.0):
        assert [read(drawn(figure)[name], ratio) for name in "abc"] == profile.at(ratio).tolist()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("ratio to the best mean gap", "share of instances")
    assert axes.get_title(loc="left") == "performance profile of the mean gap"


def test_the_words_of_a_profile_say_who_leads():
    alt = profile_figure(performance_profile(COSTS), ["a", "b", "c"]).get_label()
    assert alt == (
        "Performance profile of the time to target: share of instances over the ratio to the best of 3 methods, "
        "logarithmic. b is most often the best, b and c are ahead in the end. a is best on 25 % and solves 50 %; b is "
        "best on 50 % and solves 75 %; c is best on 25 % and solves 75 %.")


def test_many_leaders_are_counted():
    profile = performance_profile(np.ones((2, 5)))
    assert "5 of 5 are equally most often the best" in profile_figure(profile, list("abcde")).get_label()


def test_a_pair_is_a_profile_of_two():
    figure = profile_figure(pairwise_profile(COSTS, 0, 2), ["a", "c"])
    assert read(drawn(figure)["a"], 1) == 2 / 4
    assert read(drawn(figure)["c"], 1) == 1 / 4


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "b"], ["a", "b", "c", "d"]])
def test_names_that_do_not_fit_are_refused(names):
    with pytest.raises(InputError, match="not 3 different"):
        profile_figure(performance_profile(COSTS), names)


# ---------------------------------------------------------------- times and gaps


TIMES = {"fast": [0.5, 2.0, 1.0, 2.0], "slow": [30.0, INF, INF, np.nan], "never": [INF]}


def test_times_to_target_are_drawn_as_their_distribution():
    figure = target_figure(TIMES, target_text="within 1 % of the best")
    lines = drawn(figure)
    for name, sample in TIMES.items():
        for time, share in zip(*reached(sample), strict=True):
            assert read(lines[name], time) == share
            assert read(lines[name], time * 0.999) < share
        assert lines[name][1][0] == 0
    assert lines["never"][1].max() == 0
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "share of runs")
    assert axes.get_title(loc="left") == "runs within 1 % of the best"


def test_the_words_of_times_say_how_many_arrive_and_when_half_have():
    assert target_figure(TIMES, target_text="within 1 % of the best").get_label() == (
        "Share of runs within 1 % of the best over seconds, logarithmic. In the end: fast 100 %, half of the runs by "
        "1 s; slow 25 %; never 0 %.")


def test_times_below_a_millisecond_are_drawn_at_one():
    line = drawn(target_figure({"a": [0.0, 1e-7, 5.0]}, target_text="there"))["a"]
    assert read(line, 1e-3) == 2 / 3
    assert read(line, 0.999e-3) == 0


def test_gaps_are_drawn_in_percent_with_0_on_the_axis():
    sample = [0.0, 0.0, 0.02, INF]
    figure = gap_distribution_figure({"a": sample, "b": [0.5, 0.7]})
    axes, line = figure.axes[0], drawn(figure)["a"]
    assert (axes.get_xscale(), axes.get_xlabel()) == ("symlog", "gap (%)")
    assert axes.get_xlim()[0] < 0
    assert [read(line, x) for x in (-1e-9, 0, 1.99, 2, 60)] == [0, 0.5, 0.5, 0.75, 0.75]
    assert figure.get_label() == ("Share of runs over the gap that they end with. a median 0 %, no gap in 50 %; "
                                  "b median 50 %, no gap in 0 %.")


def test_an_axis_of_gaps_has_0_though_none_is_closed():
    axes = gap_distribution_figure({"a": [0.01, 0.5]}).axes[0]
    assert 0 in axes.get_xticks()
    assert axes.get_xlim()[0] < 0 < 50 < axes.get_xlim()[1]


def test_a_median_that_was_not_reached_is_none():
    assert "a no median, no gap in 33.3 %" in gap_distribution_figure({"a": [0.0, INF, INF]}).get_label()


@pytest.mark.parametrize("sample", [[], [-0.1], [[0.1]]])
def test_samples_that_are_none_are_refused_by_name(sample):
    with pytest.raises(InputError, match=r"gaps_by_name\[b\]"):
        gap_distribution_figure({"a": [0.1], "b": sample})
    with pytest.raises(InputError, match=r"times_by_name\[b\]"):
        target_figure({"a": [0.1], "b": sample}, target_text="there")


def test_nothing_to_draw_is_refused():
    for figure in (lambda: gap_distribution_figure({}), lambda: target_figure({}, target_text="there")):
        with pytest.raises(InputError, match="there are none"):
            figure()
