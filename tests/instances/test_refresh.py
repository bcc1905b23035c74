"""Hardware refresh: published shortest paths, the generator, and what an instance refuses."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.documents import read_instance, write_instance
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import Gpu, HardwareGeneration, generation, gpu
from ecoopt.instances.refresh import (
    Generation,
    RefreshInstance,
    Site,
    Stock,
    Workload,
    generate,
    one_device,
)
from ecoopt.instances.refresh.published import EMBODIED_G

FALLING = 400.0 - 350.0 * np.arange(73) / 73
KEPT = {("NLP", 400): 2054.898, ("NLP", 200): 1027.449, ("NLP", 20): 102.745, ("CV", 20): 100.644,
        ("CANDLE", 20): 84.043, ("NLP", 0): 1168.195, ("CV", 0): 1144.310, ("CANDLE", 0): 955.563}
SHORTEST = {("NLP", 400): 1142.150, ("NLP", 200): 592.044, ("NLP", 20): 96.949, ("CV", 20): 85.183,
            ("CANDLE", 20): 75.076, ("NLP", 0): 667.401, ("CV", 0): 533.624, ("CANDLE", 0): 418.712}


@pytest.mark.parametrize(("workload", "grams"), list(KEPT))
def test_shortest_paths_are_the_published_ones_to_a_gram(workload, grams):
    instance = one_device(workload, FALLING if grams == 0 else np.full(73, float(grams)))
    kept = ecoopt.solve(instance, "never")
    assert kept.objective / 1000 == pytest.approx(KEPT[workload, grams], abs=1e-3)
    found = ecoopt.solve(instance, "shortest-path")
    assert found.objective / 1000 == pytest.approx(SHORTEST[workload, grams], abs=1e-3)
    assert found.bound == pytest.approx(found.objective, rel=1e-12)


@pytest.mark.parametrize(("intensity", "days", "complaint"), [
    ([float("nan")] * 3, 30, "intensity_g_per_kwh: is no list"), (["a"], 30, "intensity_g_per_kwh: is no list"),
    ([[1.0]], 30, "intensity_g_per_kwh: is no list"), ([], 30, "intensity_g_per_kwh: is no list"),
    ([-1.0], 0, r"(?s)period_days.*intensity_g_per_kwh"), ([1e300], 30, "intensity_g_per_kwh")])
def test_a_device_with_wrong_figures_is_refused(intensity, days, complaint):
    with pytest.raises(InputError, match=complaint):
        one_device("NLP", intensity, period_days=days)


def test_the_integer_program_agrees_with_the_shortest_path():
    instance = one_device("NLP", FALLING[::6], period_days=180)
    assert ecoopt.solve(instance, "milp").objective == pytest.approx(
        ecoopt.solve(instance, "shortest-path").objective, rel=1e-9)


def test_without_a_budget_nothing_is_bought():
    instance = generate(sites=2, periods=6, gpus=20, load=0.4, growth=0.0, noise=0.0, life_periods=100, budget=0.0)
    for method in ("milp", "newest", "break-even", "greedy", "local-search", "rolling", "shortest-path", "never"):
        found = ecoopt.solve(instance, method, iterations=20)
        assert found.schedule is not None, method
        assert not found.schedule.purchases.any(), method


def test_what_can_never_be_served_is_said_first():
    instance = generate(sites=2, periods=2, gpus=20, budget=0.0).replace(stock=())
    assert ecoopt.families()["refresh"].explain()(instance)[0].startswith("no GPU is there at first and none can be")
    for method in ("never", "rolling", "greedy", "local-search", "lns"):
        assert ecoopt.solve(instance, method).details["reason"], method


def test_the_generator_marks_what_is_scaled_and_keeps_what_is_published():
    instance = generate(generations=5, sites=2, periods=4, homes="moving", seed=3)
    assert [one.name for one in instance.generations] == ["P100", "V100", "A100", "A100+1", "A100+2"]
    assert [one.unit_g for one in instance.generations[:3]] == list(EMBODIED_G.values())
    assert len(instance.workloads) == 6
    assert instance.workloads[0].energy_kwh[2] == 1.255950342906979
    with pytest.raises(InputError, match=r"(?s)gpus.*load.*homes"):
        generate(gpus=0, load=2.0, homes="somewhere")


def test_hardware_of_the_catalogue_gives_what_is_left_out():
    board = Generation(name="A100", hardware=gpu("A100-PCIe-40"), life_periods=4)
    assert (board.unit_g, board.unit_idle_w) == (26356.568, 37.6)
    box = Generation(name="i3", hardware=generation("i3"), life_periods=4)
    assert box.unit_g == pytest.approx(1618.7e3)
    with pytest.raises(ValueError, match="idle_w is not given"):
        Generation(name="V100", hardware=gpu("V100-SXM2-32"), life_periods=4)


def test_a_trace_gives_the_means_of_periods():
    trace = CarbonTrace(zone="here", start_utc="2024-01-01T00:00:00Z", step_s=3600,
                        intensity_g_per_kwh=np.repeat([100.0, 300.0], 24))
    content = _content() | {"sites": (Site(name="here", carbon=trace),)}
    instance = RefreshInstance.from_content(content, "test")
    assert instance.intensity_g_per_kwh == pytest.approx(np.array([[100.0, 300.0]]))
    with pytest.raises(InputError, match="does not cover"):
        RefreshInstance.from_content(content | {"period_days": 2}, "test")


@pytest.mark.parametrize(("change", "complaint"), [
    ({"sites": ()}, "sites is empty"),
    ({"budget": [1.0]}, "budget has 1 entries; give 2"),
    ({"stock": (Stock(generation="X", site="here", count=1),)}, "stock names X, which is no generation"),
    ({"generations": (Generation(name="A", embodied_g=1.0, idle_w=500.0, life_periods=2),)}, "below what an idle unit"),
    ({"workloads": (Workload(name="w", energy_kwh=[1.0], gpu_h=[1.0], demand=[1.0, 1.0], home="nowhere"),)},
     "home nowhere of workload w is no site"),
    ({"sites": (Site(name="here", intensity_g_per_kwh=[1.0]),)}, "intensity_g_per_kwh of site here has 1 entries"),
])
def test_an_instance_refuses_what_does_not_fit(change, complaint):
    with pytest.raises(InputError, match=complaint):
        RefreshInstance.from_content(_content() | change, "test")


def _content():
    return {"name": "two days", "period_days": 1, "sites": (Site(name="here", intensity_g_per_kwh=[1.0, 2.0]),),
            "generations": (Generation(name="A", embodied_g=1.0, idle_w=0.0, life_periods=2),),
            "workloads": (Workload(name="w", energy_kwh=[1.0], gpu_h=[10.0], demand=[1.0, 1.0]),)}


def test_an_instance_with_catalogue_hardware_and_traces_comes_back_from_its_file(tmp_path):
    trace = CarbonTrace(zone="here", start_utc="2024-01-01T00:00:00Z", step_s=3600,
                        intensity_g_per_kwh=np.full(48, 7.0))
    boxes = tuple(Generation(name=one.name, hardware=one, life_periods=4)
                  for one in (gpu("A100-PCIe-40"), generation("c5")))
    work = Workload(name="w", energy_kwh=[2.0, 4.0], gpu_h=[5.0, 10.0], demand=[1.0, 1.0])
    instance = RefreshInstance.from_content(
        _content() | {"generations": boxes, "workloads": (work,), "sites": (Site(name="here", carbon=trace),)}, "test")
    write_instance(instance, tmp_path / "i.json")
    back = read_instance(tmp_path / "i.json")
    assert back.digest == instance.digest
    assert [type(one.hardware) for one in back.generations] == [Gpu, HardwareGeneration]
    assert ecoopt.solve(back, "milp").score.feasible
