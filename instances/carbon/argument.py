"""The argument `carbon` of generators: a trace, traces by zone, or a file of any known layout with its zones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.carbon.read import read_carbon_zones
from ecoopt.instances.carbon.trace import CarbonTrace

CarbonLike: TypeAlias = CarbonTrace | Mapping[str, CarbonTrace] | Path | str
"""What a generator's argument `carbon` may be: a trace, traces by name of the zone, or the path of a file."""


def carbon_zones(argument: CarbonLike) -> dict[str, CarbonTrace]:
    """Return the traces that an argument names or is, by zone.

    Raises
    ------
    InputError
        When a file cannot be read, or there is no trace.
    """
    if isinstance(argument, CarbonTrace):
        return {argument.zone: argument}
    try:
        found = dict(argument) if isinstance(argument, Mapping) else read_carbon_zones(argument)
    except InputError as error:
        raise error.named("carbon") from None
    if not found:
        raise InputError.one("carbon", "", "has no zone", "give at least one trace")
    return found


def one_carbon(
    argument: CarbonLike, site: str | None, start_utc: str | None, duration_s: int, source: str,
) -> CarbonTrace:
    """Return the trace of one site over a horizon; the only zone's, or that of the zone of its name.

    Parameters
    ----------
    argument : CarbonLike
        The traces.
    site : str, optional
        Needed where there are several zones.
    start_utc : str, optional
        Beginning of the horizon; that of the trace by default.
    duration_s : int
        Its length.
    source : str
        Who asks, for the message.

    Raises
    ------
    InputError
        As `site_carbon`, and when there are several zones and no site is given.
    """
    zones = carbon_zones(argument)
    if site is None and len(zones) > 1:
        raise InputError.one(source, "site", f"carbon has {len(zones)} zones",
                             f"choose one of {', '.join(list(zones)[:20])}")
    return site_carbon(zones, [site or next(iter(zones))], start_utc, duration_s)[0]


def site_carbon(
    argument: CarbonLike, sites: Sequence[str], start_utc: str | None, duration_s: int,
) -> list[CarbonTrace]:
    """Return the trace of each site over a horizon: the only zone's for all, or else that of the zone of the same name.

    Parameters
    ----------
    argument : CarbonLike
        The traces.
    sites : sequence of str
        Names.
    start_utc : str, optional
        Beginning of the horizon; that of the traces by default.
    duration_s : int
        Its length.

    Raises
    ------
    InputError
        When several zones lack one for a site, the traces begin at different times and no start is given, or one does
        not cover the horizon.
    """
    zones = carbon_zones(argument)
    only = next(iter(zones.values())) if len(zones) == 1 else None
    problems = [Problem(f"site {site}", "is none of the zones", f"name it after one of {', '.join(list(zones)[:20])}")
                for site in sites if only is None and site not in zones]
    if problems:
        raise InputError("carbon", problems)
    traces = [only or zones[site] for site in sites]
    starts = {trace.start_utc for trace in traces}
    if start_utc is None and len(starts) > 1:
        raise InputError.one("carbon", "start_utc", "the zones begin at different times", "give start_utc")
    return [trace.window(start_utc or trace.start_utc, duration_s) for trace in traces]
