"""Files and back: what is written is read as the same trace; row order and damage never mislead."""

import json
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import CarbonTrace, generate_carbon, read_carbon, write_carbon
from ecoopt.instances.carbon.readers.carbon_aware_sdk import write_sdk
from ecoopt.instances.carbon.readers.electricity_maps_csv import write_portal
from ecoopt.instances.carbon.readers.plain import write_plain
from ecoopt.instances.carbon.readers.watttime import write_watttime
from ecoopt.testing.carbon import carbon_traces

PORTAL = {"kind": "average", "basis": "consumption", "gases": "CO2e"}
HEADER = {"zone": "GB", "unit": "g/kWh", "kind": "average", "scope": "direct", "basis": "consumption", "step_s": 3600,
          "source": "", "licence": ""}
MARGINAL = {"kind": "marginal", "scope": "direct", "basis": "production", "gases": "CO2"}


def sample_files() -> dict[str, tuple[bytes, dict[str, Any]]]:
    """One small file of each layout with the options that read it."""
    trace = generate_carbon("GB", days=1, seed=0)
    marginal = trace.replace(**MARGINAL)
    hours = [stamp[:16] for stamp in trace.times.astype(str)]
    values = trace.intensity_g_per_kwh.round(2).tolist()
    csv, header = write_plain(trace)
    rows = list(zip(hours, values, strict=True))
    side = json.loads(header)
    site = "Datetime (UTC),Actual Carbon Intensity (gCO2/kWh),Forecast Carbon Intensity (gCO2/kWh),Index\n"
    dump = "datetime,timestamp,zone_name,carbon_intensity_avg\n"
    mix = "DATETIME,GAS,COAL,IMPORTS,GENERATION,CARBON_INTENSITY\n"
    api = [{"from": f"{hour}Z", "to": f"{after}Z", "intensity": {"actual": value, "forecast": value}}
           for (hour, value), after in zip(rows, [*hours[1:], "2023-01-02T00:00"], strict=True)]
    maps = [{"datetime": f"{hour}:00.000Z", "carbonIntensity": value, "isEstimated": False} for hour, value in rows]
    return {
        "dump": ((dump + "".join(f"{hour}:00+00:00,,GB,{value}\n" for hour, value in rows)).encode(), {}),
        "portal": (write_portal(trace), {}),
        "site": ((site + "".join(f"{hour}Z,{value},{value},low\n" for hour, value in rows)).encode(),
                 {"signal": "actual"}),
        "mix": ((mix + "".join(f"{hour}:00,1,2,3,6,{value}\n" for hour, value in rows)).encode(), {}),
        "watttime": (write_watttime(marginal), {}),
        "neso api": (json.dumps({"data": api}).encode(), {"signal": "forecast"}),
        "maps api": (json.dumps({"zone": "GB", "history": maps}).encode(), {}),
        "sdk": (write_sdk(trace), {"header": side}),
        "plain": (csv, {"header": side}),
        "wide": (csv.replace(b"time,value", b"time,GB"),
                 {"header": {key: side[key] for key in side if key != "zone"} | {"zones": ["GB"]}}),
    }


FILES = sample_files()


@given(carbon_traces(), st.sampled_from(["", ".gz", ".xz", ".zst"]))
@settings(max_examples=30)
def test_plain_and_back_is_the_same_trace(tmp_path_factory: pytest.TempPathFactory, trace: CarbonTrace,
                                          suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"plain.csv{suffix}"
    write_carbon(trace, path)
    back = read_carbon(path)
    assert back == trace
    assert (back.source, back.licence) == (trace.source, trace.licence)


@given(carbon_traces(series="forecast", issued_at="2020-01-01T00:00:00Z"))
@settings(max_examples=20)
def test_a_plain_forecast_keeps_its_issue(trace: CarbonTrace) -> None:
    csv, header = write_plain(trace)
    assert read_carbon(csv, header=header) == trace


@given(carbon_traces(min_steps=2, **PORTAL))
def test_electricity_maps_and_back_is_the_same_trace(trace: CarbonTrace) -> None:
    again = read_carbon(write_portal(trace.replace(source="Electricity Maps: a.org; b.org")))
    assert again == trace
    assert write_portal(again) == write_portal(read_carbon(write_portal(again)))


@given(carbon_traces(**MARGINAL) | carbon_traces(**(MARGINAL | {"kind": "average"})))
def test_watttime_and_back_is_the_same_trace_to_1e_12(trace: CarbonTrace) -> None:
    back = read_carbon(write_watttime(trace))
    np.testing.assert_allclose(back.intensity_g_per_kwh, trace.intensity_g_per_kwh, rtol=1e-12, atol=1e-300)
    assert back.replace(intensity_g_per_kwh=trace.intensity_g_per_kwh) == trace


@given(carbon_traces(estimated=None))
def test_carbon_aware_sdk_and_back_is_the_same_trace(trace: CarbonTrace) -> None:
    header = {"unit": "g/kWh", **trace.signal, "step_s": trace.step_s, "source": "", "licence": ""}
    assert read_carbon(write_sdk(trace), header=header) == trace


@pytest.mark.parametrize(("writer", "change"), [
    (write_portal, {"kind": "marginal"}), (write_portal, {"basis": "production"}), (write_portal, {"gases": "CO2"}),
    (write_portal, {"series": "forecast"}), (write_watttime, {}), (write_watttime, {**MARGINAL, "series": "forecast"}),
])
def test_a_layout_refuses_what_it_cannot_hold(writer: Any, change: dict[str, str]) -> None:
    with pytest.raises(InputError):
        writer(generate_carbon("GB", days=1, seed=0).replace(**change))


@pytest.mark.parametrize(("layout", "change"), [("electricity-maps", PORTAL), ("watttime", MARGINAL),
                                                ("carbon-aware-sdk", {})])
def test_every_layout_is_written_to_a_compressed_file(tmp_path: Path, layout: Any, change: dict[str, str]) -> None:
    trace = generate_carbon("GB", days=2, seed=0).replace(**change)
    write_carbon(trace, tmp_path / "trace.xz", layout=layout)
    header = {"unit": "g/kWh", **trace.signal, "step_s": 3600, "source": "", "licence": ""}
    back = read_carbon(tmp_path / "trace.xz", header=header)
    np.testing.assert_allclose(back.intensity_g_per_kwh, trace.intensity_g_per_kwh, rtol=1e-12)
    assert [path.name for path in tmp_path.iterdir()] == ["trace.xz"]


def test_writing_refuses_unknown_layouts_and_paths(tmp_path: Path) -> None:
    trace = generate_carbon("GB", days=1, seed=0)
    for path, options in ((tmp_path / "x.csv", {"layout": "excel"}), (tmp_path / "no" / "x.csv", {})):
        with pytest.raises(InputError):
            write_carbon(trace, path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", sorted(FILES))
@given(st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_the_order_of_rows_does_not_matter(layout: str, order: random.Random) -> None:
    raw, options = FILES[layout]
    if raw.lstrip().startswith(b"{"):
        content = json.loads(raw)
        rows = next(value for value in content.values() if isinstance(value, list))
        order.shuffle(rows)
        mixed = json.dumps(content).encode()
    else:
        first, *lines = raw.splitlines(keepends=True)
        order.shuffle(lines)
        mixed = first + b"".join(lines)
    assert read_carbon(mixed, **options) == read_carbon(raw, **options)


@pytest.mark.parametrize("layout", sorted(FILES))
@given(st.data())
def test_a_damaged_file_is_read_or_refused_never_a_crash(layout: str, data: st.DataObject) -> None:
    raw, options = FILES[layout]
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        deed = data.draw(st.sampled_from(["cut", "set", "drop", "insert", "repeat"]))
        if deed == "cut":
            del damaged[place:]
        elif deed == "set" and damaged:
            damaged[place] = data.draw(st.integers(0, 255))
        elif deed == "drop":
            del damaged[place:place + data.draw(st.integers(1, 40))]
        elif deed == "insert":
            damaged[place:place] = data.draw(st.sampled_from([b",", b'"', b"\n", b"null", b"-", b"9", b"[", b"}", b"\0",
                                                              b"1e400", b"true", "₂".encode(), b"\x1f\x8b"]))
        else:
            damaged[place:place] = damaged[place:place + 100]
    policy = data.draw(st.sampled_from(["raise", "hold", "linear", "same-hour-last-week"]))
    try:
        trace = read_carbon(bytes(damaged), gap_policy=policy, **options)
    except InputError as error:
        lines = str(error).splitlines()
        assert 1 <= len(lines) <= 21
        assert max(map(len, lines)) < 1000
    else:
        assert np.isfinite(trace.intensity_g_per_kwh).all()
        assert trace.n >= 1


@given(st.binary(max_size=200), st.sampled_from([None, HEADER]))
def test_any_bytes_are_refused_in_words(raw: bytes, header: dict[str, Any] | None) -> None:
    with pytest.raises(InputError):
        read_carbon(raw, header=header)


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["data", "meta", "zone", "history", "Emissions", "from", "to", "intensity", "signal_type", "value", "actual",
         "point_time", "carbonIntensity", "datetime", "Time", "Rating", "Duration", "Location"]), inner, max_size=5)),
    max_leaves=20)


@given(JSON)
@settings(max_examples=200)
def test_json_of_any_shape_is_read_or_refused(content: Any) -> None:
    with pytest.raises(InputError):
        read_carbon(json.dumps(content).encode(), header=HEADER)


def test_a_year_of_hours_is_read_well_under_a_tenth_of_a_second() -> None:
    raw = write_portal(generate_carbon("GB", days=365, seed=0))
    read_carbon(raw)
    seconds = []
    for _ in range(5):
        before = time.process_time()
        assert read_carbon(raw).n == 8760
        seconds.append(time.process_time() - before)
    assert min(seconds) < 0.1
