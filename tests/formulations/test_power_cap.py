"""The strong model of power caps: a start that HiGHS hands back as it was."""

import numpy as np
import pytest

from ecoopt.core.run import Run
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.power_cap.strong_model import strong_model
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EffectCurve, gpu
from ecoopt.instances.power_cap import GpuPool, PowerCapInstance, PowerCapSchedule, WorkClass
from ecoopt.instances.power_cap.tables import cap_tables

START_UTC = "2023-01-01T00:00:00Z"


def test_the_solution_of_a_solve_with_a_start_is_as_good_as_its_objective():
    one = EffectCurve(name="one", uncapped_power_w=212.0, cap_w=[120.0], time_ratio=[1.0], energy_ratio=[1.0])
    two = EffectCurve(name="two", uncapped_power_w=166.0, cap_w=[100.0, 240.0], time_ratio=[2.18138919, 1.0],
                      energy_ratio=[1.13688977, 1.0])
    instance = PowerCapInstance(
        name="two hours", pools=(GpuPool(gpu=gpu("V100-PCIe-32"), gpus=21, idle_power_w=0.0),), classes=(
            WorkClass(name="one", quota_gpus=10.5, curve=one, cap_w=[120.0], rebound=8.0, submitted_gpu_h=[2.0, 5.0],
                      initial_cap=0, most_backlog_gpu_h=4.0),
            WorkClass(name="two", quota_gpus=21.0, curve=two, cap_w=[100.0, 240.0], rebound=0.5,
                      submitted_gpu_h=[11.35, 1.5])),
        start_utc=START_UTC, pue=[1.44203961, 1.3539181], power_limit_w=[838.0, 596.0], backlog_g_per_gpu_h=5.0,
        final_backlog_g_per_gpu_h=0.0,
        carbon=CarbonTrace(zone="GB", start_utc=START_UTC, step_s=3600, intensity_g_per_kwh=[595.41778383, 8.99369837]))
    tables = cap_tables(instance)
    model = strong_model(tables)
    start = PowerCapSchedule.at(np.array([[0, 0], [1, 1]]), np.array([[2.0, 1.0], [0.0, 2.31325301]]), 2)
    best = solve_model(model.model, Run(), start=None)
    found = solve_model(model.model, Run(), start=model.solution(start))
    assert found.objective == pytest.approx(best.objective, rel=1e-9)
    assert tables.value(model.schedule(found.x)) == pytest.approx(best.objective, rel=1e-9)
