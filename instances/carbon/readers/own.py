"""A carbon trace in this library's own JSON: what ``ecoopt import carbon`` writes, read back with nothing lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.gaps import GapPolicy, check_policy
from ecoopt.instances.carbon.trace import CarbonTrace


@dataclass(frozen=True)
class OwnTrace:
    """The one trace of a file, with the questions that are asked of `Readings`.

    Parameters
    ----------
    source_name : str
        The file, for errors.
    trace : CarbonTrace
        What it holds; complete, so that no gap policy has anything to do.
    """

    source_name: str
    trace: CarbonTrace

    @property
    def zones(self) -> Sequence[str]:
        """The one zone."""
        return (self.trace.zone,)

    def traces(self, *, zone: str | None, signal: str | None, gap_policy: GapPolicy) -> dict[str, CarbonTrace]:
        """Return the trace by its zone.

        Raises
        ------
        InputError
            When another zone or series is asked for.
        """
        check_policy(gap_policy)
        if zone not in (None, self.trace.zone):
            raise InputError.one(self.source_name, "zone", f"{str(zone)[:40]!r} is not in it",
                                 f"it has {self.trace.zone}")
        if signal not in (None, "value"):
            raise InputError.one(self.source_name, "signal", f"{str(signal)[:40]!r} is not in it", "choose value")
        return {self.trace.zone: self.trace}


def is_own(content: Any) -> bool:
    """Tell the format by its keys."""
    return isinstance(content, dict) and {"intensity_g_per_kwh", "start_utc"} <= content.keys()


def read_own(content: dict[str, Any], source: str) -> OwnTrace:
    """Read the trace, every field checked.

    Raises
    ------
    InputError
        With every problem.
    """
    return OwnTrace(source, CarbonTrace.from_content(content, source))
