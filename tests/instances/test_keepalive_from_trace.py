import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import CarbonTrace, generate_carbon, read_carbon
from ecoopt.instances.keepalive import (
    APPS,
    Invocations,
    Trace,
    Weights,
    instance_from_trace,
    profiles_for,
    read_azure_2019,
    read_counts_npz,
)

START = "2023-02-03T08:00:00Z"


@pytest.fixture(scope="module")
def carbon() -> CarbonTrace:
    return generate_carbon("US-CAL-CISO", days=2, start="2023-02-03T00:00:00Z", seed=0)


@pytest.fixture(scope="module")
def trace() -> Trace:
    table = np.random.default_rng(0).poisson(0.3, (4, 300))
    return Trace(invocations=Invocations.from_dense(table), function_names=("video*1.txt", "x", "dna*2.txt", "y"),
                 app_names=("video", "x", "dna", "y"), duration_s=np.array([9.0, 2.0, 9.0, np.nan]),
                 memory_gb=np.array([9.0, 0.3, 9.0, 0.4]), source="somewhere", licence="CC0")


def test_window_and_history_are_the_trace_s_minutes(trace, carbon):
    instance = instance_from_trace(trace, carbon=carbon, start_utc=START, start_min=60, end_min=200, history_min=45)
    assert instance.invocations == trace.invocations.window(60, 200)
    assert instance.history == trace.invocations.window(15, 60)
    assert instance.start_utc == "2023-02-03T09:00:00Z"
    assert instance.intensity_g_per_kwh[0] == pytest.approx(carbon.at("2023-02-03T09:00:00Z"))
    assert instance.provenance.source == "somewhere"
    assert "minutes 60 to 199" in instance.provenance.note


def test_whole_trace_is_taken_by_default(trace, carbon):
    instance = instance_from_trace(trace, carbon=carbon, start_utc=START)
    assert instance.invocations == trace.invocations
    assert instance.history is None
    assert instance.weights.reference_intensity_g_per_kwh == pytest.approx(carbon.intensity_g_per_kwh.mean())
    assert instance.function_names == trace.function_names


def test_known_apps_take_their_profile_and_others_their_measurements(trace, carbon):
    instance = instance_from_trace(trace, carbon=carbon, start_utc=START, generations=("c5", "i3"))
    catalogue = profiles_for(("c5", "i3"))
    for function, app in ((0, "video"), (2, "dna")):
        place = instance.function_profile[function]
        assert instance.profiles.names[place] == app
        assert (instance.profiles.warm_s[place] == catalogue.warm_s[APPS.index(app)]).all()
    own = instance.function_profile[[1, 3]]
    assert instance.profiles.memory_gb[own].tolist() == [0.3, 0.4]
    # The unmeasured duration of y is the median of its likes: that of x.
    assert np.array_equal(*instance.profiles.warm_s[own])


def test_trace_without_known_apps_has_measured_profiles_alone(trace, carbon):
    instance = instance_from_trace(trace, carbon=carbon, start_utc=START, functions=[3, 1], base="dna")
    assert len(instance.profiles.names) == 2
    assert instance.invocations == trace.invocations.select([3, 1])
    assert instance.function_names == ("y", "x")


def test_pools_are_given_or_a_share(trace, carbon):
    given = instance_from_trace(trace, carbon=carbon, start_utc=START, memory_gb=(512, 3))
    assert given.pool_memory_gb.tolist() == [512.0, 3.0]
    half, whole = (instance_from_trace(trace, carbon=carbon, start_utc=START, memory=share) for share in (None, 1.0))
    assert np.allclose(2 * half.pool_memory_gb, whole.pool_memory_gb, rtol=1e-12)


def test_objective_and_rules_arrive_in_the_instance(trace, carbon):
    weights = Weights(normalisation="grams", grams_per_s=0.02)
    instance = instance_from_trace(trace, carbon=carbon, start_utc=START, weights=weights, accounting="artifact",
                                   containers="persist", relocation=False, max_keep_min=5, name="n")
    assert instance.weights == weights
    assert (instance.accounting, instance.containers, instance.relocation) == ("artifact", "persist", False)
    assert (instance.max_keep_min, instance.name) == (5, "n")


def test_every_wrong_argument_is_named_at_once(trace, carbon):
    wrong = {"carbon": None, "start_utc": "then", "generations": ["z9"], "start_min": -1, "functions": [9],
             "memory_gb": (1, 1), "memory": 0, "base": "mine", "max_keep_min": -1, "weights": {}, "accounting": 1,
             "containers": 2, "relocation": 3}
    with pytest.raises(InputError) as caught:
        instance_from_trace(trace, **wrong)
    named = {problem.field.partition("[")[0] for problem in caught.value.problems}
    assert named == set(wrong) - {"memory_gb"}


@pytest.mark.parametrize(("change", "message"), [
    ({"end_min": 301}, "end_min"), ({"start_min": 100, "end_min": 100}, "end_min"), ({"history_min": 1}, "history_min"),
    ({"memory_gb": (1,)}, "pool_memory_gb has 1 entries for 2 generations"), ({"memory_gb": (1, -1)}, "must be > 0"),
    ({"functions": []}, "functions"), ({"functions": ["a"]}, "functions"), ({"functions": [-1]}, "names function -1"),
    ({"relocation": False}, "implies relocation"), ({"start_utc": "2023-02-04T22:00:00Z"}, "does not cover")])
def test_windows_and_values_that_do_not_fit_are_refused(trace, carbon, change, message):
    with pytest.raises(InputError, match=message):
        instance_from_trace(trace, **{"carbon": carbon, "start_utc": START} | change)


def test_first_day_of_the_real_trace_has_the_published_size(shared_data):
    trace = read_counts_npz(shared_data / "serverless" / "ecolife_azure_1000fn_12d_per_minute.npz")
    carbon = read_carbon(shared_data / "carbon" / "ecolife_US-CAL-CISO_2023_hourly.csv.xz", signal="direct")
    day = instance_from_trace(trace, carbon=carbon, start_utc=START, start_min=20, end_min=1460, history_min=20,
                              memory_gb=(512, 512))
    assert (day.invocations.calls, day.invocations.cells) == (857_068, 423_815)
    assert day.start_utc == "2023-02-03T08:20:00Z"
    assert day.intensity_g_per_kwh[0] == carbon.intensity_g_per_kwh[800]
    rows = np.bincount(day.function_profile, minlength=10)
    assert rows.tolist() == [55, 80, 21, 204, 80, 39, 102, 207, 148, 64]
    hour = instance_from_trace(trace, carbon=carbon, start_utc=START, start_min=20, end_min=80, memory_gb=(512, 512))
    assert (hour.invocations.calls, hour.invocations.cells) == (33_151, 16_625)
    whole = instance_from_trace(trace, carbon=carbon, start_utc=START)
    assert (whole.invocations.calls, whole.invocations.cells) == (10_399_402, 5_152_920)
    assert carbon.per_minute(START, 17_280).mean() == pytest.approx(212.2, abs=0.1)


def test_azure_sample_becomes_an_instance_of_measured_functions(shared_data, carbon):
    part = shared_data / "serverless"
    trace = read_azure_2019(*(part / f"invitro_{kind}.csv.xz" for kind in ("invocations", "durations", "memory")))
    instance = instance_from_trace(trace, carbon=carbon, start_utc=START)
    assert instance.profiles.memory_gb[instance.function_profile].tolist() == [0.12, 0.176, 0.17, 0.112]
    assert instance.invocations.calls == 4525
