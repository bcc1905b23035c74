"""The Gantt chart of dispatch: what it draws, of what, and in which words."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.plot import figures
from ecoopt.plot.dispatch import figures as own_figures
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.save import figure_bytes
from ecoopt.testing.dispatch import dispatch_instances, dispatch_schedules


@pytest.fixture(scope="module")
def case():
    instance = ecoopt.generate("dispatch", queries=150, rate_per_s=140, tick_ms=10, seed=3)
    return instance, ecoopt.solve(instance, "clockwork").schedule


def test_every_query_is_a_block_in_its_machines_lane(case):
    figure = figures(*case)["gantt"]
    lanes, queue = figure.axes
    names = [label.get_text() for label in lanes.get_yticklabels()]
    assert names[:3] == ["g4dn.xlarge 0", "g4dn.xlarge 1", "r5n.large 0"]
    assert sum(len(collection.get_paths()) for collection in lanes.collections) == 150
    assert lanes.get_title(loc="left").startswith("150 of 150 queries: ")
    assert "never served" in queue.get_title(loc="left")
    assert len(figure.legends[0].get_texts()) == 4


def test_the_same_schedule_gives_the_same_bytes_and_words(case):
    one, two = (figures(*case)["gantt"] for _ in range(2))
    assert figure_bytes(one, "svg") == figure_bytes(two, "svg")
    on_time = ecoopt.evaluate(*case).terms["on_time"].value
    assert f"{on_time:.0f} are answered within 350 ms" in one.get_label()


@settings(max_examples=8)
@given(st.data())
def test_any_schedule_can_be_drawn(data):
    instance = data.draw(dispatch_instances())
    figure = own_figures(instance, data.draw(dispatch_schedules(instance)))["gantt"]
    assert ET.fromstring(inline_svg(figure, "p"))


def test_anything_else_is_refused(case):
    with pytest.raises(InputError, match="give a DispatchInstance and a DispatchSchedule"):
        own_figures(case[0], case[0])
