"""CarbonTrace: the carbon intensity of one zone on a regular UTC grid of left-closed steps."""

from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, Field, model_validator

from ecoopt.core.arrays import BoolVector, FloatArray, array_field
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.record import Record
from ecoopt.instances.carbon.gaps import GapPolicy
from ecoopt.instances.carbon.regrid import interval_means
from ecoopt.instances.carbon.stamps import TimeLike, epoch_s, iso

Kind = Literal["average", "marginal"]
Scope = Literal["direct", "lifecycle"]
Basis = Literal["production", "consumption"]
Gases = Literal["CO2", "CO2e"]
Series = Literal["actual", "forecast"]

MAX_G_PER_KWH = 1e5
"""Larger values are a mistaken unit: the dirtiest generators emit about 2,000 g/kWh."""

MAX_SHIFT_S = 10**11


def _canonical_time(value: Any) -> str:
    """Return a time in the one form that is stored."""
    try:
        return iso(epoch_s(value))
    except InputError as error:
        problem = error.problems[0]
        raise ValueError(f"{problem.message}; {problem.mend}") from None


UtcTime = Annotated[str, BeforeValidator(_canonical_time)]
IntensityVector = Annotated[FloatArray, *array_field(np.float64, ge=0, le=MAX_G_PER_KWH)]


class CarbonTrace(Record):
    """Carbon intensity of electricity over time: step k holds on [start + k step_s, start + (k + 1) step_s).

    Where a method takes a time it takes ISO 8601 text with an offset, an aware datetime or a datetime64 (UTC), or a
    number: seconds since `start_utc`. Where it takes times, arrays of datetime64 or of numbers.

    Parameters
    ----------
    zone : str
        Name of the grid zone, as its source spells it.
    start_utc : str
        Beginning of the first step, stored as ``YYYY-MM-DDTHH:MM:SSZ``; any time with an offset is accepted.
    step_s : int
        Length of a step.
    intensity_g_per_kwh : float array [n]
        Value of each step, 0 to 1e5.
    kind : str
        ``average`` of all generation, or ``marginal``: of the generation that answers a change in load.
    scope : str
        ``direct`` emissions of operation, or ``lifecycle``: upstream and construction too.
    basis : str
        ``production`` within the zone, or ``consumption``: imports and exports traced.
    gases : str
        ``CO2`` alone or ``CO2e``, all greenhouse gases.
    series : str
        ``actual`` or ``forecast``.
    issued_at : str, optional
        When a forecast was issued.
    estimated : bool array [n], optional
        Steps whose value is estimated or was filled; None where the source does not say.
    gap_policy : str
        How missing steps were filled when the trace was read; ``raise`` means there were none.
    source, licence : str
        Where the values come from and under which licence.
    schema_version : int
        Version of this schema.

    Notes
    -----
    `source`, `licence` and `gap_policy` are provenance: the digest and equality leave them out.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source", "licence", "gap_policy"})

    schema_version: Literal[1] = 1
    zone: Annotated[str, Field(min_length=1, max_length=200)]
    start_utc: UtcTime
    step_s: Annotated[int, Field(ge=1, le=366 * 86400)]
    intensity_g_per_kwh: IntensityVector
    kind: Kind = "average"
    scope: Scope = "lifecycle"
    basis: Basis = "consumption"
    gases: Gases = "CO2e"
    series: Series = "actual"
    issued_at: UtcTime | None = None
    estimated: BoolVector | None = None
    gap_policy: GapPolicy = "raise"
    source: str = ""
    licence: str = ""

    @model_validator(mode="after")
    def _check_lengths(self) -> "CarbonTrace":
        if self.n == 0:
            raise ValueError("intensity_g_per_kwh is empty; give at least one step")
        if self.estimated is not None and len(self.estimated) != self.n:
            raise ValueError(f"estimated has {len(self.estimated)} entries for {self.n} steps; give one for each step")
        return self

    @property
    def n(self) -> int:
        """Number of steps."""
        return len(self.intensity_g_per_kwh)

    @property
    def duration_s(self) -> int:
        """Seconds from the start to the end."""
        return self.n * self.step_s

    @cached_property
    def start_s(self) -> int:
        """Beginning of the first step, seconds since 1970."""
        return epoch_s(self.start_utc)

    @property
    def end_utc(self) -> str:
        """End of the last step, itself not covered."""
        return iso(self.start_s + self.duration_s)

    @property
    def times(self) -> NDArray[np.datetime64]:
        """Beginning of each step, datetime64[s] in UTC, [n]."""
        return (self.start_s + self.step_s * np.arange(self.n, dtype=np.int64)).astype("datetime64[s]")

    @property
    def signal(self) -> dict[str, str]:
        """What the values mean: kind, scope, basis, gases."""
        return {"kind": self.kind, "scope": self.scope, "basis": self.basis, "gases": self.gases}

    @cached_property
    def _cumulative(self) -> FloatArray:
        """Integral up to the beginning of each step and the end, g/kWh x s, [n + 1]."""
        return np.concatenate(([0.0], np.cumsum(self.intensity_g_per_kwh * self.step_s)))

    def at(self, when: TimeLike | ArrayLike) -> Any:
        """Return the intensity at a time or at an array of times, in g/kWh.

        Raises
        ------
        InputError
            When a time is outside [start, end).
        """
        offset = self._offsets(when, "when")
        self._require(offset, offset, inclusive=False)
        step = np.floor(offset / self.step_s).astype(np.int64)
        return self.intensity_g_per_kwh[np.minimum(step, self.n - 1)][()]

    def integral(self, start: TimeLike | ArrayLike, end: TimeLike | ArrayLike) -> Any:
        """Return the integral of the intensity over intervals: grams emitted per kilowatt drawn throughout.

        Exact for the piecewise constant trace; O(1) per interval after O(n) for the first call.

        Parameters
        ----------
        start, end : times
            Scalars or arrays that broadcast, start <= end.

        Returns
        -------
        float or float array
            In g/kWh x h = g/kW.

        Raises
        ------
        InputError
            When an interval runs backwards or the trace does not cover it, with what is missing.
        """
        first, last = np.broadcast_arrays(self._offsets(start, "start"), self._offsets(end, "end"))
        if (first > last).any():
            raise InputError.one(self._name, "end", "is before start", "exchange them")
        self._require(first, last, inclusive=True)
        low = np.minimum(np.floor(first / self.step_s).astype(np.int64), self.n - 1)
        high = np.minimum(np.floor(last / self.step_s).astype(np.int64), self.n - 1)
        values, edge = self.intensity_g_per_kwh, self._cumulative
        across = (edge[high] + values[high] * (last - high * self.step_s)
                  - edge[low] - values[low] * (first - low * self.step_s))
        # Within one step no difference of large sums is taken, so short intervals keep full precision.
        return (np.where(low == high, values[low] * (last - first), across) / 3600.0)[()]

    def mean(self, start: TimeLike | ArrayLike, end: TimeLike | ArrayLike) -> Any:
        """Return the mean intensity over intervals, in g/kWh; raises as `integral`, also for empty intervals."""
        hours = (self._offsets(end, "end") - self._offsets(start, "start")) / 3600.0
        total = self.integral(start, end)
        if (hours <= 0).any():
            raise InputError.one(self._name, "end", "equals start: an empty interval has no mean", "use at(start)")
        return (total / hours)[()]

    def emissions_g(self, power_w: ArrayLike, edges: ArrayLike) -> float:
        """Return the grams emitted by a piecewise constant load, exact on the union of both grids.

        Parameters
        ----------
        power_w : float array [m]
            Power between consecutive edges.
        edges : times [m + 1]
            Strictly increasing.
        """
        offsets = self._offsets(edges, "edges")
        power = np.asarray(power_w, dtype=np.float64)
        if offsets.ndim != 1 or power.shape != (len(offsets) - 1,) or not np.isfinite(power).all():
            raise InputError.one(self._name, "power_w", "does not hold one finite number between each two edges",
                                 "give m numbers and m + 1 edges")
        if power.size == 0:
            return 0.0
        if (np.diff(offsets) <= 0).any():
            raise InputError.one(self._name, "edges", "are not increasing", "sort them and drop repeats")
        self._require(offsets[:1], offsets[-1:], inclusive=True)
        means = interval_means(self.intensity_g_per_kwh, self.step_s, offsets)
        return float(np.sum(power / 1000.0 * means * np.diff(offsets) / 3600.0))

    def per_minute(self, start_utc: TimeLike | float, minutes: int) -> FloatArray:
        """Return the exact mean intensity of each of `minutes` minutes from `start_utc`, in g/kWh, [minutes].

        Raises
        ------
        InputError
            When the trace does not cover them, with the missing interval.
        """
        if isinstance(minutes, bool) or minutes != int(minutes) or minutes < 0:
            raise InputError.one(self._name, "minutes", f"{minutes} is no number of minutes", "give 0, 1, 2 ...")
        return self.means(start_utc, 60, int(minutes))

    def means(self, start: TimeLike | float, step_s: int, steps: int) -> FloatArray:
        """Return the exact mean of each of `steps` intervals of `step_s` seconds from `start`, in g/kWh, [steps].

        Raises
        ------
        InputError
            When the trace does not cover them, with the missing interval.
        """
        first = float(self._scalar_offset(start, "start"))
        if steps == 0:
            return np.zeros(0)
        self._require(np.array([first]), np.array([first + float(step_s) * steps]), inclusive=True)
        edges: FloatArray = first + float(step_s) * np.arange(steps + 1, dtype=np.float64)
        return interval_means(self.intensity_g_per_kwh, self.step_s, edges)

    def resample(self, step_s: int) -> "CarbonTrace":
        """Return the same extent in steps of `step_s` seconds, the integral over every new step conserved.

        Raises
        ------
        InputError
            When the extent is no whole number of such steps.
        """
        if step_s == self.step_s:
            return self
        if step_s < 1 or self.duration_s % step_s:
            raise InputError.one(self._name, "step_s",
                                 f"{self.duration_s} s are no whole number of steps of {step_s} s",
                                 "cut the trace with window() first or choose another step")
        steps = self.duration_s // step_s
        estimated = None
        if self.estimated is not None:
            edges = np.arange(steps + 1, dtype=np.float64) * step_s
            estimated = interval_means(self.estimated.astype(np.float64), self.step_s, edges) > 0
        return self._with(step_s=step_s, intensity_g_per_kwh=self.means(0.0, step_s, steps), estimated=estimated)

    def window(self, start: TimeLike | float, duration_s: int) -> "CarbonTrace":
        """Return the trace on [start, start + duration_s), which must begin and end on steps.

        Raises
        ------
        InputError
            When the trace does not cover it or it cuts a step.
        """
        offset = float(self._scalar_offset(start, "start"))
        if duration_s <= 0:
            raise InputError.one(self._name, "duration_s", f"{duration_s} is not positive", "give seconds above 0")
        self._require(np.array([offset]), np.array([offset + duration_s]), inclusive=True)
        if offset % self.step_s or duration_s % self.step_s:
            raise InputError.one(self._name, "start", f"the window cuts a step of {self.step_s} s",
                                 "align it with the steps or resample() first")
        low = int(offset) // self.step_s
        high = low + int(duration_s) // self.step_s
        return self._with(start_utc=iso(self.start_s + low * self.step_s),
                          intensity_g_per_kwh=self.intensity_g_per_kwh[low:high],
                          estimated=None if self.estimated is None else self.estimated[low:high])

    def scaled(self, factor: float) -> "CarbonTrace":
        """Return the trace with every value multiplied by `factor` >= 0, as for a declining grid."""
        return self._with(intensity_g_per_kwh=self.intensity_g_per_kwh * factor)

    def shifted(self, seconds: int) -> "CarbonTrace":
        """Return the same values, every step `seconds` later (earlier when negative)."""
        if seconds != int(seconds) or abs(seconds) > MAX_SHIFT_S:
            raise InputError.one(self._name, "seconds", f"{seconds} is no usable shift",
                                 f"give a whole number of at most {MAX_SHIFT_S}")
        return self._with(start_utc=iso(self.start_s + int(seconds)))

    def _with(self, **changes: Any) -> "CarbonTrace":
        """Return a changed copy; raises InputError where the record would not be valid."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        result: CarbonTrace = type(self).from_content(fields | changes, self._name)
        return result

    @property
    def _name(self) -> str:
        return f"carbon trace {self.zone}"

    def _scalar_offset(self, when: Any, field: str) -> NDArray[np.float64]:
        offset = self._offsets(when, field)
        if offset.ndim:
            raise InputError.one(self._name, field, "is not a single time", "give one time")
        return offset

    def _offsets(self, when: Any, field: str) -> NDArray[np.float64]:
        """Return times as seconds since the start of the trace."""
        if isinstance(when, (str, datetime)):
            return np.array(epoch_s(when, field) - self.start_s, dtype=np.float64)
        array = np.asarray(when)
        if array.dtype.kind == "M":
            offset = (array - np.datetime64(self.start_s, "s")) / np.timedelta64(1, "s")
        elif array.dtype.kind in "iuf":
            offset = array.astype(np.float64)
        else:
            raise InputError.one(self._name, field, "is not a time",
                                 "give ISO text, a datetime, datetime64 or seconds since the start")
        if not np.isfinite(offset).all():
            raise InputError.one(self._name, field, "is not finite", "give a time")
        return np.asarray(offset, dtype=np.float64)

    def _require(self, first: FloatArray, last: FloatArray, *, inclusive: bool) -> None:
        """Raise InputError with what is missing unless the trace covers every interval."""
        if first.size == 0:
            return
        low, high = float(np.min(first)), float(np.max(last))
        problems = []
        if low < 0:
            problems.append(Problem("", f"does not cover {_clock(self.start_s + low)} to {self.start_utc}",
                                    "start later or read an earlier trace"))
        if high > self.duration_s or (high == self.duration_s and not inclusive):
            problems.append(Problem("", f"does not cover {self.end_utc} to {_clock(self.start_s + high)}",
                                    "end earlier or read a longer trace"))
        if problems:
            raise InputError(self._name, problems)


def _clock(time_s: float) -> str:
    """Return a time for a message, whatever its size."""
    return iso(int(np.floor(time_s))) if abs(time_s) < 2.5e11 else f"{time_s:.3g} s since 1970"


IntensityTable = Annotated[FloatArray, *array_field(np.float64, 2, ge=0, le=MAX_G_PER_KWH)]
"""Rows of intensities, as forecasts hold them."""

