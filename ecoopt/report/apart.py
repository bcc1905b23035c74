"""Apart: runs of one method with other options or budgets under names that say so; each run once."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from ecoopt.core.errors import InputError
from ecoopt.core.result import Result
from ecoopt.registry import method
from ecoopt.study.keys import own_options


class _Setting(NamedTuple):
    """What seeds of one another share: the method, its options that are not the defaults, the limits of its budget."""

    method: str
    options: dict[str, Any]
    limits: dict[str, Any]


def told_apart(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return each run once, and runs that are no seeds of one another under names that differ.

    A study sees to that by itself; results of several studies, or of ``solve``, may share a name without having the
    same method, options and budget.

    Parameters
    ----------
    results : iterable of Result
        From any source. Of runs with the same instance, name, method, options, budget, seed and version one is kept,
        with its schedule if any has it.
    """
    runs: dict[tuple[str, ...], tuple[Result, _Setting]] = {}
    for result in results:
        setting = _setting(result)
        key = (result.instance_digest, result.name, repr((setting, result.seed, result.versions.get("ecoopt"))))
        if key not in runs or runs[key][0].schedule is None:
            runs[key] = (result, setting)
    groups: dict[tuple[str, str], dict[str, _Setting]] = {}
    for result, setting in runs.values():
        groups.setdefault((result.family, result.name), {})[repr(setting)] = setting
    return tuple(_named(result, setting, list(groups[result.family, result.name].values()))
                 for result, setting in runs.values())


def _setting(result: Result) -> _Setting:
    try:
        options = own_options(method(result.family, result.method), result.options)
    except InputError:  # of a method that is not registered here, or has other options by now
        options = dict(result.options)
    limits = {name: value for name, value in asdict(result.budget).items() if value is not None}
    return _Setting(result.method, dict(sorted(options.items())), limits)


def _named(result: Result, own: _Setting, settings: Sequence[_Setting]) -> Result:
    """Return a result under a name that says in what it differs from others of its name."""
    if len(settings) == 1:
        return result
    said = [own.method] if len({setting.method for setting in settings}) > 1 else []
    said += _difference(own.options, [setting.options for setting in settings], "defaults")
    said += _difference(own.limits, [setting.limits for setting in settings], "no limit")
    found: Result = result.model_copy(update={"label": f"{result.name} ({', '.join(said)})"})
    return found


def _difference(own: dict[str, Any], every: Sequence[dict[str, Any]], nothing: str) -> list[str]:
    """Return in what some arguments differ from others, nothing where they all agree."""
    keys = dict.fromkeys(key for one in every for key in one)
    varying = [key for key in keys if len({repr(one.get(key)) for one in every}) > 1]
    return [", ".join(f"{key}={own[key]}" for key in varying if key in own) or nothing] if varying else []
