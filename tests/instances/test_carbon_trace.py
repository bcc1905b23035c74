"""CarbonTrace: exact integrals, conservation, coverage, combination, files."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import CarbonTrace, GapError, blend, join
from ecoopt.instances.carbon.stamps import iso
from ecoopt.testing.carbon import carbon_traces


def make(values: list[float], **fields: Any) -> CarbonTrace:
    content = {"zone": "GB", "start_utc": "2024-01-01T00:00:00Z", "step_s": 3600, "intensity_g_per_kwh": values}
    trace: CarbonTrace = CarbonTrace.from_content(content | fields, "test")
    return trace


def riemann(trace: CarbonTrace, first: int, last: int) -> float:
    """The integral over whole seconds, by summing seconds."""
    seconds = np.arange(first, last)
    return float(np.sum(trace.intensity_g_per_kwh[seconds // trace.step_s])) / 3600.0


@st.composite
def trace_and_interval(draw: st.DrawFn) -> tuple[CarbonTrace, int, int]:
    trace = draw(carbon_traces(max_steps=12, steps_s=(300, 900, 3600)))
    ends = sorted(draw(st.tuples(*[st.integers(0, trace.duration_s)] * 2)))
    return trace, ends[0], ends[1]


def test_values_hold_from_the_beginning_of_a_step_to_before_its_end() -> None:
    trace = make([100, 200, 300])
    assert trace.at("2024-01-01T00:00:00Z") == 100
    assert trace.at("2024-01-01T00:59:59Z") == 100
    assert trace.at(datetime(2024, 1, 1, 2, tzinfo=ZoneInfo("Europe/Berlin"))) == 200
    assert trace.at(np.array([0.0, 3599.9, 3600.0, 10799.0])).tolist() == [100, 100, 200, 300]
    assert trace.at(trace.times).tolist() == [100, 200, 300]
    assert (trace.n, trace.end_utc, trace.duration_s) == (3, "2024-01-01T03:00:00Z", 10800)


def test_integral_and_mean_worked_by_hand() -> None:
    trace = make([100, 200, 300])
    assert trace.integral(1800, 9000) == pytest.approx(50 + 200 + 150, rel=1e-15)
    assert trace.mean("2024-01-01T00:30:00Z", "2024-01-01T02:30:00Z") == pytest.approx(200, rel=1e-15)
    assert trace.mean(np.array([0, 3600]), np.array([3600, 10800])).tolist() == pytest.approx([100, 250])


@given(trace_and_interval())
def test_integral_equals_the_sum_over_seconds(case: tuple[CarbonTrace, int, int]) -> None:
    trace, first, last = case
    assert trace.integral(first, last) == pytest.approx(riemann(trace, first, last), rel=1e-9, abs=1e-9)


@given(trace_and_interval(), st.floats(0, 1))
def test_integral_is_additive(case: tuple[CarbonTrace, int, int], share: float) -> None:
    trace, first, last = case
    middle = first + share * (last - first)
    whole = trace.integral(first, last)
    assert trace.integral(first, middle) + trace.integral(middle, last) == pytest.approx(whole, rel=1e-9, abs=1e-9)


@given(trace_and_interval())
def test_minutes_integrate_to_the_trace(case: tuple[CarbonTrace, int, int]) -> None:
    trace, first, last = case
    minutes = (last - first) // 60
    means = trace.per_minute(first, minutes)
    assert means.shape == (minutes,)
    assert means.sum() / 60 == pytest.approx(trace.integral(first, first + 60 * minutes), rel=1e-9, abs=1e-9)


@given(carbon_traces(max_steps=30, steps_s=(60, 300, 3600)))
def test_a_minute_within_one_step_has_its_value_bit_for_bit(trace: CarbonTrace) -> None:
    minutes = trace.per_minute(trace.start_utc, trace.duration_s // 60)
    assert np.array_equal(minutes, np.repeat(trace.intensity_g_per_kwh, trace.step_s // 60))


def test_minutes_of_steps_that_are_no_whole_minutes_are_exact_means() -> None:
    trace = make([60, 0, 120], step_s=40)
    assert trace.per_minute(0, 2).tolist() == pytest.approx([40, 80], rel=1e-15)
    assert trace.per_minute("2024-01-01T00:00:10Z", 1).tolist() == pytest.approx([30], rel=1e-15)


@given(carbon_traces(min_steps=1, max_steps=96), st.data())
def test_resampling_conserves_the_integral_over_every_new_step(trace: CarbonTrace, data: st.DataObject) -> None:
    steps = [step for step in (60, 300, 600, 900, 1800, 3600, 7200, 86400) if trace.duration_s % step == 0]
    coarse = trace.resample(data.draw(st.sampled_from(steps)))
    edges = coarse.step_s * np.arange(coarse.n + 1)
    np.testing.assert_allclose(coarse.integral(edges[:-1], edges[1:]), trace.integral(edges[:-1], edges[1:]),
                               rtol=1e-9, atol=1e-9)
    assert (coarse.start_utc, coarse.end_utc) == (trace.start_utc, trace.end_utc)


@given(carbon_traces(max_steps=48, steps_s=(1800, 3600)), st.sampled_from([60, 300, 600]))
def test_finer_and_back_is_the_same_trace(trace: CarbonTrace, step_s: int) -> None:
    back = trace.resample(step_s).resample(trace.step_s)
    np.testing.assert_allclose(back.intensity_g_per_kwh, trace.intensity_g_per_kwh, rtol=1e-13, atol=0)
    assert back.replace(intensity_g_per_kwh=trace.intensity_g_per_kwh) == trace


def test_a_coarse_step_is_estimated_when_any_part_of_it_is() -> None:
    trace = make([1, 2, 3, 4], estimated=[False, True, False, False])
    assert trace.resample(7200).estimated.tolist() == [True, False]


@pytest.mark.parametrize("local", [datetime(2024, 3, 31, 1, tzinfo=ZoneInfo("Europe/Berlin")),
                                   datetime(2024, 10, 27, 1, tzinfo=ZoneInfo("Europe/Berlin"))])
def test_hours_are_even_in_utc_across_a_clock_change(local: datetime) -> None:
    trace = make(list(range(6)), start_utc=local)
    elapsed = [local.astimezone(UTC) + timedelta(hours=hour) for hour in range(6)]
    assert [trace.at(one.astimezone(ZoneInfo("Europe/Berlin"))) for one in elapsed] == [0, 1, 2, 3, 4, 5]


@given(trace_and_interval(), st.integers(-400, 400))
def test_shifting_in_utc_changes_no_integral(case: tuple[CarbonTrace, int, int], days: int) -> None:
    trace, first, last = case
    shifted = trace.shifted(days * 86400 + 3600)
    assert shifted.shifted(-days * 86400 - 3600) == trace
    start = iso(shifted.start_s + first)
    assert shifted.integral(start, iso(shifted.start_s + last)) == trace.integral(first, last)


@given(carbon_traces(max_steps=24), st.floats(0, 10))
def test_scaling_scales_the_integral(trace: CarbonTrace, factor: float) -> None:
    assert trace.scaled(factor).integral(0, trace.duration_s) == pytest.approx(
        factor * trace.integral(0, trace.duration_s), rel=1e-9, abs=1e-9)


@given(carbon_traces(min_steps=2, max_steps=40), st.data())
def test_windows_of_a_trace_join_to_it(trace: CarbonTrace, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, trace.n - 1)) * trace.step_s
    head, tail = trace.window(0, cut), trace.window(iso(trace.start_s + cut), trace.duration_s - cut)
    assert join([tail, head]) == trace
    with pytest.raises(InputError, match="overlap"):
        join([trace, tail])


def test_join_names_what_is_missing() -> None:
    head, tail = make([1, 2]), make([3], start_utc="2024-01-01T05:00:00Z")
    with pytest.raises(GapError) as caught:
        join([head, tail])
    assert caught.value.intervals == (("2024-01-01T02:00:00Z", "2024-01-01T05:00:00Z"),)


def test_join_refuses_nothing_and_policies_that_differ_and_marks_what_is_estimated() -> None:
    with pytest.raises(InputError, match="none given"):
        join([])
    held = make([1], gap_policy="hold", estimated=[True])
    with pytest.raises(InputError, match="hold, linear"):
        join([held, held.shifted(3600).replace(gap_policy="linear")])
    joined = join([held, make([2]).shifted(3600)])
    assert (joined.gap_policy, joined.estimated.tolist()) == ("hold", [True, False])


@given(carbon_traces(max_steps=10), st.data())
def test_emissions_of_a_load_add_up_over_its_pieces(trace: CarbonTrace, data: st.DataObject) -> None:
    edges = np.array(sorted(data.draw(st.sets(st.integers(0, trace.duration_s), min_size=2, max_size=6))))
    power = np.array(data.draw(st.lists(st.floats(0, 1e4), min_size=len(edges) - 1, max_size=len(edges) - 1)))
    pieces = power / 1000 * trace.integral(edges[:-1], edges[1:])
    assert trace.emissions_g(power, edges) == pytest.approx(pieces.sum(), rel=1e-9, abs=1e-9)


def test_an_empty_load_emits_nothing_and_no_minutes_are_an_empty_array() -> None:
    assert make([250]).emissions_g([], [0]) == 0
    assert make([250]).per_minute(0, 0).shape == (0,)


def test_a_kilowatt_for_an_hour_emits_the_intensity() -> None:
    assert make([250]).emissions_g([1000.0], [0, 3600]) == pytest.approx(250, rel=1e-15)


@pytest.mark.parametrize(("call", "missing"), [
    (lambda t: t.at("2024-01-01T03:00:00Z"), "2024-01-01T03:00:00Z"),
    (lambda t: t.at(-1), "2023-12-31T23:59:59Z to 2024-01-01T00:00:00Z"),
    (lambda t: t.integral(0, 10801), "2024-01-01T03:00:00Z to 2024-01-01T03:00:01Z"),
    (lambda t: t.per_minute("2024-01-01T02:00:00Z", 120), "2024-01-01T03:00:00Z to 2024-01-01T04:00:00Z"),
    (lambda t: t.per_minute("2023-12-31T23:00:00Z", 1), "2023-12-31T23:00:00Z to 2024-01-01T00:00:00Z"),
    (lambda t: t.window("2024-01-01T01:00:00Z", 14400), "2024-01-01T03:00:00Z to 2024-01-01T05:00:00Z"),
    (lambda t: t.at(1e300), "does not cover"),
])
def test_what_is_not_covered_is_named(call: Any, missing: str) -> None:
    with pytest.raises(InputError, match=missing):
        call(make([1, 2, 3]))


@pytest.mark.parametrize("call", [
    lambda t: t.integral(7200, 3600), lambda t: t.mean(60, 60), lambda t: t.window(0, 0), lambda t: t.window(60, 3600),
    lambda t: t.window(0, 5400), lambda t: t.resample(7200), lambda t: t.resample(0), lambda t: t.scaled(-1),
    lambda t: t.shifted(10**30), lambda t: t.shifted(-10**11), lambda t: t.shifted(0.5),
    lambda t: t.scaled(float("nan")), lambda t: t.scaled(1e9), lambda t: t.per_minute(0, -1), lambda t: t.at(np.nan),
    lambda t: t.per_minute(0, 1.5), lambda t: t.at("2024-01-01T00:00:00"), lambda t: t.at([None]),
    lambda t: t.at(np.array(["NaT"], dtype="datetime64[s]")), lambda t: t.emissions_g([1.0], [0, 0]),
    lambda t: t.emissions_g([1.0, 2.0], [0, 3600]), lambda t: t.window(np.array([0, 1]), 3600),
    lambda t: t.emissions_g([np.nan], [0, 60]),
])
def test_what_has_no_meaning_is_refused(call: Any) -> None:
    with pytest.raises(InputError):
        call(make([1, 2, 3]))


@given(carbon_traces(max_steps=20, kind="average", scope="direct", basis="production", gases="CO2"),
       st.floats(0, 1), st.data())
def test_a_blend_lies_between_its_traces(trace: CarbonTrace, weight: float, data: st.DataObject) -> None:
    other = trace.scaled(data.draw(st.floats(0, 2)))
    mixed = blend([trace, other], [weight, 1 - weight])
    expected = weight * trace.intensity_g_per_kwh + (1 - weight) * other.intensity_g_per_kwh
    np.testing.assert_allclose(mixed.intensity_g_per_kwh, expected, rtol=1e-12, atol=1e-12)


def test_average_and_marginal_are_never_combined() -> None:
    average, marginal = make([1, 2]), make([1, 2], kind="marginal")
    with pytest.raises(InputError, match="kind"):
        blend([average, marginal], [0.5, 0.5])
    with pytest.raises(InputError, match="kind"):
        join([average, marginal.shifted(7200)])


def test_every_difference_between_blended_traces_is_listed() -> None:
    other = make([1], kind="marginal", scope="direct", basis="production", gases="CO2", step_s=60)
    with pytest.raises(InputError) as caught:
        blend([make([1, 2]), other], [0.5, 0.5])
    assert {problem.field for problem in caught.value.problems} == {"kind", "scope", "basis", "gases", "step_s", "n"}


@pytest.mark.parametrize("weights", [[0.5], [0.7, 0.7], [1.5, -0.5], [np.nan, 1.0]])
def test_weights_that_are_no_shares_are_refused(weights: list[float]) -> None:
    with pytest.raises(InputError, match="weights"):
        blend([make([1]), make([2])], weights)


@given(carbon_traces(max_steps=30))
def test_json_and_back_is_the_same_trace(trace: CarbonTrace) -> None:
    back = CarbonTrace.from_content(json.loads(trace.model_dump_json()), "file")
    assert back == trace
    assert back.digest == trace.digest


def test_provenance_does_not_change_the_digest_and_values_do() -> None:
    trace = make([1, 2])
    assert make([1, 2], source="a", licence="b", gap_policy="hold").digest == trace.digest
    for change in ({"zone": "DE"}, {"step_s": 60}, {"kind": "marginal"}, {"intensity_g_per_kwh": [1, 3]},
                   {"estimated": [False, False]}, {"start_utc": "2024-01-01T01:00:00Z"}, {"series": "forecast"}):
        assert make(**({"values": [1, 2]} | {k: v for k, v in change.items() if k != "intensity_g_per_kwh"}
                       | {"values": change.get("intensity_g_per_kwh", [1, 2])})).digest != trace.digest


@pytest.mark.parametrize(("field", "value"), [
    ("intensity_g_per_kwh", []), ("intensity_g_per_kwh", [-1.0]), ("intensity_g_per_kwh", [float("nan")]),
    ("intensity_g_per_kwh", [1e6]), ("intensity_g_per_kwh", "1"), ("step_s", 0), ("zone", ""), ("kind", "mean"),
    ("start_utc", "2024-01-01"), ("start_utc", "2024-01-01T00:00:00"), ("start_utc", 5), ("estimated", [True, False]),
    ("estimated", [1]), ("gap_policy", "guess"), ("colour", "green"),
])
def test_a_field_that_cannot_be_is_refused_by_name(field: str, value: Any) -> None:
    content = {"zone": "GB", "start_utc": "2024-01-01T00:00Z", "step_s": 3600, "intensity_g_per_kwh": [1.0]}
    with pytest.raises(InputError, match=field):
        CarbonTrace.from_content(content | {field: value}, "file.json")


def test_values_cannot_be_changed_in_place() -> None:
    values = np.array([1.0, 2.0])
    trace = make(values)  # type: ignore[arg-type]
    values[0] = 9.0
    assert trace.at(0) == 1.0
    with pytest.raises(ValueError, match="read-only"):
        trace.intensity_g_per_kwh[0] = 5.0
