import csv

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import GENERATIONS, generation
from ecoopt.instances.keepalive import APPS, TRACE_ROWS, measured_profiles, profiles_for

ECOLIFE_CODE_AT_100_G_PER_KWH = [
    ("video", "i3", 0.012770799, 0.006711185, 0.018933244, 6.723358, 3.188245),
    ("video", "m5zn", 0.013186951, 0.006763207, 0.024868647, 5.701955, 2.750268),
    ("bfs-1000k", "i3", 0.022566842, 0.019696523, 0.019781519, 9.745297, 8.208031),
    ("bfs-1000k", "c5n", 0.027597838, 0.023469017, 0.019774003, 9.765930, 7.614743),
    ("dna", "c5", 0.047207477, 0.036985871, 0.032067768, 17.860550, 12.329030),
    ("dna", "m5zn", 0.046217824, 0.035842267, 0.041316622, 17.285440, 11.188900),
]


@pytest.mark.parametrize(("app", "box", "cold_g", "warm_g", "keep_10_g", "cold_s", "warm_s"),
                         ECOLIFE_CODE_AT_100_G_PER_KWH)
def test_profiles_reproduce_the_published_code_s_grams_and_seconds(app, box, cold_g, warm_g, keep_10_g, cold_s, warm_s):
    profiles, server, a = profiles_for([box]), generation(box), APPS.index(app)
    share = profiles.memory_gb[a] / server.memory_gb
    embodied_g_per_s = server.embodied_cpu_g_per_s + share * server.embodied_dram_g_per_s

    def grams(seconds, cpu_j, dram_j):
        return seconds * embodied_g_per_s + 100 * (cpu_j + share * dram_j) / 3.6e6

    warm = [profiles.warm_s[a, 0], profiles.warm_cpu_j[a, 0], profiles.warm_dram_j[a, 0]]
    extra = [profiles.cold_start_s[a, 0], profiles.cold_start_cpu_j[a, 0], profiles.cold_start_dram_j[a, 0]]
    keep_w = server.idle_core_w + share * server.idle_dram_w
    keep_g = 600 * (server.embodied_core_g_per_s + share * server.embodied_dram_g_per_s + 100 * keep_w / 3.6e6)
    assert profiles.warm_s[a, 0] == pytest.approx(warm_s, abs=5e-7)
    assert profiles.warm_s[a, 0] + profiles.cold_start_s[a, 0] == pytest.approx(cold_s, abs=5e-7)
    assert grams(*warm) == pytest.approx(warm_g, abs=5e-10)
    assert grams(*(w + e for w, e in zip(warm, extra, strict=True))) == pytest.approx(cold_g, abs=5e-10)
    assert keep_g == pytest.approx(keep_10_g, abs=5e-10)


def test_columns_follow_the_names_given():
    both, other = profiles_for(["i3", "c5"]), profiles_for(["c5", "i3"])
    for field in ("warm_s", "cold_start_s", "warm_cpu_j", "warm_dram_j", "cold_start_cpu_j", "cold_start_dram_j"):
        assert (getattr(both, field) == getattr(other, field)[:, ::-1]).all()
    assert both.names == APPS == tuple(sorted(APPS))


def test_trace_rows_add_up_to_the_thousand_functions():
    assert sum(TRACE_ROWS.values()) == 1000
    assert len(TRACE_ROWS) == 10


def test_table_equals_the_published_file_digit_for_digit(shared_data):
    with open(shared_data / "serverless" / "ecolife_function_profiles.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 40
    profiles = profiles_for([box.name for box in GENERATIONS])
    place = {box.name: s for s, box in enumerate(GENERATIONS)}
    for row in rows:
        a, s = APPS.index(row["function"]), place[row["server"]]
        assert profiles.memory_gb[a] == float(row["memory_gb"])
        assert profiles.warm_s[a, s] == float(row["execution_s"])
        assert profiles.cold_start_s[a, s] == float(row["cold_start_s"])
        assert profiles.warm_cpu_j[a, s] == float(row["execution_cpu_j"])
        assert profiles.warm_dram_j[a, s] == float(row["execution_dram_j"])
        assert profiles.cold_start_cpu_j[a, s] == float(row["cold_start_cpu_j"])
        assert profiles.cold_start_dram_j[a, s] == float(row["cold_start_dram_j"])


@pytest.mark.parametrize("names", [[], "i3", ["i3", "i3"], ["i3", "z9"], [3], None])
def test_boxes_that_were_not_measured_are_refused(names):
    with pytest.raises(InputError, match="i3, c5n, c5, m5zn"):
        profiles_for(names)


def test_measured_profile_scales_the_base_and_keeps_its_power():
    duration, memory = np.array([2.0, 8.0, 2.0]), np.array([0.5, 1.0, 0.5])
    profiles, place = measured_profiles(duration, memory, ["i3", "m5zn"], "video")
    base, video = profiles_for(["i3", "m5zn"]), APPS.index("video")
    assert place.tolist() == [0, 1, 0]
    assert profiles.memory_gb.tolist() == [0.5, 1.0]
    assert np.allclose(profiles.warm_s[1], 4 * profiles.warm_s[0], rtol=1e-12)
    assert np.allclose(profiles.warm_cpu_j / profiles.warm_s, base.warm_cpu_j[video] / base.warm_s[video], rtol=1e-12)
    assert np.allclose(profiles.cold_start_s, base.cold_start_s[video], rtol=1e-12)
    every_box, _ = measured_profiles(duration, memory, [box.name for box in GENERATIONS], "video")
    assert np.exp(np.log(every_box.warm_s[0]).mean()) == pytest.approx(2.0, rel=1e-12)


def test_unmeasured_functions_take_the_median_and_zero_times_the_shortest():
    nan = float("nan")
    profiles, place = measured_profiles(np.array([1.0, nan, 3.0, 0.0]), np.array([nan] * 4), ["i3"])
    warm = profiles.warm_s[place, 0]
    assert warm[1] / warm[0] == pytest.approx(1.0, rel=1e-12)
    assert warm[2] / warm[0] == pytest.approx(3.0, rel=1e-12)
    assert warm[3] / warm[0] == pytest.approx(1e-3, rel=1e-12)
    assert np.ptp(profiles.memory_gb) == 0


def test_base_profile_measured_as_itself_is_reproduced():
    boxes = [box.name for box in GENERATIONS]
    base, a = profiles_for(boxes), APPS.index("dna")
    own_s = np.exp(np.log(base.warm_s[a]).mean())
    profiles, _ = measured_profiles(np.array([own_s]), base.memory_gb[[a]], boxes, "dna")
    for field in ("warm_s", "warm_cpu_j", "warm_dram_j", "cold_start_s", "cold_start_cpu_j", "cold_start_dram_j"):
        assert np.allclose(getattr(profiles, field)[0], getattr(base, field)[a], rtol=1e-12)
