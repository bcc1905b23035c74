from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.core.errors import InputError
from ecoopt.metrics import friedman
from ecoopt.plot.critical_difference import bar_levels, critical_difference_figure
from ecoopt.plot.style import INK

HALF = settings(max_examples=settings().max_examples // 2)
"""Of the profile's examples: every one draws a figure."""
FEW = st.tuples(st.integers(2, 12), st.integers(3, 25)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(1, 12).map(float)))


@st.composite
def many(draw):
    """Methods that differ in skill on many instances, so that there are several groups."""
    instances, methods = draw(st.integers(20, 80)), draw(st.integers(3, 25))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.normal(size=(instances, methods)) + np.linspace(0, draw(st.floats(0.5, 4)), methods)


TABLES = FEW | many()


def read(figure, methods):
    """Return the axis as a function from inches to ranks, elbows by name and the ends of the bars, from the lines."""
    axes = figure.axes[0]
    lines = [np.array(line.get_data()) for line in axes.lines]
    ticks = [text for text in axes.texts if text.get_text().isdigit()]
    (a, x0), (b, x1) = [(float(text.get_text()), text.get_position()[0]) for text in (ticks[0], ticks[-1])]

    def rank(x):
        return a + (x - x0) / (x1 - x0) * (b - a)

    elbows = [line for line in lines if line.shape == (2, 3)]
    names = [text for text in axes.texts if "  " in text.get_text()]
    assert len(elbows) == len(names) == methods
    by_name = {}
    for line, text in zip(elbows, names, strict=True):
        one, other = text.get_text().split("  ")
        left = text.get_ha() == "right"
        name, written = (one, other) if left else (other, one)
        assert line[1, 2] == text.get_position()[1]
        assert (line[0, 2] > text.get_position()[0]) == left
        by_name[name] = rank(line[0, 0]), float(written), line
    bars = [np.array(line.get_data()) for line in axes.lines if line.get_linewidth() > 3]
    return rank, by_name, bars, x1 > x0 and (x1 - x0) / (b - a)


@given(TABLES)
@HALF
def test_every_method_hangs_from_its_mean_rank_and_every_group_has_its_bar(values):
    found = friedman(values)
    names = [f"m{k}" for k in range(values.shape[1])]
    figure = critical_difference_figure(found, names)
    rank, elbows, bars, per_rank = read(figure, len(names))
    for name, mean in zip(names, found.mean_ranks, strict=True):
        at, written, _ = elbows[name]
        assert at == pytest.approx(mean, abs=1e-9)
        assert written == pytest.approx(mean, abs=0.0051)
    ends = sorted((rank(bar[0, 0] + 0.03), rank(bar[0, 1] - 0.03)) for bar in bars)
    wanted = sorted((found.mean_ranks[group[0]], found.mean_ranks[group[-1]]) for group in found.groups)
    np.testing.assert_allclose(np.reshape(ends, (-1, 2)), np.reshape(wanted, (-1, 2)), atol=1e-9)
    scale = next(line for line in figure.axes[0].lines if line.get_color() == INK.light)
    assert np.ptp(scale.get_xdata()) == pytest.approx(found.critical_difference * per_rank)


@given(TABLES)
@HALF
def test_no_two_elbows_cross(values):
    methods = values.shape[1]
    figure = critical_difference_figure(friedman(values), [f"m{k}" for k in range(methods)])
    _, elbows, _, _ = read(figure, methods)
    for side in (-1, 1):
        # From the outermost to the middle each elbow reaches lower, so that none crosses one further out.
        own = [line for *_, line in elbows.values() if np.sign(line[0, 2] - line[0, 0]) == side]
        own.sort(key=lambda line: line[1, 2])
        for outer, inner in pairwise(own):
            assert side * outer[0, 0] >= side * inner[0, 0]
            assert inner[1, 2] - outer[1, 2] == pytest.approx(0.19)
    left = [line[0, 0] for *_, line in elbows.values() if line[0, 2] < line[0, 0]]
    right = [line[0, 0] for *_, line in elbows.values() if line[0, 2] > line[0, 0]]
    assert max(left) <= min(right)
    assert 0 <= len(left) - len(right) <= 1


@given(TABLES)
def test_bars_of_one_level_do_not_touch(values):
    bars = bar_levels(friedman(values))
    for level in {level for *_, level in bars}:
        own = sorted((low, high) for low, high, other in bars if other == level)
        assert all(one[1] < other[0] for one, other in pairwise(own))
    levels = {level for *_, level in bars}
    assert levels == set(range(len(levels)))


@pytest.mark.parametrize("methods", [3, 10, 25])
def test_numbers_of_ranks_keep_apart(methods):
    figure = critical_difference_figure(friedman([np.arange(methods)] * 50), [f"m{k}" for k in range(methods)])
    ticks = [text.get_position()[0] for text in figure.axes[0].texts if text.get_text().isdigit()]
    assert len(ticks) >= 3
    assert np.diff(ticks).min() >= 0.24


def test_the_words_say_ranks_and_groups():
    found = friedman([[1, 2, 3]] * 8 + [[3, 2, 1]] * 2)
    assert critical_difference_figure(found, ["a", "b", "c"]).get_label() == (
        f"Mean ranks of 3 methods, from best to worst: a 1.40; b 2.00; c 2.60. Friedman's p is {found.p_value:.2g}; "
        "ranks 1.05 apart differ significantly. Not told apart: a and b; b and c.")


def test_the_words_say_that_all_differ():
    figure = critical_difference_figure(friedman([[1, 2, 3]] * 50), ["a", "b", "c"])
    assert figure.get_label().endswith("All are told apart.")


def test_a_critical_difference_longer_than_the_axis_is_within_the_figure():
    found = friedman([[1, 2, 3], [3, 2, 1]])
    assert found.critical_difference > 2
    axes = critical_difference_figure(found, ["a", "b", "c"]).axes[0]
    scale = next(line.get_xdata() for line in axes.lines if line.get_color() == INK.light)
    assert scale[1] <= axes.get_xlim()[1] - scale[0] + 1e-9
    assert [text.get_text() for text in axes.texts if text.get_text().isdigit()] == ["1", "2", "3"]


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="not 3 different"):
        critical_difference_figure(friedman([[1, 2, 3]] * 2), ["a", "b"])
