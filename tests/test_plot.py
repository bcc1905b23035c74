"""Pictures: they show what the referee counts, the same bytes every time, in colours that all can tell apart."""

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
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.outcome import TracePoint
from ecoopt.core.result import Result
from ecoopt.core.score import Score, Term, Violation
from ecoopt.core.status import Status, Termination
from ecoopt.evaluate.keepalive.replay import replay
from ecoopt.plot import figures, painter
from ecoopt.plot.anytime import anytime
from ecoopt.plot.inline import inline_svg, style_variables
from ecoopt.plot.keepalive import _fullest
from ecoopt.plot.keepalive_memory import memory_bands
from ecoopt.plot.labels import place_labels
from ecoopt.plot.save import FORMATS, figure_bytes, save_figure
from ecoopt.plot.style import INK, KINDS, MUTED, PALETTE, PAPER, SERIES, new_figure, style
from ecoopt.plot.tradeoff import pareto, tradeoff
from ecoopt.testing.keepalive import keepalive_instances, keepalive_schedules


@pytest.fixture(scope="module")
def case():
    instance = ecoopt.generate("keepalive", functions=30, hours=2, seed=3, heavy_share=0.0)
    return instance, ecoopt.solve(instance, "greedy").schedule


def result(method, kind, x, y, *, objective=None, trace=(), violations=(), seed=0):
    value = x + y if objective is None else objective
    score = Score(objective=value, terms={"time_s": Term(value=x, unit="s"), "carbon_g": Term(value=y, unit="g")},
                  violations=violations)
    return Result(family="keepalive", method=method, kind=kind, instance_name="i", instance_digest="d", seed=seed,
                  status=Status.FEASIBLE, termination=Termination.STALLED, objective=None if violations else value,
                  score=score, wall_s=1.0, trace=tuple(
                      TracePoint(seconds=s, iteration=k, incumbent=i, bound=b) for k, (s, i, b) in enumerate(trace)))


# What the bands show


@given(st.data())
def test_bands_add_up_to_the_memory_that_the_referee_counts(data):
    instance = data.draw(keepalive_instances())
    schedule = data.draw(keepalive_schedules(instance))
    bands = memory_bands(instance, schedule, most=data.draw(st.integers(2, 4)))
    counted = replay(instance, schedule).memory_gb
    assert bands.memory_gb.shape == (len(bands.names), *counted.shape)
    np.testing.assert_allclose(bands.memory_gb.sum(axis=0), counted, rtol=1e-9, atol=1e-9 * max(1, counted.max()))
    assert (bands.memory_gb >= 0).all()


def test_each_function_has_a_band_where_there_are_few(case):
    instance = ecoopt.generate("keepalive", functions=6, hours=3, seed=1, heavy_share=0.5)
    bands = memory_bands(instance, ecoopt.solve(instance, "greedy").schedule)
    assert bands.by == "function"
    assert len(bands.names) >= 3
    assert bands.names == tuple(f"{instance.profiles.names[instance.function_profile[f]]} #{f}" for f in bands.places)


def test_the_largest_keep_their_bands_and_the_rest_is_gathered():
    instance = ecoopt.generate("keepalive", functions=40, hours=3, seed=1, own_profiles=True)
    schedule = ecoopt.solve(instance, "greedy").schedule
    every, few = memory_bands(instance, schedule, most=1000), memory_bands(instance, schedule, most=5)
    size = every.memory_gb.sum(axis=(1, 2))
    assert len(size) > 10
    assert len(few.names) == 5
    assert few.names[-1] == f"{len(size) - 4} others"
    assert set(few.places[:-1]) == set(every.places[np.argsort(-size)[:4]])
    np.testing.assert_allclose(few.memory_gb.sum(axis=0), every.memory_gb.sum(axis=0), atol=1e-9)


@given(minutes=st.integers(1, 500), width=st.integers(1, 60), seed=st.integers(0, 99))
def test_columns_of_many_minutes_keep_the_height_of_peaks(minutes, width, seed):
    bands = np.random.default_rng(seed).uniform(0, 1, (3, minutes))
    shown = _fullest(bands, bands.sum(axis=0), width).sum(axis=0)
    starts = np.arange(0, minutes, width)
    np.testing.assert_allclose(shown, np.maximum.reduceat(bands.sum(axis=0), starts))


def test_the_picture_says_in_words_what_it_shows(case):
    instance, schedule = case
    alt = figures(instance, schedule)["memory"].get_label()
    peaks = replay(instance, schedule).memory_gb.max(axis=1)
    for box, pool, peak in zip(instance.generations, instance.pool_memory_gb, peaks, strict=True):
        assert re.search(rf"{box.name} holds .* and {peak:.3g} GB at most of {pool:.3g} GB", alt)


def test_a_panel_per_generation_over_the_intensity_with_pool_units_and_legend(case):
    instance, schedule = case
    figure = figures(instance, schedule)["memory"]
    *pools, intensity = figure.axes
    assert [axes.get_ylabel() for axes in figure.axes] == ["memory (GB)"] * len(instance.generations) + ["g/kWh"]
    assert intensity.get_xlabel() == "time (UTC)"
    for axes, pool in zip(pools, instance.pool_memory_gb, strict=True):
        assert any(set(line.get_ydata()) == {pool} for line in axes.lines)
        assert axes.get_ylim()[1] > pool
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == list(memory_bands(instance, schedule).names)


def test_a_pool_far_above_is_named_and_does_not_squash_the_rest():
    instance = ecoopt.generate("keepalive", functions=30, hours=2, seed=3, heavy_share=0.0, memory=100.0)
    axes = figures(instance, ecoopt.solve(instance, "greedy").schedule)["memory"].axes[0]
    assert axes.get_ylim()[1] < instance.pool_memory_gb[0]
    assert any("lies above" in text.get_text() for text in axes.texts)


def test_a_schedule_that_keeps_nothing_is_drawn():
    instance = ecoopt.generate("keepalive", functions=4, hours=1, seed=1)
    assert figure_bytes(figures(instance, ecoopt.solve(instance, "no-keep").schedule)["memory"], "svg")


def test_hostile_names_are_only_text():
    instance = ecoopt.generate("keepalive", functions=3, hours=1, seed=1, name="$\\frac{$ <b>&\n\u4e2d " + 150 * "x")
    figure = figures(instance, ecoopt.solve(instance, "greedy").schedule)["memory"]
    assert ET.fromstring(inline_svg(figure, "p"))


def test_a_schedule_of_another_instance_is_refused(case):
    other = ecoopt.generate("keepalive", functions=3, hours=1, seed=1)
    with pytest.raises(InputError, match="runs"):
        figures(other, case[1])


@pytest.mark.usefixtures("toy")
def test_a_family_without_pictures_is_refused_and_one_that_draws_is_found(monkeypatch):
    instance = ecoopt.generate("toy")
    schedule = ecoopt.solve(instance, "exact").schedule
    assert painter("toy") is None
    with pytest.raises(InputError, match="toy draws no pictures"):
        figures(instance, schedule)
    drawn = {"places": Figure()}
    monkeypatch.setattr("ecoopt_toy.methods.figures", lambda *_: drawn, raising=False)
    assert figures(instance, schedule) is drawn


# Bytes, state and files


SCRIPT = """
import hashlib, sys, ecoopt
from ecoopt.plot import figures
from ecoopt.plot.save import FORMATS, figure_bytes
instance = ecoopt.generate("keepalive", functions=30, hours=2, seed=3, heavy_share=0.0)
schedule = ecoopt.solve(instance, "greedy").schedule
for form in FORMATS:
    print(hashlib.sha256(figure_bytes(figures(instance, schedule)["memory"], form)).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


def test_the_same_bytes_in_every_process_and_no_pyplot(case):
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    *there, pyplot = done.stdout.split()
    here = [hashlib.sha256(figure_bytes(figures(*case)["memory"], form)).hexdigest() for form in FORMATS]
    assert here == there
    assert pyplot == "False"


def test_the_users_settings_neither_change_the_picture_nor_are_changed(case):
    before = figure_bytes(figures(*case)["memory"], "svg")
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.hashsalt": "mine"}):
        mine = dict(matplotlib.rcParams)
        assert figure_bytes(figures(*case)["memory"], "svg") == before
        assert dict(matplotlib.rcParams) == mine


@pytest.mark.parametrize(("form", "head"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_suffix_names_the_format(case, tmp_path, form, head):
    path = tmp_path / f"x.{form.upper()}"
    save_figure(figures(*case)["memory"], path)
    assert path.read_bytes().startswith(head)


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.svg.gz"])
def test_another_suffix_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"end the name in \.svg, \.png or \.pdf"):
        save_figure(Figure(), tmp_path / name)


# Colours


def luminance(colour):
    parts = np.array([int(colour[k:k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear, float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    bright, dim = sorted((luminance(one)[1], luminance(other)[1]), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


# Machado, Oliveira and Fernandes 2009, severity 1: what is left of linear RGB.
BLIND = {"none": np.eye(3),
         "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
         "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]}


def lab(colour, kind):
    linear = np.clip(np.array(BLIND[kind]) @ luminance(colour)[0], 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_every_colour_has_its_own_value_and_words_are_legible(ground):
    values = [getattr(shade, ground) for shade in PALETTE]
    assert len(set(values)) == len(values)
    assert min(contrast(getattr(shade, ground), getattr(PAPER, ground)) for shade in (INK, MUTED)) >= 4.5
    marks = [shade for shade, _ in KINDS.values()]
    assert min(contrast(getattr(shade, ground), getattr(PAPER, ground)) for shade in marks) >= 3


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("kind", BLIND)
def test_any_two_bands_differ_for_the_colour_blind(ground, kind):
    colours = [lab(getattr(shade, ground), kind) for shade in SERIES]
    assert min(np.linalg.norm(one - other) for one, other in combinations(colours, 2)) > 15


def test_kinds_differ_in_marker_too():
    assert all(one[1] != other[1] for one, other in combinations(KINDS.values(), 2))


def test_inline_pictures_take_every_colour_from_the_page_and_keep_their_ids_to_themselves(case):
    text = inline_svg(figures(*case)["memory"], "a1")
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    assert root.get("aria-label") == figures(*case)["memory"].get_label()
    used = set(re.findall(r"var\(--([\w-]+)\)", text))
    assert used
    assert used <= {shade.name for shade in PALETTE}
    assert not re.findall(r"(?:fill|stroke): #[0-9a-f]{6}", text)
    for dark in (False, True):
        assert all(f"--{name}: #" in style_variables(dark) for name in used)
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert all(name.startswith("a1-") for name in ids)
    assert len(set(ids)) == len(ids)
    references = re.findall(r'(?:url\(|href=")#([^)"]+)', text)
    assert references
    assert set(references) <= set(ids)
    words = {"".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"memory (GB)", "time (UTC)"} <= words


# Comparisons of methods


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12))
def test_the_front_is_what_no_other_point_beats(points):
    place = np.array(points, dtype=float)
    front = {points[i] for i in pareto(place)}
    beaten = {p for p in points for q in points if q != p and q[0] <= p[0] and q[1] <= p[1]}
    assert front == set(points) - beaten
    assert len(front) == len(pareto(place))


def test_the_trade_off_shows_the_best_feasible_schedule_of_each_method():
    broken = (Violation(what="rule", where="here", by=1.0),)
    figure = tradeoff([result("a", "exact", 1, 9), result("a", "exact", 2, 3, seed=1), result("b", "online", 4, 4),
                       result("c", "bound", 0, 0, violations=broken)], "time_s", "carbon_g")
    axes = figure.axes[0]
    shown = {tuple(point) for marks in axes.collections for point in marks.get_offsets().tolist()}
    assert shown == {(2, 3), (4, 4)}
    assert {text.get_text() for text in axes.texts} == {"a", "b"}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "carbon (g)")
    assert figure.get_label().endswith("none beats these in both: a.")


def test_points_on_one_another_share_a_label():
    figure = tradeoff([result(name, "online", 1, 1) for name in "abc"] + [result("d", "online", 5, 5)],
                      "time_s", "carbon_g")
    assert {text.get_text() for text in figure.axes[0].texts} == {"a, b,\nc", "d"}


def test_a_trade_off_of_nothing_is_refused():
    with pytest.raises(InputError, match="none has a feasible schedule with time_s and water_l"):
        tradeoff([result("a", "exact", 1, 2)], "time_s", "water_l")


@pytest.mark.parametrize("seed", range(6))
def test_labels_cover_neither_one_another_nor_points(seed):
    rng = np.random.default_rng(seed)
    grid = np.array([(x, y) for x in range(3) for y in range(4)]) + rng.uniform(0, 0.4, (12, 2))
    with style():
        figure = new_figure(5, 4, "")
        axes = figure.subplots()
        axes.set(xlim=(-1, 4), ylim=(-1, 5))
        texts = place_labels(axes, grid, [f"method-{k}" for k in range(12)])
        figure.draw_without_rendering()
        boxes = [Text.get_window_extent(text) for text in texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    spots = axes.transData.transform(grid)
    assert not any(box.contains(*spot) for box in boxes for spot in spots)


def test_incumbents_and_bounds_are_distances_to_the_best_proven_bound():
    trace = [(0.1, None, 50.0), (0.2, 200.0, 50.0), (1.0, 125.0, 100.0)]
    solver = result("milp", "exact", 1, 1, objective=125.0, trace=trace).replace(bound=100.0)
    policy = result("policy", "online", 1, 1, objective=150.0, trace=[(0.5, 150.0, None)])
    axes = anytime([solver, policy]).axes[0]
    lines = {(line.get_label(), line.get_linestyle()): list(line.get_ydata()) for line in axes.lines}
    assert lines["milp", "-"] == [80.0, 20.0, 20.0]
    assert [-40.0, 0.0, 0.0] in lines.values()
    assert lines["online methods", "None"] == [40.0]
    assert axes.get_ylabel() == "distance to the best proven bound (%)"


def test_without_a_bound_the_best_objective_is_the_measure():
    axes = anytime([result("a", "heuristic", 1, 1, objective=4.0, trace=[(0.1, 8.0, None), (0.2, 4.0, None)])]).axes[0]
    assert list(axes.lines[0].get_ydata()) == [100.0, 0.0, 0.0]
    assert axes.get_ylabel() == "distance to the best objective (%)"


def test_anytime_curves_of_nothing_are_refused():
    with pytest.raises(InputError, match="none has a trace"):
        anytime([result("a", "exact", 1, 2)])


def test_what_is_read_in_an_inline_picture_is_not_rounded():
    figure = new_figure(3, 2, "A picture.")
    figure.text(0.5, 0.5, "0.001 and 12.3456")
    text = inline_svg(figure, "x")
    assert "0.001 and 12.3456" in text
    assert not re.search(r'="[^"]*\d\.\d{3}', text)
