"""Apart: runs of one method with other options or budgets under names that say so; each run once."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from ecoopt.core.result import Result

_Kind = tuple[str, str]


def told_apart(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return each run once, and runs that are no seeds of one another under names that differ.

    A study sees to that by itself; results of several studies, or of ``solve``, may share a name without having the
    same method, options and budget.

    Parameters
    ----------
    results : iterable of Result
        From any source; of equal runs one is kept, with its schedule if any has it.
    """
    runs: dict[tuple[str, ...], Result] = {}
    for result in results:
        told = repr((result.name, result.seed, result.objective, result.bound, result.wall_s, result.versions))
        key = (result.instance_digest, told, repr(_setting(result)))
        if key not in runs or runs[key].schedule is None:
            runs[key] = result
    groups: dict[_Kind, dict[str, dict[str, Any]]] = {}
    for result in runs.values():
        setting = _setting(result)
        groups.setdefault((result.family, result.name), {})[repr(setting)] = setting
    return tuple(_named(result, list(groups[result.family, result.name].values())) for result in runs.values())


def _setting(result: Result) -> dict[str, Any]:
    """Return all that two runs must share to be seeds of one another."""
    limits = {name: value for name, value in asdict(result.budget).items() if value is not None}
    return {"method": result.method} | dict(sorted(result.options.items())) | limits


def _named(result: Result, settings: Sequence[dict[str, Any]]) -> Result:
    """Return a result under a name that says in what it differs from others of its name."""
    if len(settings) == 1:
        return result
    own = _setting(result)
    keys = dict.fromkeys(key for setting in settings for key in setting)
    varying = [key for key in keys if any(setting.get(key) != settings[0].get(key) for setting in settings)]
    said = ", ".join(f"{key}={own[key]}" for key in varying if key in own)
    found: Result = result.model_copy(update={"label": f"{result.name} ({said or 'no limit'})"})
    return found
