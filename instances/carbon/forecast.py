"""CarbonForecast: a matrix of issue time by lead, asked at a time and answering with what was issued by then."""

from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from ecoopt.core.errors import InputError
from ecoopt.core.record import Record
from ecoopt.instances.carbon.stamps import TimeLike, epoch_s, iso
from ecoopt.instances.carbon.trace import Basis, CarbonTrace, Gases, IntensityTable, Kind, Scope, UtcTime


class CarbonForecast(Record):
    """Forecasts issued at regular times, each for the steps that follow its issue.

    Row i is issued at `first_issue_utc` + i `issue_every_s`; its entry l is the intensity forecast for the l-th step
    of `step_s` seconds from then on. The only way to the numbers for a policy is `seen_at`, which never returns a row
    issued later than the time it is asked at.

    Parameters
    ----------
    zone : str
        Name of the grid zone.
    first_issue_utc : str
        Time of the first issue.
    issue_every_s, step_s : int
        Seconds between issues; length of a forecast step.
    intensity_g_per_kwh : float array [issues, leads]
        Forecast values.
    kind, scope, basis, gases : str
        Meaning of the values, as in CarbonTrace.
    source, licence : str
        Where the forecasts come from; left out of the digest.
    schema_version : int
        Version of this schema.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source", "licence"})

    schema_version: Literal[1] = 1
    zone: Annotated[str, Field(min_length=1, max_length=200)]
    first_issue_utc: UtcTime
    issue_every_s: Annotated[int, Field(ge=1, le=366 * 86400)]
    step_s: Annotated[int, Field(ge=1, le=366 * 86400)]
    intensity_g_per_kwh: IntensityTable
    kind: Kind = "average"
    scope: Scope = "lifecycle"
    basis: Basis = "consumption"
    gases: Gases = "CO2e"
    source: str = ""
    licence: str = ""

    @model_validator(mode="after")
    def _check_size(self) -> "CarbonForecast":
        if 0 in self.intensity_g_per_kwh.shape:
            raise ValueError("intensity_g_per_kwh is empty; give at least one issue and one lead")
        return self

    @property
    def issues(self) -> int:
        """Number of issues."""
        return len(self.intensity_g_per_kwh)

    @property
    def leads(self) -> int:
        """Number of steps forecast by each issue."""
        return int(self.intensity_g_per_kwh.shape[1])

    @property
    def horizon_s(self) -> int:
        """Seconds forecast by each issue."""
        return self.leads * self.step_s

    @cached_property
    def first_issue_s(self) -> int:
        """Time of the first issue, seconds since 1970."""
        return epoch_s(self.first_issue_utc)

    def issue(self, index: int) -> CarbonTrace:
        """Return one issue as a trace that begins when it was issued."""
        at = iso(self.first_issue_s + index * self.issue_every_s)
        trace: CarbonTrace = CarbonTrace.from_content({
            "zone": self.zone, "start_utc": at, "issued_at": at, "step_s": self.step_s, "series": "forecast",
            "intensity_g_per_kwh": self.intensity_g_per_kwh[index], "kind": self.kind, "scope": self.scope,
            "basis": self.basis, "gases": self.gases, "source": self.source, "licence": self.licence,
        }, f"carbon forecast {self.zone}")
        return trace

    def seen_at(self, when: TimeLike) -> CarbonTrace:
        """Return the latest forecast issued at or before `when`, with its `issued_at`.

        After the last issue the last one keeps being seen: it grows old, as a feed that has stopped does.

        Raises
        ------
        InputError
            When nothing had been issued by then.
        """
        since = epoch_s(when, "when") - self.first_issue_s
        if since < 0:
            raise InputError.one(f"carbon forecast {self.zone}", "when",
                                 f"nothing was issued by {iso(since + self.first_issue_s)}",
                                 f"ask at {self.first_issue_utc} or later")
        return self.issue(min(since // self.issue_every_s, self.issues - 1))
