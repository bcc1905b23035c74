"""The instances of a study: files, sets and generators as sources with digests, under names that differ."""

import glob
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.options import checked_options, did_you_mean
from ecoopt.documents import read_instance
from ecoopt.known.sets import chosen
from ecoopt.registry import families
from ecoopt.registry import family as find_family
from ecoopt.study.engine import Filed, Generated, Source
from ecoopt.study.keys import code_version, digest_of
from ecoopt.study.schema import InstanceEntry, Study

Memory = dict[str, tuple[str, str]]
"""Digest and name of what a generator has made, by the digest of its arguments: so a large one is not made again."""


@dataclass(frozen=True)
class PlannedInstance:
    """An instance as the study knows it: family, name in tables, digest of its content, and where it is found."""

    family: str
    name: str
    digest: str
    source: Source


def planned_instances(study: Study, folder: Path, memory: Memory) -> tuple[list[PlannedInstance], list[Problem]]:
    """Return the instances of a study and what is wrong with its entries.

    Parameters
    ----------
    study : Study
        The study.
    folder : Path
        Folder that paths are relative to.
    memory : dict
        What is known of generators' arguments; added to.
    """
    found: list[PlannedInstance] = []
    problems: list[Problem] = []
    for place, entry in enumerate(study.instances):
        field = f"instances[{place}]"
        given = [key for key in ("files", "set", "family") if getattr(entry, key)]
        if len(given) != 1:
            problems.append(Problem(field, f"names {' and '.join(given) or 'nothing'}", "give files, set or family"))
            continue
        foreign = [key for key, owner in _OWNERS.items() if getattr(entry, key) and owner != given[0]]
        problems += [Problem(f"{field}.{key}", f"does not go with {given[0]}", "remove it") for key in foreign]
        try:
            found += _READ[given[0]](entry, folder, memory)
        except InputError as error:
            problems += [Problem(f"{field}.{p.field or given[0]}", p.message, p.mend) for p in error.problems]
    distinct = {instance.digest: instance for instance in reversed(found)}
    return _told_apart([distinct[digest] for digest in dict.fromkeys(i.digest for i in found)]), problems


def families_meant(study: Study) -> Iterator[str]:
    """Yield the families that the entries of a study name, whatever else is wrong with them."""
    named = {name for entry in study.instances for name in (entry.family, entry.set.partition("/")[0])}
    yield from (name for name in families() if name in named)


_OWNERS = {"names": "set", "options": "family", "grid": "family", "seeds": "family"}


def _from_files(entry: InstanceEntry, folder: Path, memory: Memory) -> Iterator[PlannedInstance]:
    """Yield the instances of files; several problems are raised together."""
    problems: list[Problem] = []
    for pattern in entry.files:
        paths = [pattern] if (folder / pattern).is_file() else sorted(
            glob.glob(pattern, root_dir=folder, recursive=True))
        if not paths:
            problems.append(Problem("files", f"no file matches {pattern!r}", "correct the path; it is relative to "
                                    "the study file"))
        for path in paths:
            place = str(folder / path)
            try:
                instance = read_instance(place)
            except InputError as error:
                problems += [Problem(f"files: {path}: {p.field}".removesuffix(": "), p.message, p.mend)
                             for p in error.problems]
            else:
                yield PlannedInstance(instance.family, instance.name, instance.digest, Filed(place))
    if problems:
        raise InputError("files", problems)


def _from_set(entry: InstanceEntry, folder: Path, memory: Memory) -> Iterator[PlannedInstance]:
    """Yield the instances of a set."""
    there = {instance.name: (family, instance) for family, instance in chosen(entry.set)}
    if wrong := [name for name in entry.names if name not in there]:
        raise InputError("set", [Problem("names", f"there is no instance {name[:80]!r} in {entry.set}",
                                         did_you_mean(name, there)) for name in wrong])
    for name, (family, instance) in there.items():
        if not entry.names or name in entry.names:
            yield PlannedInstance(family, name, instance.instance_digest, Generated(family, instance.options))


def _from_generator(entry: InstanceEntry, folder: Path, memory: Memory) -> Iterator[PlannedInstance]:
    """Yield what a generator makes of every combination of its arguments."""
    owner = find_family(entry.family)
    grid: dict[str, tuple[Any, ...]] = dict(entry.grid)
    if entry.seeds is not None:
        grid["seed"] = entry.seeds
    problems = [Problem(f"grid.{name}", "has no values", "give one or more") for name, values in grid.items()
                if not values]
    if entry.seeds is not None and "seed" in entry.grid:
        problems.append(Problem("grid.seed", "stands beside seeds", "keep one"))
    problems += [Problem(f"grid.{name}", "stands in options too", "keep one") for name in grid if name in entry.options]
    combinations = [dict(entry.options) | dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    version = code_version(owner)
    generator = f"generator of {entry.family}"
    if not combinations:
        try:
            checked_options(owner.generator_options, dict(entry.options), generator)
        except InputError as error:
            problems += [Problem(_place(p.field, grid), p.message, p.mend) for p in error.problems]
    for options in combinations:
        try:
            checked_options(owner.generator_options, options, generator)
            digest, name = _made(owner.name, options, version, memory)
        except InputError as error:
            problems += [Problem(_place(p.field, grid), p.message, p.mend) for p in error.problems]
        else:
            yield PlannedInstance(owner.name, name, digest, Generated(owner.name, options))
    if problems:
        raise InputError("family", list(dict.fromkeys(problems)))


def _made(family: str, options: dict[str, Any], version: str, memory: Memory) -> tuple[str, str]:
    """Return digest and name of what a generator makes of some arguments."""
    key = digest_of([family, options, version])
    if key not in memory:
        instance = Generated(family, options).load()
        memory[key] = (instance.digest, instance.name)
    return memory[key]


def _place(field: str, grid: Mapping[str, Any]) -> str:
    """Return where in the entry an argument stands."""
    name = field.partition(".")[0].partition("[")[0]
    return "seeds" if field == "seed" and "seed" in grid else f"{'grid' if name in grid else 'options'}.{field}"


_READ = {"files": _from_files, "set": _from_set, "family": _from_generator}


def _told_apart(instances: list[PlannedInstance]) -> list[PlannedInstance]:
    """Return the instances under names that differ: by the arguments that do, else by their digests."""
    shared = {name for name, count in Counter(i.name for i in instances).items() if count > 1}
    groups = {name: [i for i in instances if i.name == name] for name in shared}
    named = [replace(i, name=f"{i.name}{_difference(i, groups[i.name])}") if i.name in shared else i for i in instances]
    counts = Counter(i.name for i in named)
    return [replace(i, name=f"{i.name} {i.digest[:6]}") if counts[i.name] > 1 else i for i in named]


def _difference(instance: PlannedInstance, group: list[PlannedInstance]) -> str:
    """Return the arguments in which an instance differs from others of its name."""
    options = [i.source.options if isinstance(i.source, Generated) else {} for i in group]
    own = instance.source.options if isinstance(instance.source, Generated) else {}
    varying = [key for key in own if any(key not in other or other[key] != own[key] for other in options)]
    return "".join(f" {key}={own[key]}" for key in varying)
