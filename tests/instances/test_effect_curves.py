"""Effect curves of power caps: the published table, the convex fit, Zeus's files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import (
    EffectCurve,
    break_even_rebound,
    effect_curve,
    effect_curves,
    fit_effects,
    measured_effects,
    read_zeus,
)

PUBLISHED = [
    ("BERT MLM training", 150, 1.65), ("mean over LM training configs (multi-GPU)", 150, 2.33),
    ("BERT inference", 200, 1.66), ("BERT inference", 150, 1.41), ("BERT inference", 100, 0.11)]


@pytest.mark.parametrize(("workload", "cap_w", "rebound"), PUBLISHED)
def test_break_even_rebounds_of_the_v100_are_the_published_ones(workload: str, cap_w: float, rebound: float) -> None:
    row = next(row for row in measured_effects() if row.workload == workload and row.cap_w == cap_w)
    assert row.break_even_rebound == pytest.approx(rebound, abs=0.006)


def test_the_break_even_rebounds_of_the_a100_lie_in_the_published_ranges() -> None:
    found = {cap: [row.break_even_rebound for row in measured_effects() if row.gpu == "A100-80GB" and row.cap_w == cap]
             for cap in (175, 150)}
    assert np.round([min(found[175]), max(found[175]), min(found[150]), max(found[150])], 1).tolist() == [
        4.2, 4.8, 2.4, 3.2]


def test_a_figure_without_an_energy_has_no_break_even_rebound() -> None:
    assert [row.break_even_rebound for row in measured_effects() if row.energy_ratio is None] == [None]


def test_at_its_break_even_rebound_a_cap_saves_exactly_nothing() -> None:
    time, energy = np.array([1.085, 1.227]), np.array([0.877, 0.758])
    rebound = break_even_rebound(time, energy)
    assert energy * (1 + rebound * (time - 1)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", sorted(effect_curves()))
def test_every_fitted_curve_is_convex_and_keeps_the_identity_of_time_energy_and_power(name: str) -> None:
    curve = effect_curve(name)
    slope = np.diff(curve.time_ratio) / np.diff(curve.cap_w)
    assert (slope <= 1e-12).all()
    assert (np.diff(slope) >= -1e-9).all()
    caps = np.linspace(curve.cap_w[0], 1.2 * curve.cap_w[-1], 40)
    power_w = curve.power_at(caps)
    assert curve.energy_at(caps) == pytest.approx(curve.time_at(caps) * power_w / curve.uncapped_power_w, rel=1e-12)
    assert (np.diff(power_w) >= -1e-9).all()
    assert (power_w <= curve.uncapped_power_w * (1 + 1e-12)).all()


@pytest.mark.parametrize(("name", "cap_w", "time", "energy"), [
    ("bert-training-v100", 150, 1.085, 0.877), ("bert-inference-v100", 200, 1.082, 0.880),
    ("bert-inference-v100", 150, 1.227, 0.758), ("bert-inference-v100", 100, 2.14, 0.890),
    ("llama-65b-a100", 175, 1.067, 0.768), ("llama-65b-a100", 150, 1.196, 0.660)])
def test_the_fit_is_near_what_was_measured(name: str, cap_w: float, time: float, energy: float) -> None:
    curve = effect_curve(name)
    assert curve.time_at(cap_w) == pytest.approx(time, abs=0.002)
    assert curve.energy_at(cap_w) == pytest.approx(energy, abs=0.05)


def test_the_uncapped_power_of_bert_training_is_the_cards() -> None:
    assert effect_curve("bert-training-v100").uncapped_power_w == pytest.approx(186, abs=0.6)


@given(st.floats(0.4, 1.0), st.floats(60, 300), st.lists(st.floats(0, 0.02), min_size=2, max_size=2))
def test_the_fit_gives_back_a_curve_of_its_own_kind(slope: float, most_w: float, bends: list[float]) -> None:
    caps = np.array([100.0, 150.0, 200.0])
    free_w = min(most_w / slope, 250.0)
    time = 1 + bends[0] * np.maximum(free_w - caps, 0) + bends[1] * np.maximum(min(150.0, free_w) - caps, 0)
    power_w = np.minimum(most_w, slope * caps)
    curve = fit_effects("made", caps, time, power_w, uncapped_power_w=most_w, default_cap_w=250.0)
    assert curve.time_at(caps) == pytest.approx(time, rel=1e-6)
    assert curve.power_at(caps) == pytest.approx(power_w, rel=1e-6)


def test_wrong_curves_and_measurements_are_refused() -> None:
    with pytest.raises(ValueError, match="does not increase"):
        EffectCurve(name="a", uncapped_power_w=200.0, cap_w=[200, 100], time_ratio=[1, 1], energy_ratio=[1, 1])
    with pytest.raises(ValueError, match=r"below 1 under 100 W.*not 1"):
        EffectCurve(name="a", uncapped_power_w=200.0, cap_w=[100, 200], time_ratio=[0.9, 1], energy_ratio=[1, 0.9])
    with pytest.raises(ValueError, match="2 caps, 1 time"):
        EffectCurve(name="a", uncapped_power_w=200.0, cap_w=[100, 200], time_ratio=[1], energy_ratio=[1, 1])
    with pytest.raises(ValueError, match="at most 1e6"):
        EffectCurve(name="a", uncapped_power_w=200.0, cap_w=[2e6], time_ratio=[1], energy_ratio=[1])
    with pytest.raises(ValueError, match="above 1000"):
        EffectCurve(name="a", uncapped_power_w=2.0, cap_w=[1, 2], time_ratio=[2e3, 1], energy_ratio=[1, 1])
    with pytest.raises(InputError, match="below the lowest cap"):
        effect_curve("ncf-v100").time_at(50)
    with pytest.raises(InputError, match="is unknown"):
        effect_curve("ncf")
    with pytest.raises(InputError, match="no measurement"):
        fit_effects("a", np.array([300.0]), np.array([1.0]), np.array([9.0]), uncapped_power_w=9.0, default_cap_w=250.0)


def test_zeus_files_are_read_and_wrong_rows_are_named(tmp_path: Path) -> None:
    path = tmp_path / "summary_power_v100.csv"
    header = "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power\n"
    path.write_text(header + "a,n,8,adam,250,10,200\na,n,8,sgd,250,12,200\na,n,8,adam,100,22,100\n"
                    "b,n,8,adam,100,9,90\n")
    curve, = read_zeus(path)
    assert (curve.name, curve.uncapped_power_w) == ("n on a batch 8", 200.0)
    assert (curve.time_at(100), curve.energy_at(100)) == (pytest.approx(2.0), pytest.approx(1.0))
    path.write_text(header + "a,n,8,adam,0,10,200\na,n,x,adam,250,10,200\n")
    with pytest.raises(InputError, match=r"line 2(.|\n)*line 3"):
        read_zeus(path)


def test_the_tables_here_are_the_shared_ones(shared_data: Path) -> None:
    here = Path(__file__).parents[2] / "instances/hardware/power_cap_effects.csv"
    assert here.read_bytes() == (shared_data / "hardware/power_cap_effects.csv").read_bytes()
    curves = read_zeus(shared_data / "hardware/zeus_summary_power_v100.csv.xz")
    assert len(curves) > 40
    mine = effect_curve("resnet50-v100")
    same = [curve for curve in curves if curve.name.startswith("resnet50 on imagenet")
            and abs(curve.uncapped_power_w - mine.uncapped_power_w) < 0.01]
    assert len(same) == 1
    assert same[0].time_at(150) == pytest.approx(mine.time_at(150), rel=1e-4)
