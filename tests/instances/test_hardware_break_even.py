"""Break-even: the published days to the day, and how they scale."""

import json
import math
from pathlib import Path

import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import NODE_SHARE_G, break_even_days, saving_share, upgrade, upgrades

# Days at 400, 200 and 20 g/kWh, and the saving in percent that is never reached.
DAYS = {
    ("p100", "v100"): {"nlp": (121, 241, 2410, 21.8), "cv": (137, 275, 2748, 19.5), "candle": (168, 336, 3356, 19.2)},
    ("p100", "a100"): {"nlp": (96, 192, 1924, 46.5), "cv": (80, 160, 1600, 57.0), "candle": (90, 180, 1804, 60.6)},
    ("v100", "a100"): {"nlp": (99, 199, 1987, 31.7), "cv": (67, 134, 1338, 48.2), "candle": (68, 136, 1356, 53.0)},
}


@pytest.mark.parametrize("entry", upgrades(), ids=lambda entry: "-".join(entry[:3]))
def test_break_even_days_are_the_published_ones_to_the_day(entry: tuple[str, str, str, float, float, float]) -> None:
    old, new, workload, old_kwh, new_kwh, _ = entry
    *days, saving = DAYS[old, new][workload]
    found = [break_even_days(NODE_SHARE_G[new], level, old_kwh, new_kwh) for level in (400, 200, 20)]
    assert [round(entry) for entry in found] == days
    for level, day in zip((400, 200, 20), found, strict=True):
        assert saving_share(day, NODE_SHARE_G[new], level, old_kwh, new_kwh) == pytest.approx(0, abs=1e-12)
    assert 100 * saving_share(1e12, NODE_SHARE_G[new], 200, old_kwh, new_kwh) == pytest.approx(saving, abs=0.051)


def test_half_the_usage_doubles_the_days_and_consolidation_divides_them_by_what_is_absorbed() -> None:
    entry = upgrade("p100", "v100", "nlp")
    given = (NODE_SHARE_G["v100"], 200.0, entry.old_kwh_per_day, entry.new_kwh_per_day)
    days = break_even_days(*given)
    assert break_even_days(*given, usage_ratio=0.5) == pytest.approx(2 * days)
    assert break_even_days(*given, usage_ratio=1.5) == pytest.approx(days / 1.5)
    assert round(break_even_days(*given, absorbed=1 / (1 - entry.time_reduction))) == 134


def test_what_saves_nothing_never_pays_and_what_costs_nothing_pays_at_once() -> None:
    assert break_even_days(1.0, 0.0, 2.0, 1.0) == math.inf
    assert break_even_days(1.0, 100.0, 1.0, 2.0) == math.inf
    assert break_even_days(0.0, 100.0, 1.0, 2.0) == math.inf
    assert break_even_days(0.0, 100.0, 1.0, 1.0) == 0.0


def test_wrong_arguments_are_named_together() -> None:
    with pytest.raises(InputError, match=r"(?s)embodied_g.*usage_ratio"):
        break_even_days(-1.0, 1.0, 1.0, 1.0, usage_ratio=math.nan)
    with pytest.raises(InputError, match="emits nothing"):
        saving_share(0.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(InputError, match=r"p100->h100 nlp is not measured; use one of p100->v100 nlp"):
        upgrade("p100", "h100", "nlp")


def test_upgrades_equal_the_published_file(shared_data: Path) -> None:
    published = json.loads((shared_data / "hardware" / "hpc_upgrade_params.json").read_text())
    assert published["embodied_gCO2_per_gpu_share"] == NODE_SHARE_G
    for entry in upgrades():
        pair = f"{entry.old}->{entry.new}"
        energy = published["kWh_per_day_per_old_gpu_of_work"][pair][entry.workload]
        assert (energy[entry.old], energy[entry.new]) == (entry.old_kwh_per_day, entry.new_kwh_per_day)
        percent = published["time_reduction_pct"][pair][entry.workload]
        assert 100 * entry.time_reduction == pytest.approx(percent, rel=1e-15)
