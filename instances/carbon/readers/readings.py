"""Readings: what every reader hands over, and how it becomes traces on a regular grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.complaints import Complaints
from ecoopt.instances.carbon.gaps import MAX_STEPS, GapError, GapPolicy, check_policy, fill, missing_intervals
from ecoopt.instances.carbon.stamps import iso
from ecoopt.instances.carbon.trace import MAX_G_PER_KWH, Basis, CarbonTrace, Gases, Kind, Scope, Series


class Meaning(NamedTuple):
    """What the numbers of one column are."""

    kind: Kind
    scope: Scope
    basis: Basis
    gases: Gases
    series: Series = "actual"


@dataclass(frozen=True)
class Readings:
    """Rows of one file in any order, values in g/kWh.

    Parameters
    ----------
    source_name : str
        The file, for errors.
    zones : sequence of str
        The zones of the file.
    zone_of : int array [n], optional
        Position in `zones` of each row's zone; None when there is one zone.
    time_s : int array [n]
        Beginning of each row's step, seconds since 1970.
    row : int array [n]
        Number of each row in the file.
    row_label : str
        How a row is named in errors, with ``{}`` for its number.
    signals : mapping of str to (Meaning, float array [n])
        The value columns by the name a caller chooses them with; NaN where the file has no value.
    estimated : bool array [n], optional
        Which values are estimated, where the file says so.
    step_s : int, optional
        Length of a step, where the file says so.
    maybe_future : bool array [n], optional
        Rows that may lie ahead of the last measurement; a trailing run of them without value is no gap.
    origin, licence : str
        Where the values come from and under which licence.
    issued_at : str, optional
        When a forecast was issued.
    """

    source_name: str
    zones: Sequence[str]
    time_s: IntArray
    row: IntArray
    signals: Mapping[str, tuple[Meaning, FloatArray]]
    origin: str
    licence: str
    zone_of: IntArray | None = None
    row_label: str = "row {}"
    estimated: NDArray[np.bool_] | None = None
    step_s: int | None = None
    maybe_future: NDArray[np.bool_] | None = None
    issued_at: str | None = None

    def traces(self, *, zone: str | None, signal: str | None, gap_policy: GapPolicy) -> dict[str, CarbonTrace]:
        """Return a trace for each zone of the file, or for `zone` alone.

        Raises
        ------
        GapError
            When steps are missing and `gap_policy` does not fill them.
        InputError
            When the signal has to be chosen, a zone is not there, hours repeat or times are off the grid.
        """
        check_policy(gap_policy)
        name = self._choose(signal)
        found = sorted(self.zones)
        if zone is not None and zone not in found:
            raise InputError.one(self.source_name, "zone", f"{zone[:40]!r} is not in it", f"it has {_listed(found)}")
        wanted = found if zone is None else [zone]
        return {one: self._trace(one, self._rows_of(one), name, gap_policy) for one in wanted}

    def _rows_of(self, zone: str) -> IntArray:
        """Return the positions of the rows of one zone."""
        if self.zone_of is None:
            return np.arange(len(self.time_s))
        return np.flatnonzero(self.zone_of == self.zones.index(zone))

    def _choose(self, signal: str | None) -> str:
        """Return the name of the value column to read."""
        filled = [name for name, (_, values) in self.signals.items() if not np.isnan(values).all()]
        if signal is not None and signal not in self.signals:
            raise InputError.one(self.source_name, "signal", f"{signal[:40]!r} is not in it",
                                 f"choose {' or '.join(self.signals)}")
        if signal is not None and signal not in filled:
            raise InputError.one(self.source_name, "signal", f"{signal!r} has no value in any row",
                                 f"choose {' or '.join(filled)}" if filled else "give the values")
        if signal is None and len(filled) > 1:
            raise InputError.one(self.source_name, "signal", f"has {len(filled)} series, which differ in meaning",
                                 f"choose signal {' or '.join(filled)}")
        if not filled:
            raise InputError.one(self.source_name, "", "has no value in any row", "give the values")
        return signal if signal is not None else filled[0]

    def _trace(self, zone: str, at: IntArray, name: str, policy: GapPolicy) -> CarbonTrace:
        """Return the trace of one zone from the rows `at`."""
        meaning, column = self.signals[name]
        order = at[np.argsort(self.time_s[at], kind="stable")]
        if self.maybe_future is not None and meaning.series == "actual":
            ahead = self.maybe_future[order] & np.isnan(column[order])
            order = order[:len(order) - int(np.argmin(ahead[::-1]))] if not ahead.all() else order[:0]
        if len(order) == 0:
            raise InputError.one(self.source_name, f"zone {zone[:40]}", "has no value in any row", "give the values")
        time_s, values = self.time_s[order], column[order]
        complaints = Complaints(self.source_name, self.row_label)
        _note_repeats(time_s, self.row[order], complaints)
        complaints.rows(values > MAX_G_PER_KWH, self.row[order], name, lambda k: f"{values[k]:g} g/kWh is implausible",
                        "check the unit")
        complaints.refuse()
        step_s = self.step_s or _usual_step(time_s, self.source_name)
        _note_off_grid(time_s, self.row[order], step_s, complaints)
        complaints.refuse()
        return self._on_grid(zone, meaning, order, step_s, policy, values)

    def _on_grid(self, zone: str, meaning: Meaning, order: IntArray, step_s: int, policy: GapPolicy,
                 values: FloatArray) -> CarbonTrace:
        """Return the trace of rows that are sorted, unique and on the grid; missing steps go to the policy."""
        time_s = self.time_s[order]
        first_s, end_s = int(time_s[0]), int(time_s[-1]) + step_s
        steps = (end_s - first_s) // step_s
        present = ~np.isnan(values)
        gappy = steps > int(present.sum())
        estimated = None if self.estimated is None else self.estimated[order]
        if gappy:
            if policy == "raise":
                raise GapError(self.source_name, missing_intervals(time_s[present], first_s, end_s, step_s), step_s,
                               "give the rows, or choose gap_policy hold, linear or same-hour-last-week")
            if steps > MAX_STEPS:
                raise InputError.one(self.source_name, "", f"spans {steps} steps from {iso(first_s)} to {iso(end_s)}",
                                     f"correct the times; at most {MAX_STEPS} steps are filled")
            place = (time_s - first_s) // step_s
            sparse = np.full(steps, np.nan)
            sparse[place] = values
            values, filled = fill(sparse, policy, first_s=first_s, step_s=step_s, source=self.source_name)
            marks = filled.copy()
            if estimated is not None:
                marks[place] |= estimated
            estimated = marks
        content: dict[str, Any] = {
            "zone": zone, "start_utc": iso(first_s), "step_s": step_s, "intensity_g_per_kwh": values,
            **meaning._asdict(), "issued_at": self.issued_at, "estimated": estimated,
            "gap_policy": policy if gappy else "raise", "source": self.origin, "licence": self.licence,
        }
        trace: CarbonTrace = CarbonTrace.from_content(content, self.source_name)
        return trace


def index_zones(labels: list[str]) -> tuple[list[str], IntArray | None]:
    """Return the distinct zones in alphabetical order and, where there are several, each row's position among them."""
    zones = sorted(set(labels))
    if len(zones) == 1:
        return zones, None
    place = {zone: position for position, zone in enumerate(zones)}
    return zones, np.array([place[label] for label in labels], dtype=np.int64)


def _listed(names: list[str]) -> str:
    """Return names for a message, the first 20 of them."""
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(name[:40] for name in names[:20]) + more


def _note_repeats(time_s: IntArray, row: IntArray, complaints: Complaints) -> None:
    """Note every row whose time stands in an earlier row: a repeated local hour, or two series in one file."""
    repeated = np.concatenate(([False], time_s[1:] == time_s[:-1]))
    complaints.rows(repeated, row, "", lambda k: f"repeats {iso(int(time_s[k]))}",
                    "keep one row for each time; local times of an autumn clock change need their UTC offset")


def _usual_step(time_s: IntArray, source: str) -> int:
    """Return the most frequent distance between rows, the smaller of equals."""
    if len(time_s) < 2:
        raise InputError.one(source, "", "has one row, so the length of a step cannot be told", "give two rows or more")
    lengths, counts = np.unique(np.diff(time_s), return_counts=True)
    step_s = int(lengths[np.argmax(counts)])
    if step_s > 366 * 86400:
        raise InputError.one(source, "", f"has steps of {step_s} s", "give rows at most a year apart")
    return step_s


def _note_off_grid(time_s: IntArray, row: IntArray, step_s: int, complaints: Complaints) -> None:
    """Note rows that are not a whole number of steps from most others."""
    phases, counts = np.unique(time_s % step_s, return_counts=True)
    phase = phases[np.argmax(counts)]
    complaints.rows(time_s % step_s != phase, row, "", lambda k: f"{iso(int(time_s[k]))} is off the {step_s} s grid",
                    "correct its time")
