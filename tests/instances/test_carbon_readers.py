"""Readers: each published layout is told by its header and read exactly; what is ambiguous is refused."""

import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import CarbonTrace, GapError, read_carbon, read_carbon_zones

DUMP = (
    "datetime,created_at,updated_at,timestamp,zone_name,carbon_intensity_avg,carbon_intensity_direct_avg,"
    "carbon_intensity_production_avg,production_sources\n"
    "2021-01-01 00:00:00+00:00,2022-02-04T16:49:58.778849+00:00,x,1609459200.0,JP-TK,492.17,407.23,498.64,tepco.jp\n"
    "2021-01-01T01:00:00+00:00,2022-02-04T16:49:58.278284+00:00,x,1609462800,JP-TK,474.05,390.88,476.82,tepco.jp\n"
)
SECOND = (
    "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA),"
    "Low Carbon Percentage,Renewable Percentage,Data Source,Data Estimated,Data Estimation Method\n"
    '2023-01-01 00:00:00,USA,"Electric Reliability Council of Texas, Inc.",US-TEX-ERCO,269.82,318.55,54.74,42.5,'
    "eia.gov,false,\n"
    '2023-01-01 01:00:00,USA,"Electric Reliability Council of Texas, Inc.",US-TEX-ERCO,224.47,266.39,62.69,50.27,'
    "Electricity Maps Estimation; eia.gov,true,ESTIMATED_TIME_SLICER_AVERAGE\n"
)
THIRD = (
    "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
    "Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),Renewable energy percentage (RE%),"
    "Data source,Data estimated,Data estimation method\n"
    "2025-01-01 00:00:00,Germany,Germany,DE,300.5,350.25,50,45,entsoe.eu,false,\n"
    "2025-01-01 01:00:00,Germany,Germany,DE,301.5,351.25,50,45,entsoe.eu,true,X\n"
)
SITE = (
    "Datetime (UTC),Actual Carbon Intensity (gCO2/kWh),Forecast Carbon Intensity (gCO2/kWh),Index\n"
    "2024-01-01T00:00Z,100,105,low\n2024-01-01T00:30Z,102,104,low\n2024-01-01T01:00Z,,103,low\n"
)
MIX = (
    "DATETIME,GAS,COAL,NUCLEAR,WIND,WIND_EMB,HYDRO,IMPORTS,BIOMASS,OTHER,SOLAR,STORAGE,GENERATION,CARBON_INTENSITY,"
    "LOW_CARBON,ZERO_CARBON,RENEWABLE,FOSSIL,GAS_perc\n"
    "2009-01-01 00:00:00,8369,15037,7099,249,61,246,2519,0,0,0,0,33580,529,7655,7655,556,23406,24.9\n"
    "2009-01-01 00:30:00+00:00,8498,15095,7087,225,55,245,2497,0,0,0,0,33702,530,7612,7612,525,23593,25.2\n"
)
WATTTIME = {
    "data": [{"point_time": "2026-04-01T00:00:00+00:00", "value": 1000.0},
             {"point_time": "2026-04-01T00:05:00+00:00", "value": 412.5}],
    "meta": {"region": "CAISO_NORTH", "signal_type": "co2_moer", "units": "lbs_co2_per_mwh",
             "data_point_period_seconds": 300, "model": {"date": "2026-03-01"}},
}
NESO_API = {"data": [
    {"from": "2018-01-20T12:00Z", "to": "2018-01-20T12:30Z",
     "intensity": {"forecast": 266, "actual": 263, "index": "moderate"}},
    {"from": "2018-01-20T12:30Z", "to": "2018-01-20T13:00Z",
     "intensity": {"forecast": 270, "actual": None, "index": "moderate"}},
]}
MAPS_API = {"zone": "DE", "history": [
    {"zone": "DE", "carbonIntensity": 302, "datetime": "2022-04-07T09:00:00.000Z",
     "updatedAt": "2022-04-07T09:45:22.678Z", "emissionFactorType": "lifecycle", "isEstimated": False},
    {"zone": "DE", "carbonIntensity": 298, "datetime": "2022-04-07T10:00:00.000Z",
     "updatedAt": "2022-04-07T09:45:22.678Z", "emissionFactorType": "lifecycle", "isEstimated": True},
]}
SDK = {"Emissions": [
    {"Location": "eastus", "Time": "2021-09-01T00:30:00+00:00", "Rating": 30.0, "Duration": "08:00:00"},
    {"Location": "westus", "Time": "2021-09-01T00:30:00+00:00", "Rating": 50.0, "Duration": "08:00:00"},
    {"Location": "eastus", "Time": "2021-09-01T08:30:00+00:00", "Rating": 40.0, "Duration": "08:00:00"},
]}
HEADER = {"zone": "GB", "unit": "g/kWh", "kind": "average", "scope": "direct", "basis": "consumption", "step_s": 1800,
          "source": "measured", "licence": "CC0"}
PLAIN = "time,value,forecast\n2024-01-01T00:00:00Z,100,101\n2024-01-01T01:30:00+01:00,200,199\n"


def load(content: str | dict[str, Any], **options: Any) -> CarbonTrace:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_carbon(text.encode(), **options)


def meaning(trace: CarbonTrace) -> tuple[str, ...]:
    return (trace.kind, trace.scope, trace.basis, trace.gases, trace.series)


@pytest.mark.parametrize(("content", "options", "zone", "start", "step_s", "values", "means"), [
    (DUMP, {"signal": "lifecycle"}, "JP-TK", "2021-01-01T00:00:00Z", 3600, [492.17, 474.05],
     ("average", "lifecycle", "consumption", "CO2e", "actual")),
    (DUMP, {"signal": "direct"}, "JP-TK", "2021-01-01T00:00:00Z", 3600, [407.23, 390.88],
     ("average", "direct", "consumption", "CO2e", "actual")),
    (DUMP, {"signal": "production"}, "JP-TK", "2021-01-01T00:00:00Z", 3600, [498.64, 476.82],
     ("average", "lifecycle", "production", "CO2e", "actual")),
    (SECOND, {"signal": "lifecycle"}, "US-TEX-ERCO", "2023-01-01T00:00:00Z", 3600, [318.55, 266.39],
     ("average", "lifecycle", "consumption", "CO2e", "actual")),
    (SECOND, {"signal": "direct"}, "US-TEX-ERCO", "2023-01-01T00:00:00Z", 3600, [269.82, 224.47],
     ("average", "direct", "consumption", "CO2e", "actual")),
    (THIRD, {"signal": "lifecycle", "zone": "DE"}, "DE", "2025-01-01T00:00:00Z", 3600, [350.25, 351.25],
     ("average", "lifecycle", "consumption", "CO2e", "actual")),
    (SITE, {"signal": "actual"}, "GB", "2024-01-01T00:00:00Z", 1800, [100, 102],
     ("average", "direct", "consumption", "CO2", "actual")),
    (SITE, {"signal": "forecast"}, "GB", "2024-01-01T00:00:00Z", 1800, [105, 104, 103],
     ("average", "direct", "consumption", "CO2", "forecast")),
    (MIX, {}, "GB", "2009-01-01T00:00:00Z", 1800, [529, 530], ("average", "direct", "consumption", "CO2", "actual")),
    (WATTTIME, {}, "CAISO_NORTH", "2026-04-01T00:00:00Z", 300, [453.59237, 187.106852625],
     ("marginal", "direct", "production", "CO2", "actual")),
    (NESO_API, {"signal": "actual"}, "GB", "2018-01-20T12:00:00Z", 1800, [263],
     ("average", "direct", "consumption", "CO2", "actual")),
    (NESO_API, {"signal": "forecast"}, "GB", "2018-01-20T12:00:00Z", 1800, [266, 270],
     ("average", "direct", "consumption", "CO2", "forecast")),
    (MAPS_API, {}, "DE", "2022-04-07T09:00:00Z", 3600, [302, 298],
     ("average", "lifecycle", "consumption", "CO2e", "actual")),
    (SDK, {"zone": "eastus", "header": HEADER | {"step_s": 28800}}, "eastus", "2021-09-01T00:30:00Z", 28800, [30, 40],
     ("average", "direct", "consumption", "CO2e", "actual")),
    (PLAIN, {"signal": "value", "header": HEADER}, "GB", "2024-01-01T00:00:00Z", 1800, [100, 200],
     ("average", "direct", "consumption", "CO2e", "actual")),
    (PLAIN, {"signal": "forecast", "header": json.dumps(HEADER | {"unit": "lb/MWh", "kind": "marginal"}).encode()},
     "GB", "2024-01-01T00:00:00Z", 1800, [101 * 0.45359237, 199 * 0.45359237],
     ("marginal", "direct", "consumption", "CO2e", "forecast")),
])
def test_each_layout_is_read_exactly(content: Any, options: dict[str, Any], zone: str, start: str, step_s: int,
                                     values: list[float], means: tuple[str, ...]) -> None:
    trace = load(content, **options)
    assert (trace.zone, trace.start_utc, trace.step_s) == (zone, start, step_s)
    np.testing.assert_allclose(trace.intensity_g_per_kwh, values, rtol=1e-14)
    assert meaning(trace) == means
    assert trace.source
    assert trace.licence


def test_estimated_hours_and_sources_are_carried() -> None:
    trace = load(SECOND, signal="direct")
    assert trace.estimated is not None
    assert trace.estimated.tolist() == [False, True]
    assert trace.source == "Electricity Maps: Electricity Maps Estimation; eia.gov"
    assert load(MAPS_API).estimated.tolist() == [False, True]  # type: ignore[union-attr]
    assert load(DUMP, signal="direct").estimated is None


@pytest.mark.parametrize(("content", "options", "choices"), [
    (DUMP, {}, "lifecycle or direct or production"), (SECOND, {}, "direct or lifecycle"),
    (THIRD, {}, "direct or lifecycle"), (SITE, {}, "actual or forecast"), (NESO_API, {}, "actual or forecast"),
    (PLAIN, {"header": HEADER}, "value or forecast"), (SECOND, {"signal": "production"}, "direct or lifecycle"),
    (WATTTIME, {"signal": "co2_aoer"}, "co2_moer"),
])
def test_a_series_has_to_be_chosen_where_there_are_several(content: Any, options: dict[str, Any],
                                                           choices: str) -> None:
    with pytest.raises(InputError, match=choices):
        load(content, **options)


def test_a_blank_column_is_no_choice() -> None:
    blank = SECOND.replace("269.82", "").replace("224.47", "")
    assert load(blank).scope == "lifecycle"
    with pytest.raises(InputError, match="no value in any row"):
        load(blank, signal="direct")


def test_a_file_of_several_zones_is_read_by_zone_or_whole() -> None:
    both = THIRD + THIRD.splitlines()[1].replace(",DE,", ",FR,") + "\n" + THIRD.splitlines()[2].replace(",DE,", ",FR,")
    with pytest.raises(InputError, match="choose one of DE, FR"):
        load(both, signal="direct")
    with pytest.raises(InputError, match="it has DE, FR"):
        load(both, signal="direct", zone="GB")
    zones = read_carbon_zones(both.encode(), signal="direct")
    assert list(zones) == ["DE", "FR"]
    assert zones["FR"] == load(both, signal="direct", zone="FR")


def test_a_column_for_each_zone_needs_its_zones_in_the_side_car() -> None:
    wide = "datetime_utc,DE,GB\n2021-01-01T00:00Z,526.77,233.76\n2021-01-01T01:00Z,533.4,\n"
    header = {key: value for key, value in HEADER.items() if key != "zone"} | {"zones": ["DE", "GB"], "step_s": 3600}
    assert load(wide, zone="DE", header=header).intensity_g_per_kwh.tolist() == [526.77, 533.4]
    with pytest.raises(GapError):
        read_carbon_zones(wide.encode(), header=header)
    zones = read_carbon_zones(wide.encode(), header=header, gap_policy="hold")
    assert zones["GB"].intensity_g_per_kwh.tolist() == [233.76, 233.76]
    with pytest.raises(InputError, match="differ in fr"):
        load(wide, zone="DE", header=header | {"zones": ["DE", "GB", "FR"]})


@pytest.mark.parametrize("change", [
    lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n"), lambda text: text + "\n\n",
    lambda text: text.replace("₂", "2"), lambda text: text.replace("Carbon ", "carbon  "),
    lambda text: text.replace("2023-01-01 ", " 2023-01-01 ").replace(" 2023", "2023"),
])
def test_the_accidents_of_export_change_nothing(change: Any) -> None:
    assert load(change(SECOND), signal="direct") == load(SECOND, signal="direct")


@pytest.mark.parametrize("press", [gzip.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_compression_is_told_by_content(press: Any, tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    path.write_bytes(press(SECOND.encode()))
    assert read_carbon(path, signal="direct") == load(SECOND, signal="direct")
    bomb = press(SECOND.encode() + b"\n" * 10**6)
    with pytest.raises(InputError, match="more than"):
        read_carbon(bomb, signal="direct", limit_bytes=10**5)
    with pytest.raises(InputError, match="compress"):
        read_carbon(press(SECOND.encode())[:-9], signal="direct")


def test_a_plain_file_finds_its_side_car_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "gb.csv.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    with pytest.raises(InputError, match="side-car"):
        read_carbon(path, signal="value")
    (tmp_path / "gb.json").write_text(json.dumps(HEADER))
    assert read_carbon(path, signal="value") == load(PLAIN, signal="value", header=HEADER)
    (tmp_path / "gb.json").write_text(json.dumps(HEADER | {"unit": "furlong", "color": 1, "kind": "x"}))
    with pytest.raises(InputError) as caught:
        read_carbon(path, signal="value")
    assert {problem.field for problem in caught.value.problems} == {"color", "kind"}


@pytest.mark.parametrize(("content", "options", "message"), [
    ("", {}, "no known layout"), ("a,b\n1,2\n", {}, "no known layout"), ("{}", {}, "no known layout"),
    ("[1]", {}, "no known layout"), ("{", {}, "JSON"), ('{"data": [NaN]}', {}, "JSON"), ("[" * 10**5, {}, "deep"),
    (SECOND.splitlines()[0], {}, "no rows"), (SECOND.replace("(LCA)", "(direct)"), {}, "more than once"),
    (DUMP.replace("production_sources", "Zone Id").replace("created_at", "Datetime (UTC)")
     .replace("updated_at", "Carbon Intensity gCO2eq/kWh (LCA)"), {}, "fits .* and "),
    (THIRD.replace("Country", "Carbon intensity gCO₂eq/kWh (LCA)"), {}, "both an LCA"),
    (DUMP.replace("1609462800", "1609462801"), {}, "row 3, timestamp: 1609462801 is not the time"),
    (DUMP.replace("00:00:00+00:00", "00:00:00"), {}, "no UTC offset"),
    (SECOND.replace("269.82", "-1"), {}, "row 2, .*: -1 is negative"),
    (SECOND.replace("269.82", "n/a"), {}, "'n/a' is not a number"),
    (SECOND.replace("269.82", "nan"), {}, "'nan' is not a number"),
    (SECOND.replace("269.82", "1e999"), {}, "'1e999' is not a number"),
    (SECOND.replace("269.82", "1_000"), {}, "'1_000' is not a number"),
    (SECOND.replace("269.82", "269820000"), {"signal": "direct"}, "implausible; check the unit"),
    (SECOND.replace(",false,", ",perhaps,"), {}, "'perhaps' is neither"),
    (SECOND.replace("US-TEX-ERCO", " ", 1), {}, "row 2, Zone id: is blank"),
    (SECOND.replace(",54.74", ""), {}, "row 2: has 10 cells, the header 11"),
    (SECOND.replace('Inc."', "Inc."), {}, "row 3: is not CSV"),
    (SECOND.replace(" 01:00:00,USA", " 00:00:00,USA"), {"signal": "direct"}, "row 3: repeats 2023-01-01T00:00:00Z"),
    (SECOND[: SECOND.index("2023-01-01 01")], {"signal": "direct"}, "one row"),
    (SITE.replace("T01:00Z", "T01:07Z"), {"signal": "forecast"}, "off the 1800 s grid"),
    (SDK, {"zone": "eastus"}, "does not say what its ratings mean"),
    (SDK, {"zone": "eastus", "header": HEADER}, "'08:00:00' is not the header's step of 1800 s"),
    (PLAIN, {}, "side-car"), (PLAIN, {"header": {}}, "unit: missing"), (PLAIN, {"header": b"[]"}, "side-car header"),
    (PLAIN, {"header": HEADER | {"unit": "kg"}}, "not a known unit"),
    (PLAIN, {"header": {key: HEADER[key] for key in HEADER if key != "zone"}}, "names no zone"),
    (SECOND, {"signal": "direct", "gap_policy": "guess"}, "gap_policy"),
    ({"zone": "DE", "history": [{"carbonIntensity": 1, "datetime": "2022-04-07T09:00:00Z",
                                 "emissionFactorType": "mixed"}]}, {}, "emissionFactorType"),
    ({"data": []}, {}, "no known layout"),
    ({"zone": "DE", "history": [{"carbonIntensity": 1, "datetime": "2022-04-07T09:00:00Z"}],
      "temporalGranularity": "daily"}, {}, "temporalGranularity"),
    ({"zone": "DE", "forecast": [{"carbonIntensity": 1, "datetime": "2022-04-07T09:00:00Z"}], "updatedAt": "2022"},
     {}, "updatedAt"),
    ({"zone": "DE", "history": [{"carbonIntensity": 10**400, "datetime": 5, "isEstimated": "yes"}]}, {},
     "isEstimated: 'yes' is neither"),
    (SITE.replace("105", "").replace("104", "").replace("103", "").replace("100", "").replace("102", ""), {},
     "no value in any row"),
    (PLAIN, {"header": HEADER | {"zones": ["GB"]}}, "both zone and zones"),
    ({"data": [{"from": "2018-01-20T12:00Z", "to": "2018-01-20T11:30Z", "intensity": {"actual": 1}}]}, {}, "to: is"),
    ({"data": [{"from": "2018-01-20T12:00Z", "to": 5, "intensity": 7}, 3]}, {}, r"data\[1\]: is a int"),
])
def test_what_cannot_be_read_is_refused_with_its_reason(content: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(content, **options)


@pytest.mark.parametrize(("key", "value", "message"), [
    ("signal_type", "health_damage", "no carbon intensity"), ("units", "usd", "units"), ("region", "", "region"),
    ("data_point_period_seconds", -5, "seconds"), ("data_point_period_seconds", "300", "seconds"),
    ("data_point_periods_second", 600, "seconds"), ("generated_at", "now", "generated_at"),
])
def test_a_meta_of_watttime_that_cannot_be_is_refused(key: str, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(WATTTIME | {"meta": WATTTIME["meta"] | {key: value}})


def test_a_forecast_carries_its_issue() -> None:
    trace = load(WATTTIME | {"meta": WATTTIME["meta"] | {"generated_at": "2026-03-31T23:55:00+00:00"}})
    assert (trace.series, trace.issued_at) == ("forecast", "2026-03-31T23:55:00Z")
    maps = load({"zone": "DE", "forecast": MAPS_API["history"], "updatedAt": "2022-04-07T09:45:22.678Z"})
    assert (maps.series, maps.issued_at) == ("forecast", "2022-04-07T09:45:22Z")


def test_all_problems_are_told_up_to_twenty() -> None:
    rows = "\n".join(f"2024-01-{day:02d}T00:00Z,bad,-{day},low" for day in range(1, 32))
    with pytest.raises(InputError) as caught:
        load(SITE.splitlines()[0] + "\n" + rows)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("... and 42 more")
    assert lines[0].endswith("row 2, actual carbon intensity (gco2/kwh): 'bad' is not a number; "
                             "give a number or leave it blank")


def test_gaps_are_listed_then_filled_as_asked() -> None:
    hours = [hour for hour in range(10) if hour not in (3, 4, 7)]
    text = SITE.splitlines()[0] + "\n" + "\n".join(f"2024-01-01T{h:02d}:00Z,{100 + h},{h},low" for h in hours)
    text = text.replace(",105,5,", ",,5,")
    with pytest.raises(GapError) as caught:
        load(text, signal="actual")
    assert caught.value.intervals == (("2024-01-01T03:00:00Z", "2024-01-01T06:00:00Z"),
                                      ("2024-01-01T07:00:00Z", "2024-01-01T08:00:00Z"))
    filled = load(text, signal="actual", gap_policy="linear")
    assert filled.intensity_g_per_kwh.tolist() == [100 + hour for hour in range(10)]
    assert filled.estimated is not None
    assert np.flatnonzero(filled.estimated).tolist() == [3, 4, 5, 7]
    assert filled.gap_policy == "linear"
    assert load(SITE, signal="forecast", gap_policy="linear").gap_policy == "raise"


def test_hours_repeated_by_a_local_clock_are_refused_and_offsets_mend_them() -> None:
    header = HEADER | {"step_s": 3600}
    rows = ["02:00:00+02:00", "02:00:00+01:00"]
    good = "time,value\n" + "\n".join(f"2024-10-27T{row},{k}" for k, row in enumerate(rows))
    assert load(good, header=header).intensity_g_per_kwh.tolist() == [0, 1]
    with pytest.raises(InputError, match=r"row 3: repeats 2024-10-27T00:00:00Z; .*clock change"):
        load(good.replace("+01:00", "+02:00"), header=header)


def test_an_absurd_year_costs_no_memory() -> None:
    text = SECOND.replace("2023-01-01 01", "9023-01-01 01") + SECOND.splitlines()[2].replace(" 01:", " 02:")
    with pytest.raises(InputError):
        load(text, signal="direct")
    with pytest.raises(InputError):
        load(text + "\n" + SECOND.splitlines()[2].replace(" 01:", " 03:"), signal="direct", gap_policy="hold")


@pytest.mark.parametrize("path", ["no/such/file.csv", ".", "bad\0name"])
def test_a_path_that_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        read_carbon(path)


def test_text_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(InputError, match="UTF-8"):
        read_carbon(SECOND.encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        read_carbon(SECOND.replace("₂", "²").encode("latin-1"))
