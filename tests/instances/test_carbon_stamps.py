"""Stamps and units: exact conversions in both directions, faults told apart."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import from_g_per_kwh, to_g_per_kwh
from ecoopt.instances.carbon.stamps import (
    NO_OFFSET,
    NOT_A_TIME,
    NOT_WHOLE_S,
    VALID,
    epoch_s,
    iso,
    iso_column,
    parse_stamps,
)
from ecoopt.instances.carbon.units import G_PER_KWH, canonical_unit

SECONDS = st.integers(epoch_s("0001-01-02T00:00:00Z"), epoch_s("9999-12-30T23:59:59Z"))


@given(st.lists(SECONDS, min_size=1, max_size=30))
def test_iso_text_reads_back_as_the_same_seconds(seconds: list[int]) -> None:
    column = iso_column(np.array(seconds))
    assert column == [iso(one) for one in seconds]
    time_s, fault = parse_stamps(column)
    assert (fault == VALID).all()
    assert time_s.tolist() == seconds


@given(SECONDS, st.integers(-14 * 60, 14 * 60), st.sampled_from(["T", " "]), st.booleans())
def test_an_offset_names_the_same_instant_as_the_standard_library_says(second: int, minutes: int, joint: str,
                                                                       whole: bool) -> None:
    zone = timezone(timedelta(minutes=minutes))
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).astimezone(zone)
    text = local.isoformat(sep=joint, timespec="seconds" if whole else "milliseconds")
    time_s, fault = parse_stamps([text])
    assert (fault[0], time_s[0]) == (VALID, second)
    assert epoch_s(local) == second


@pytest.mark.parametrize(("text", "fault"), [
    ("2023-02-29T00:00Z", NOT_A_TIME), ("2024-02-29T00:00Z", VALID), ("1900-02-29T00:00Z", NOT_A_TIME),
    ("2023-01-01T24:00Z", NOT_A_TIME), ("2023-01-01T00:60Z", NOT_A_TIME), ("2023-13-01T00:00Z", NOT_A_TIME),
    ("2023-01-01T00:00:60Z", NOT_A_TIME), ("2023-01-01T00:00", NO_OFFSET), ("2023-01-01 00:00:00", NO_OFFSET),
    ("2023-01-01T00:00:00.5Z", NOT_WHOLE_S), ("2023-01-01T00:00:00.000Z", VALID), ("", NOT_A_TIME),
    ("2023-01-01", NOT_A_TIME), ("0,300", NOT_A_TIME), ("2023-01-01T00:00Zz", NOT_A_TIME),
    ("٢٠٢٣-01-01T00:00Z", NOT_A_TIME), ("2023-01-01T00:00+99:00", NOT_A_TIME), ("0000-01-01T00:00Z", NOT_A_TIME),
    ("2023-01-01T00:00Z" + " " * 40 + "x", NOT_A_TIME), ("\x01023-01-01T00:00Z", NOT_A_TIME),
])
def test_each_fault_of_a_stamp_is_told_apart(text: str, fault: int) -> None:
    assert parse_stamps([text])[1][0] == fault
    mixed = parse_stamps(["2023-01-01T00:00:00Z", text, "2023-01-01 01:00+01:00"])
    assert mixed[1].tolist() == [VALID, fault, VALID]
    assert mixed[0][0] == mixed[0][2] == epoch_s("2023-01-01T00:00Z")


@given(st.lists(st.text(max_size=45) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?", fullmatch=True),
                max_size=20))
def test_any_text_is_parsed_or_faulty_never_a_crash(texts: list[str]) -> None:
    time_s, fault = parse_stamps(texts, naive_is_utc=True)
    assert len(time_s) == len(fault) == len(texts)
    assert (time_s[fault != VALID] == 0).all()
    for text, seconds, code in zip(texts, time_s, fault, strict=True):
        if code == VALID:
            parsed = datetime.fromisoformat(text)
            parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
            assert parsed.timestamp() == seconds


@pytest.mark.parametrize("when", [np.datetime64("NaT"), datetime(2023, 1, 1), 5, None, "yesterday",
                                  np.datetime64("2023-01-01T00:00:00.5")])
def test_what_is_no_instant_is_refused(when: object) -> None:
    with pytest.raises(InputError):
        epoch_s(when)  # type: ignore[arg-type]


# Below 1e-300 floating point itself loses digits.
@given(arrays(np.float64, st.integers(0, 20), elements=st.just(0.0) | st.floats(1e-300, 1e6)),
       st.sampled_from(sorted(G_PER_KWH)))
def test_units_convert_there_and_back_to_1e_12(values: np.ndarray, unit: str) -> None:
    np.testing.assert_allclose(from_g_per_kwh(to_g_per_kwh(values, unit), unit), values, rtol=1e-12, atol=0)
    np.testing.assert_allclose(to_g_per_kwh(from_g_per_kwh(values, unit), unit), values, rtol=1e-12, atol=0)


def test_known_conversions() -> None:
    assert to_g_per_kwh(1000.0, "lb/MWh") == pytest.approx(453.59237, rel=1e-15)
    assert to_g_per_kwh(0.4, "kgCO2e/kWh") == pytest.approx(400.0, rel=1e-15)
    assert to_g_per_kwh(100.0, "g/MJ") == pytest.approx(360.0, rel=1e-15)


@pytest.mark.parametrize(("spelt", "key"), [
    ("lbs_co2_per_mwh", "lb/mwh"), ("gCO₂eq/kWh", "g/kwh"), ("gCO2/kWh", "g/kwh"), ("g CO2e per kWh", "g/kwh"),
    ("KG/MWH", "kg/mwh"), ("lb/MWh", "lb/mwh"), ("tCO2/MWh", "t/mwh"),
])
def test_spellings_of_a_unit_agree(spelt: str, key: str) -> None:
    assert canonical_unit(spelt) == key


@given(st.text(alphabet="xyz%", min_size=1, max_size=12))
def test_an_unknown_unit_is_refused_and_the_known_ones_named(unit: str) -> None:
    with pytest.raises(InputError, match="g/kwh"):
        canonical_unit(unit)
