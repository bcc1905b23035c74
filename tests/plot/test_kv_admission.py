"""The picture of KV admission: what it counts, on schedules right and wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.kv_admission.replay import replay
from ecoopt.plot import figures
from ecoopt.plot.kv_admission import figures as own_figures
from ecoopt.plot.kv_admission import held_tokens
from ecoopt.testing.kv_admission import kv_admission_instances, kv_admission_schedules


@given(data=st.data())
def test_the_picture_shows_the_memory_that_the_referee_sees(data):
    instance = data.draw(kv_admission_instances())
    schedule = data.draw(kv_admission_schedules(instance))
    assert (held_tokens(instance, schedule).sum(axis=0) == replay(instance, schedule).held).all()


def test_the_picture_has_a_panel_for_each_replica_and_says_what_is_left_out():
    instance = ecoopt.generate("kv_admission", requests=130, replicas=2, clients=2, seed=1)
    figure = figures(instance, ecoopt.solve(instance, "fcfs").schedule)["memory"]
    assert len(figure.axes) == 4
    assert figure.axes[0].get_title(loc="left") == (
        "130 requests as they wait and run, coloured by client, the first 120 shown")
    assert "130 of 130 requests run in 130 stretches" in figure.get_label()


def test_another_family_is_refused():
    other = ecoopt.generate("node_mix", workloads=2)
    with pytest.raises(InputError, match="give a KvAdmissionInstance"):
        own_figures(other, other)
