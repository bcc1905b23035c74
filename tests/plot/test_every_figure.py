"""What holds for every figure over many instances: bytes, colours, words, and nothing covered or cut off."""

import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text

from ecoopt.core.words import counted
from ecoopt.metrics import friedman, performance_profile, tally
from ecoopt.plot.critical_difference import critical_difference_figure
from ecoopt.plot.distributions import gap_distribution_figure, profile_figure, target_figure
from ecoopt.plot.gap_spread import gap_spread_figure
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.progress import progress_figure
from ecoopt.plot.save import FORMATS, figure_bytes
from ecoopt.plot.scales import plain
from ecoopt.plot.style import KINDS, PALETTE, style
from ecoopt.plot.win_matrix import win_matrix_figure
from ecoopt.plot.words import legend_columns, listed, one_line, percent

# Not traced, which takes as long as the drawing: the figures' own tests and the reports' reach what these reach.
pytestmark = pytest.mark.no_cover
SHORT = ["milp", "lns", "exact-unconstrained", "greedy", "price-directed", "pso", "lp", "ecolife", "no-keep", "oracle"]
LONG = [f"a method of a rather long name, number {k}, of many" for k in range(25)]
CASES = {"one method": SHORT[:1], "three methods": SHORT[:3], "ten methods": SHORT, "25 long names": LONG}


def draw(name, names, values):
    """Return a figure of some methods from positive values [instances, methods], infinite where one failed."""
    by_name = {each: values[:, m] for m, each in enumerate(names)}
    if name == "profile":
        return profile_figure(performance_profile(values), names)
    if name == "target":
        return target_figure(by_name, target_text="within 1 % of the best known value")
    if name == "gaps":
        return gap_distribution_figure(by_name)
    if name == "spread":
        return gap_spread_figure(by_name, dict(zip(names, 5 * list(KINDS), strict=False)))
    if name == "wins":
        return win_matrix_figure(tally(values), names)
    if name == "ranks":
        return critical_difference_figure(friedman(values), names)
    times = np.geomspace(0.01, 60, 30)
    ends = np.clip(np.where(np.isfinite(values), values, 1), 0, 1)
    return progress_figure(times, {each: np.clip(ends[:, m, None] + 1 / (1 + 9 * times), 0, 1)
                                   for m, each in enumerate(names)})


FIGURES = ["profile", "target", "gaps", "spread", "progress", "wins", "ranks"]
EVERY = [(figure, case) for figure in FIGURES for case in CASES if (figure, case) != ("ranks", "one method")]


def values(methods, failures=True, seed=0):
    rng = np.random.default_rng(seed)
    table = np.exp(rng.normal(-3, 1.5, (12, methods)) + np.linspace(0, 2, methods))
    if failures:
        table[rng.random(table.shape) < 0.05] = np.inf
    return table


def figure_of(name, case):
    return draw(name, CASES[case], values(len(CASES[case])))


# ---------------------------------------------------------------- bytes


SCRIPT = """
import hashlib, pathlib, sys
import importlib.util
spec = importlib.util.spec_from_file_location("cases", sys.argv[1])
cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cases)
for name in cases.FIGURES:
    for form in cases.FORMATS:
        print(hashlib.sha256(cases.figure_bytes(cases.figure_of(name, "three methods"), form)).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


def test_the_same_bytes_in_every_process_and_no_pyplot():
    done = subprocess.run([sys.executable, "-c", SCRIPT, __file__], capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    *there, pyplot = done.stdout.split()
    here = [hashlib.sha256(figure_bytes(figure_of(name, "three methods"), form)).hexdigest()
            for name in FIGURES for form in FORMATS]
    assert here == there
    assert pyplot == "False"


@pytest.mark.parametrize("name", FIGURES)
def test_the_users_settings_neither_change_a_figure_nor_are_changed(name):
    before = figure_bytes(figure_of(name, "three methods"), "svg")
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "font.family": "serif"}):
        mine = dict(matplotlib.rcParams)
        assert figure_bytes(figure_of(name, "three methods"), "svg") == before
        assert dict(matplotlib.rcParams) == mine


@pytest.mark.parametrize("name", FIGURES)
def test_other_content_is_another_figure(name):
    one, other = (figure_bytes(draw(name, SHORT[:3], values(3, seed=seed)), "svg") for seed in (0, 1))
    assert one != other


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_drawn_is_not_changed(name):
    table = values(3)
    given = table.copy()
    draw(name, SHORT[:3], table)
    np.testing.assert_array_equal(table, given)


# ---------------------------------------------------------------- colours and words


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_inline_figures_take_every_colour_from_the_page(name, case):
    figure = figure_of(name, case)
    text = inline_svg(figure, "a1")
    root = ET.fromstring(text)
    assert root.get("aria-label") == figure.get_label()
    used = set(re.findall(r"var\(--([\w-]+)\)", text))
    assert used
    assert used <= {shade.name for shade in PALETTE}
    assert not re.findall(r"#[0-9a-f]{6}\b", text)
    assert not list(root.iter("{http://www.w3.org/2000/svg}image"))


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_the_words_name_every_method_in_whole_sentences(name, case):
    alt = figure_of(name, case).get_label()
    assert all(each in alt for each in CASES[case])
    assert re.fullmatch(r"[A-Z].*\d.*\.", alt)


def boxes(figure):
    """Return the words of a figure with where they lie, in pixels."""
    with style():
        figure.draw_without_rendering()
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    ticks = {label for axes in figure.axes if axes.axison for axis in (axes.xaxis, axes.yaxis)
             for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()) for label in (tick.label1, tick.label2)}
    on, off = ({label for axes in figure.axes if axes.axison == wanted
                for label in (*axes.get_xticklabels(), *axes.get_yticklabels())} for wanted in (True, False))
    spans = {axis: sorted(axis.get_view_interval()) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)}
    outside = {label for axis, (low, high) in spans.items()
               for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high
               for label in (tick.label1, tick.label2)}
    return [(text.get_text(), text.get_window_extent()) for text in shown
            if (text not in ticks or text in on) and text not in off | outside]


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_no_word_is_cut_off_or_covers_another(name, case):
    figure = figure_of(name, case)
    found = boxes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    assert len(found) >= min(len(CASES[case]), 11)
    for text, box in found:
        assert box.x0 >= -0.5, text
        assert box.y0 >= -0.5, text
        assert box.x1 <= width + 0.5, text
        assert box.y1 <= height + 0.5, text
    for (one, a), (other, b) in combinations(found, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 0.5 or down <= 1.5, (one, other)


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_names_are_only_text(name):
    names = ["$\\frac{$ <b>&\n\u4e2d " + 150 * "x", "$$", "_"]
    assert ET.fromstring(inline_svg(draw(name, names, values(3)), "p"))


# ---------------------------------------------------------------- edges


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("table", [
    np.full((4, 3), np.inf), np.ones((4, 3)), np.array([[1.0, 2.0, np.inf]] * 4),
    np.full((2, 3), 1e-12), np.array([[1e-9, 1e9, 1.0]] * 2)])
def test_figures_of_nothing_solved_and_of_everything_alike_are_drawn(name, table):
    figure = draw(name, SHORT[:3], table)
    assert ET.fromstring(inline_svg(figure, "p"))
    assert figure_bytes(figure, "png")


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "ranks"])
def test_a_figure_of_one_run_of_one_method_is_drawn(name):
    assert figure_bytes(draw(name, ["a"], np.array([[0.5]])), "png")


# ---------------------------------------------------------------- small words


@pytest.mark.parametrize(("value", "text"), [
    (0.001, "0.001"), (1, "1"), (100000, "100000"), (1e6, "10⁶"), (2e6, "2·10⁶"), (1e-7, "10⁻⁷"), (0, "0")])
def test_ticks_are_plain_numbers(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(("share", "text"), [
    (0.5, "50 %"), (1, "100 %"), (1 / 3, "33.3 %"), (0.00012, "0.012 %"), (1e-12, "0 %"), (12.5, "1.25e+03 %")])
def test_shares_are_percent_in_three_digits(share, text):
    assert percent(share) == text


def test_parts_are_listed_and_counted():
    assert [listed("a"), listed("ab"), listed("abc")] == ["a", "a and b", "a, b and c"]
    assert [counted(1, "run"), counted(2, "run"), counted(0, "run")] == ["1 run", "2 runs", "0 runs"]


def test_long_names_keep_both_ends():
    assert one_line("abcdefghij", 7) == "abc…hij"
    assert one_line("abcdefghij", 8) == "abcd…hij"
    assert one_line(" a \n b ") == "a b"
    assert one_line("$x$") == r"\$x\$"


def test_a_legend_has_as_many_columns_as_fit():
    assert legend_columns(["a", "b", "c"], 4.8) == 3
    assert legend_columns(["a" * 30] * 3, 4.8) == 1
    assert legend_columns(["a" * 30] * 3, 6) == 2
    assert legend_columns(["a" * 30, "a" * 30, "b", "c"], 4.8) == 3  # the long ones share a column
    assert legend_columns(["a" * 200], 1.0) == 1
