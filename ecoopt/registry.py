"""Registry: the families and methods there are, ours and third parties', loaded when first asked for."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.method import Method
from ecoopt.core.options import did_you_mean
from ecoopt.core.score import Score
from ecoopt.core.status import Sense
from ecoopt.family_class import Family

BUILTIN = (
    Family("keepalive", "Where each serverless call runs, and where and how long its container is kept warm",
           "EcoLife (SC 2024)"),
    Family("mig_serving", "Which model variant runs on which MIG slice, hour by hour", "Clover (SC 2023)"),
    Family("mig_partition", "How GPUs are cut into MIG instances, and which job runs on which instance",
           "MISO (SoCC 2022)", Sense.MAX),
    Family("mig_cluster", "When and on which MIG slice each job runs, and how each GPU is cut over time",
           "MISO (SoCC 2022)"),
    Family("pool", "How many machines of each type serve each model over time, and which queries",
           "KAIROS (HPDC 2023), Ribbon (SC 2021)", Sense.MAX),
    Family("dispatch", "Which query of a service runs on which machine of a mixed pool, and when", "KAIROS (HPDC 2023)",
           Sense.MAX),
    Family("directives", "How long an LLM's answers are, by hour and class, and when users are asked",
           "Sprout (EMNLP 2024)"),
    Family("refresh", "When GPUs of which generation are bought and retired, where, and what they serve",
           "HPC carbon footprint (SC 2023)"),
    Family("node_mix", "How many nodes of which size serve each workload, or which parts a machine has",
           "HPC carbon footprint (SC 2023)"),
    Family("shifting", "In which region and when each job of a fleet runs, with or without breaks",
           "HPC carbon footprint (SC 2023)"),
    Family("power_cap", "Which power cap each class of GPU work runs under, hour by hour",
           "GPU power capping (SoCC 2023)"),
    Family("power_cap_jobs", "When each job starts and under which power cap it runs, within GPUs and power",
           "GPU power capping (SoCC 2023)"),
    Family("power_cap_thresholds", "How many servers a row gets, and how far they slow down above power thresholds",
           "POLCA (ASPLOS 2024)"),
    Family("llm_config", "Which GPUs, shards, batch and cap serve which LLM requests, by site and period",
           "From Words to Watts (HPEC 2023)"),
    Family("phase_split", "How many machines of each type serve prompts and tokens of a model, where and when",
           "Splitwise, DistServe, Mélange (2024)"),
    Family("layer_placement", "Which layers of a language model each machine of a mixed fleet holds",
           "Helix (ASPLOS 2025)", Sense.MAX),
    Family("kv_admission", "When each LLM request runs, and where, within the memory for KV caches",
           "LLM serving survey (HPEC 2024)"),
    Family("spot_parallel", "How a language model is spread over a changing fleet of spot GPUs, by interval",
           "SpotServe (ASPLOS 2024)"),
    Family("graph_partition", "On which device each entity of a graph is trained, and what is copied",
           "SemanticGNN (arXiv 2312.04071)", Sense.MAX),
)

class EntryPointWarning(UserWarning):
    """A third party's entry point that cannot be used; everything else can."""


def families() -> dict[str, Family]:
    """Return every family by name, ours first."""
    return dict(_families())


def family(name: str) -> Family:
    """Return the family of that name.

    Raises
    ------
    InputError
        When there is none, with the closest name.
    """
    known = _families()
    if not isinstance(name, str) or name not in known:
        raise InputError.one("family", "", f"there is no family {str(name)[:80]!r}", did_you_mean(str(name), known))
    return known[name]


def methods(family_name: str) -> dict[str, Method]:
    """Return every method of a family by name: ours, the family's own, then third parties'."""
    return dict(_methods(family(family_name).name))


def method(family_name: str, name: str) -> Method:
    """Return a method of a family.

    Raises
    ------
    InputError
        When there is none of that name, with the closest one.
    """
    known = _methods(family(family_name).name)
    if name not in known:
        raise InputError.one("method", "", f"family {family_name} has no method {str(name)[:80]!r}",
                             did_you_mean(str(name), known))
    return known[name]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return the referee's score of a schedule, for every family there is.

    Raises
    ------
    InputError
        When either is no such thing, or they belong to different families.
    """
    if not isinstance(instance, Instance):
        raise InputError.one("instance", "", f"is a {type(instance).__name__}, not an Instance", "give an instance")
    return family(instance.family).evaluate(instance, schedule)


def generate(family_name: str, **options: Any) -> Instance:
    """Return a generated instance of a family; the options are those of the family's generator.

    Raises
    ------
    InputError
        For unknown options and wrong values, all at once.
    """
    return family(family_name).generate(**options)


def provider(entry: Family | Method) -> str:
    """Return name and version of the package that a family or a method comes from; empty for ecoopt's own."""
    owner = entry.name if isinstance(entry, Family) else entry.family
    foreign = (*(found for found in _foreign_methods() if found[1] is entry),
               *(found for found in _foreign_families() if found[1].name == owner))
    return next((origin.package for origin, _ in foreign), "")


def refresh() -> None:
    """Forget what was found, so that packages installed since are seen."""
    _families.cache_clear()
    _methods.cache_clear()
    _foreign_families.cache_clear()
    _foreign_methods.cache_clear()


@cache
def _families() -> Mapping[str, Family]:
    return {entry.name: entry for entry in (*BUILTIN, *(owner for _, owner in _foreign_families()))}


@cache
def _foreign_families() -> tuple[tuple["_Origin", Family], ...]:
    """Return third parties' families, each with its entry point."""
    found: dict[str, tuple[_Origin, Family]] = {}
    for origin, entry in _third_party("ecoopt.families"):
        if not isinstance(entry, Family):
            _skip(origin, f"is a {type(entry).__name__}, not a Family")
        elif entry.name in found or any(entry.name == ours.name for ours in BUILTIN):
            _skip(origin, f"family {entry.name} exists already")
        else:
            found[entry.name] = (origin, entry)
    return tuple(found.values())


@cache
def _methods(family_name: str) -> Mapping[str, Method]:
    found: dict[str, Method] = {}
    for entry in _families()[family_name].own_methods():
        if entry.name in found:
            raise ValueError(f"family {family_name} has two methods {entry.name}")
        found[entry.name] = entry
    for origin, entry in _foreign_methods():
        if entry.family == family_name and entry.name in found:
            _skip(origin, f"family {family_name} has a method {entry.name} already")
        elif entry.family == family_name:
            found[entry.name] = entry
    return found


@cache
def _foreign_methods() -> tuple[tuple["_Origin", Method], ...]:
    """Return third parties' methods, each with its entry point."""
    found = []
    for origin, entries in _third_party("ecoopt.methods"):
        for entry in entries if isinstance(entries, Iterable) else [entries]:
            if not isinstance(entry, Method):
                _skip(origin, f"holds a {type(entry).__name__}, not a Method")
            elif entry.family not in _families():
                _skip(origin, f"method {entry.name} is for the unknown family {entry.family}")
            else:
                found.append((origin, entry))
    return tuple(found)


@dataclass(frozen=True)
class _Origin:
    """An entry point, and the package that declares it."""

    point: str
    package: str

    def __str__(self) -> str:
        return self.point


def _third_party(group: str) -> Iterator[tuple[_Origin, Any]]:
    """Yield origin and object of every entry point of a group that loads."""
    for point in metadata.entry_points(group=group):
        package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else ""
        origin = _Origin(f"entry point {point.name} = {point.value} of {group}", package)
        try:
            yield origin, point.load()
        except Exception as error:  # somebody else's code; ours goes on without it
            _skip(origin, f"cannot be loaded: {type(error).__name__}: {error}")


def _skip(origin: _Origin, reason: str) -> None:
    warnings.warn(" ".join(f"{origin} {reason}; left out".split()), EntryPointWarning, stacklevel=2)
