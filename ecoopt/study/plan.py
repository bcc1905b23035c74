"""The plan: every run of a study, with its key, its instance and its name in tables; all problems found at once."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.method import Method
from ecoopt.core.options import did_you_mean
from ecoopt.registry import methods as known_methods
from ecoopt.study.engine import Work, wall_limit_s
from ecoopt.study.file import pruned, study_from
from ecoopt.study.keys import code_version, digest_of, own_options, run_key
from ecoopt.study.planned_instances import Memory, PlannedInstance, families_meant, planned_instances
from ecoopt.study.schema import MethodEntry, Study

_MOST_RUNS = 1_000_000
_PICKS = re.compile(r"methods\[\d+\](?=\.(names|kinds|without|family)|$)")


@dataclass(frozen=True)
class PlannedMethod:
    """A method as the study runs it.

    Parameters
    ----------
    method : Method
        The method.
    label : str
        Name in tables.
    options : dict
        Those that differ from the defaults.
    budget : Budget
        What each run may spend.
    seeds : tuple of int
        Its seeds.
    wall_limit_s : float, optional
        Wall seconds after which a run is ended from outside.
    """

    method: Method
    label: str
    options: dict[str, Any]
    budget: Budget
    seeds: tuple[int, ...]
    wall_limit_s: float | None


@dataclass(frozen=True)
class PlannedRun:
    """A run of the plan: its key, its method's name in tables, the version of the code, and the work itself."""

    key: str
    label: str
    code_version: str
    work: Work


@dataclass(frozen=True)
class Plan:
    """What a study runs.

    Parameters
    ----------
    study : Study
        The study.
    instances : tuple of PlannedInstance
        With distinct digests and names.
    methods : tuple of PlannedMethod
        Of all families.
    runs : tuple of PlannedRun
        By instance, method and seed.
    generated : dict
        What generators have made; see `ecoopt.study.planned_instances`.
    """

    study: Study
    instances: tuple[PlannedInstance, ...]
    methods: tuple[PlannedMethod, ...]
    runs: tuple[PlannedRun, ...]
    generated: Memory


def plan_from(content: dict[str, Any], source: str, generated: Memory | None = None) -> Plan:
    """Return the plan of the study that parsed TOML describes; see `plan_of`.

    Raises
    ------
    InputError
        With every problem of its structure, and with those of the content of whatever is right in structure.
    """
    try:
        study = study_from(content, source)
    except InputError as error:
        raise InputError(source, [*error.problems, *_further(content, source, error.problems)]) from None
    return plan_of(study, source, generated)


def _further(content: dict[str, Any], source: str, problems: Sequence[Problem]) -> list[Problem]:
    """Return what else is wrong with a study whose structure is: what does not follow from the problems known."""
    study = None
    for coarse in (False, True):
        try:
            study = study_from({"name": "study"} | pruned(content, problems, coarse=coarse), source)
            break
        except InputError:
            continue
    if study is None:
        return []
    known = [problem.field for problem in problems]
    # Without what it picks, an entry means every method.
    known += [match[0] for field in known if (match := _PICKS.match(field))]
    try:
        plan_of(study, source)
    except InputError as error:
        return [p for p in error.problems if not any(_within(p.field, k) or _within(k, p.field) for k in known)]
    return []


def _within(field: str, other: str) -> bool:
    """Return whether a field is another one or lies in it."""
    return field == other or field.startswith((f"{other}.", f"{other}["))


def plan_of(study: Study, source: str, generated: Memory | None = None) -> Plan:
    """Return the plan of a study.

    Parameters
    ----------
    study : Study
        The study.
    source : str
        Its file; paths in it are relative to the file's folder.
    generated : dict, optional
        What an earlier plan has learnt of generators.

    Raises
    ------
    InputError
        With every problem: files that cannot be read, generators that refuse their arguments, methods that no family
        has, options that a method has not, labels used twice.
    """
    memory = dict(generated or {})
    instances, problems = planned_instances(study, Path(source).resolve().parent, memory)
    families = [*(instance.family for instance in instances), *families_meant(study)]
    methods: list[PlannedMethod] = []
    for place, entry in enumerate(study.methods):
        methods += _methods(study, entry, f"methods[{place}]", list(dict.fromkeys(families)), problems)
    problems += _clashes(methods)
    count = sum(len(entry.seeds) for instance in instances for entry in methods
                if entry.method.family == instance.family)
    if not problems and not methods:
        problems.append(Problem("methods", "name none", "name methods, or leave [[methods]] out to have all"))
    if count > _MOST_RUNS:
        problems.append(Problem("", f"has {count:,} runs, more than {_MOST_RUNS:,}", "make studies of parts of it"))
    if problems:
        raise InputError(source, list(dict.fromkeys(problems)))
    return Plan(study, tuple(instances), tuple(methods), tuple(_runs(instances, methods)), memory)


def _methods(study: Study, entry: MethodEntry, field: str, families: Sequence[str],
             problems: list[Problem]) -> Iterator[PlannedMethod]:
    """Yield the methods of an entry; what is wrong is added to the problems."""

    def checked(key: str, names: Sequence[str], known: Sequence[str], what: str) -> None:
        problems.extend(Problem(f"{field}.{key}", f"{what} {name[:80]!r}", did_you_mean(name, known))
                        for name in names if name not in known)

    here = [name for name in families if entry.family in ("", name)]
    if entry.family and families:
        checked("family", [entry.family], families, "the study has no instance of")
    there = {name: known_methods(name) for name in here}
    every = list(dict.fromkeys(name for known in there.values() for name in known))
    if here:
        checked("names", entry.names, every, "there is no method")
        checked("without", entry.without, every, "there is no method")
    picked = [known[name] for known in there.values() for name in entry.names or known
              if name in known and name not in entry.without
              and (not entry.kinds or known[name].kind.value in entry.kinds)]
    if entry.label and len({method.name for method in picked}) > 1:
        problems.append(Problem(f"{field}.label", "stands for several methods", "give each an entry of its own"))
    for method in picked:
        try:
            options = own_options(method, entry.options)
        except InputError as error:
            problems += [Problem(f"{field}.options.{p.field}".rstrip("."), f"{method.name}: {p.message}", p.mend)
                         for p in error.problems]
            continue
        budget = entry.budget.over(study.budget)
        limit = entry.wall_limit_s or study.workers.wall_limit_s or wall_limit_s(budget)
        yield PlannedMethod(method, entry.label or _label(method.name, options), options, budget,
                            entry.seeds or study.seeds, limit)


def _label(name: str, options: dict[str, Any]) -> str:
    """Return a method's name with the options that are not the defaults."""
    shown = ", ".join(f"{key}={value}" for key, value in options.items())
    return f"{name} ({shown})" if shown else name


def _clashes(methods: Sequence[PlannedMethod]) -> Iterator[Problem]:
    """Yield a problem for each name that two methods of a family share in tables, and for runs planned twice."""
    labels: dict[tuple[str, str], PlannedMethod] = {}
    places: dict[tuple[str, str, str, Budget, int], str] = {}
    for entry in methods:
        own = (entry.method.family, entry.method.name, digest_of(entry.options), entry.budget)
        twice = {other for seed in entry.seeds
                 if (other := places.setdefault((*own, seed), entry.label)) != entry.label}
        for other in sorted(twice):
            yield Problem("methods", f"{other} and {entry.label} of {entry.method.family} are the same runs",
                          "keep one")
        first = labels.setdefault((entry.method.family, entry.label), entry)
        if first is entry:
            continue
        if own == (first.method.family, first.method.name, digest_of(first.options), first.budget):
            yield Problem("methods", f"{entry.label} of {entry.method.family} stands twice", "keep one")
        else:
            yield Problem("methods", f"{entry.label} of {entry.method.family} stands twice with different options or "
                          "budgets", "give one a label of its own")


def _runs(instances: Sequence[PlannedInstance], methods: Sequence[PlannedMethod]) -> Iterator[PlannedRun]:
    """Yield the runs, those of an instance together so that a process loads it once."""
    versions = {id(entry): code_version(entry.method) for entry in methods}
    place = 0
    for instance in instances:
        for entry in methods:
            if entry.method.family != instance.family:
                continue
            for seed in entry.seeds:
                key = run_key(instance.digest, entry.method, entry.options, seed, entry.budget, versions[id(entry)])
                work = Work(place, instance.family, instance.name, instance.digest, instance.source, entry.method.name,
                            entry.budget, seed, entry.options, entry.wall_limit_s)
                yield PlannedRun(key, entry.label, versions[id(entry)], work)
                place += 1
