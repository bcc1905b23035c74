"""Capped jobs: what the generator promises, what the schema refuses, and what an option costs."""

import numpy as np
import pytest
from pydantic import ValidationError

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.power_cap_jobs import evaluate
from ecoopt.instances.power_cap_jobs import PowerCapJobsSchedule, generate
from ecoopt.instances.power_cap_jobs.options import options_of, useful


def test_the_energy_of_a_job_is_that_of_its_curve_whatever_the_slots_are():
    instance = generate(jobs=12, gpus=16, hours=24, seed=2)
    found = ecoopt.solve(instance, "greedy")
    curves = [instance.classes[k] for k in instance.job_class]
    wanted = sum(g * p * curve.uncapped_power_w * curve.energy_at(instance.caps_w[c]) / 1000 for g, p, curve, c in zip(
        instance.job_gpus, instance.base_h, curves, found.schedule.cap, strict=True))
    assert found.score.terms["job_energy_kwh"].value == pytest.approx(wanted, rel=1e-12)


def test_a_job_at_its_release_without_a_cap_is_not_late():
    instance = generate(jobs=1, gpus=8, hours=24, seed=2)
    schedule = PowerCapJobsSchedule(start_slot=instance.release_slot, cap=np.array([int(instance.caps_w.argmax())]))
    assert evaluate(instance, schedule).terms["gpu_delay_h"].value == pytest.approx(0.0, abs=1e-12)


def test_an_option_costs_what_the_referee_counts():
    instance = generate(jobs=1, gpus=8, hours=24, idle_w=20.0, seed=5)
    options = options_of(instance)
    for i in range(0, len(options.job), 7):
        start, cap = options.start[i:i + 1], options.cap[i:i + 1]
        score = evaluate(instance, PowerCapJobsSchedule(start_slot=start, cap=cap))
        assert score.objective == pytest.approx(options.value(start, cap), rel=1e-12)


@pytest.mark.parametrize("options", [{}, {"slot_s": 1800}, {"idle_w": 35.0}, {"carbon": "trace"}, {"slack_h": 0.0}])
def test_generated_jobs_can_all_be_done(options):
    if "carbon" in options:
        options = {"carbon": generate(jobs=1, seed=9).carbon, "start_utc": None}
    instance = generate(jobs=15, gpus=12, hours=24, seed=3, **options)
    found = ecoopt.solve(instance, "local-search", iterations=8, trials=200)
    assert found.score is not None
    assert found.score.feasible


def test_about_half_of_the_options_are_dominated():
    options = options_of(generate(seed=0))
    assert 0.3 < useful(options).mean() < 0.7


def test_every_wrong_argument_is_named():
    with pytest.raises(InputError) as caught:
        generate(jobs=0, caps_w=[250.0, 250.0], slot_s=7000, board="toaster", power_share=0.0, seed=-1)
    assert {problem.field for problem in caught.value.problems} == {"jobs", "slot_s", "board", "power_share", "seed"}
    with pytest.raises(InputError, match="caps_w: 50 is no number"):
        generate(caps_w=[50])


def test_every_wrong_field_is_named():
    instance = generate(jobs=3, seed=1)
    with pytest.raises(ValidationError) as caught:
        instance.replace(caps_w=np.array([300.0, 40.0]), deadline_slot=np.array([0, 40, 10**6]), pue=np.ones(2))
    text = str(caught.value)
    assert all(part in text for part in ("goes up to 300", "goes down to 40", "must be done by slot", "pue has 2"))
