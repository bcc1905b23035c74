"""Pictures of capped jobs and of thresholds show what the referee counts."""

import pytest

import ecoopt
from ecoopt.plot import figures
from ecoopt.plot.power_cap_jobs import power_by_cap
from ecoopt.plot.power_cap_thresholds import demand_and_draw_kw


def test_power_by_cap_adds_up_to_the_referees_peak():
    instance = ecoopt.generate("power_cap_jobs", jobs=10, gpus=8, hours=12, idle_w=20.0, seed=3)
    found = ecoopt.solve(instance, "greedy")
    power_w = power_by_cap(instance, found.schedule).sum(axis=0)
    assert power_w.max() / 1000 == pytest.approx(found.score.terms["peak_power_kw"].value, rel=1e-12)
    figure = figures(instance, found.schedule)["jobs"]
    assert "10 jobs over 12 slots" in figure.get_label()


def test_what_a_row_draws_is_what_the_referee_counts():
    instance = ecoopt.generate("power_cap_thresholds", scenarios=6, step_s=3600, seed=3)
    found = ecoopt.solve(instance, "greedy")
    _, draw_kw = demand_and_draw_kw(instance, found.schedule)
    assert draw_kw.max() == pytest.approx(found.score.terms["peak_power_kw"].value, rel=1e-12)
    assert f"+ {found.schedule.added} servers" in figures(instance, found.schedule)["power"].get_label()
