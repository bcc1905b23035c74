"""The timeline of a MIG cluster: what it draws, of what, and in which words."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.plot import figures
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.mig_cluster import figures as own_figures
from ecoopt.plot.save import figure_bytes
from ecoopt.testing.mig_cluster import mig_cluster_instances, mig_cluster_schedules


@pytest.fixture(scope="module")
def case():
    instance = ecoopt.generate("mig_cluster", gpus=20, jobs=40, mean_gap_s=5, seed=1)
    return instance, ecoopt.solve(instance, "miso").schedule


def test_the_first_sixteen_gpus_are_bands_above_the_count_of_jobs(case):
    figure = figures(*case)["timeline"]
    bands, counts = figure.axes
    assert [label.get_text() for label in bands.get_yticklabels()] == [f"GPU {g}" for g in range(16)]
    assert bands.get_title(loc="left") == "40 jobs on 20 GPUs, the first 16 shown"
    assert "present (dashed), at most" in counts.get_title(loc="left")
    drawn = sum(len(collection.get_paths()) for collection in bands.collections)
    assert drawn == int((case[1].gpu < 16).sum())


def test_the_legend_names_the_types_with_most_work_first(case):
    names = [text.get_text() for text in figures(*case)["timeline"].legends[0].get_texts()]
    assert names[-1] == "other types"
    assert set(names[:-1]) <= set(case[0].speeds.names)


def test_the_same_schedule_gives_the_same_bytes_and_words(case):
    one, two = (figures(*case)["timeline"] for _ in range(2))
    assert figure_bytes(one, "svg") == figure_bytes(two, "svg")
    assert f"{len(case[1].job)} stretches of running" in one.get_label()


@settings(max_examples=8)
@given(st.data())
def test_any_schedule_can_be_drawn(data):
    instance = data.draw(mig_cluster_instances())
    figure = own_figures(instance, data.draw(mig_cluster_schedules(instance)))["timeline"]
    assert ET.fromstring(inline_svg(figure, "p"))


def test_anything_else_is_refused(case):
    with pytest.raises(InputError, match="give a MigClusterInstance and a MigClusterSchedule"):
        own_figures(case[0], case[0])
