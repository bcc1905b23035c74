"""Environment: what a reader needs to judge or repeat the runs, budgets, seeds, versions and machines, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ecoopt.core.result import Result

_UNITS = {"seconds": "s", "iterations": "iterations", "evaluations": "evaluations", "gap": "gap"}


def budgets(results: Sequence[Result]) -> str:
    """Return what the runs could spend."""
    limits = {name: sorted({value for r in results if (value := getattr(r.budget, name)) is not None})
              for name in _UNITS}
    parts = [f"{' or '.join(f'{value:,.4g}' for value in values)} {_UNITS[name]}"
             for name, values in limits.items() if values]
    return "; ".join(parts) or "no limit"


def seeds(results: Sequence[Result]) -> str:
    """Return the seeds of the runs."""
    found = sorted({result.seed for result in results})
    run = len(found) > 2 and found == list(range(found[0], found[-1] + 1))
    return f"{found[0]} to {found[-1]}" if run else ", ".join(map(str, found))


def versions(results: Sequence[Result]) -> str:
    """Return the versions that the runs used, several where they differ."""
    found: dict[str, dict[str, None]] = {}
    for result in results:
        for name, number in result.versions.items():
            found.setdefault(name, {})[number] = None
    return ", ".join(f"{name} {' and '.join(numbers)}" for name, numbers in found.items())


def machines(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each machine in a line."""
    lines = []
    for machine in found:
        parts = [str(machine.get("processor", "")), f"{machine['cores']} cores" if "cores" in machine else "",
                 f"{machine['memory_gb']:g} GB" if "memory_gb" in machine else "", str(machine.get("system", ""))]
        lines.append(", ".join(filter(None, parts)))
    return list(dict.fromkeys(lines))
