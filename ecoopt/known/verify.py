"""Verify: every instance made again, every schedule judged again, every figure held against its seal."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ecoopt.best import best
from ecoopt.core.compression import LIMIT_BYTES, decompress
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike
from ecoopt.core.gap import CLOSED, gap
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.status import Sense
from ecoopt.core.strict_json import parse_json
from ecoopt.documents import parse_document
from ecoopt.judge import refuted
from ecoopt.known.history import Entry, History, read_history
from ecoopt.known.sets import SetInstance, known_folder, read_set

TOLERANCE = 1e-9
"""Relative difference between two machines' sums that is none."""


@dataclass(frozen=True)
class Checked:
    """An instance, or an entry of its history, and what is wrong with it; empty where it is right."""

    instance: str
    what: str
    problem: str


def verify(family: str, folder: PathLike | None = None) -> Iterator[Checked]:
    """Yield what comes of each instance of a family's set and of each entry of its history.

    Parameters
    ----------
    family : str
        The family.
    folder : path-like, optional
        Folder with ``sets/`` and ``bks/``; ecoopt's own by default.

    Raises
    ------
    InputError
        When a file cannot be read at all.
    """
    history = read_history(family, folder)
    place = Path(folder or known_folder()) / "bks"
    there = {instance.instance_digest: instance for instance in read_set(family, folder).instances}
    for digest, wanted in there.items():
        instance, problem = _made(family, wanted)
        own = [entry for entry in history.entries if entry.instance_digest == digest]
        yield Checked(wanted.name, "instance", problem or _standing(wanted, own, history.sense))
        yield from _entries(history, own, instance, wanted, place)
    for entry in history.entries:
        if entry.instance_digest not in there:
            yield Checked(entry.instance, _title(entry), f"digest {entry.instance_digest[:12]} is in no set")


def _made(family: str, wanted: SetInstance) -> tuple[Instance | None, str]:
    try:
        return wanted.generate(family), ""
    except InputError as error:
        return None, str(error).splitlines()[0]


def _standing(wanted: SetInstance, entries: list[Entry], sense: Sense) -> str:
    """Return what speaks against an instance: nothing is known of it, or its class is another."""
    if missing := [what for what in ("value", "bound") if what not in {entry.what for entry in entries}]:
        return f"no {' and no '.join(missing)} is known; solve it, then 'ecoopt bks update'"
    if wanted.difficulty != "easy" or any(entry.seal != entry.digest for entry in entries):
        return ""
    values, bounds = ([e.value for e in entries if e.what == what] for what in ("value", "bound"))
    known = best(values, bounds, sense)
    return "" if gap(known.objective, known.bound, sense) <= CLOSED else "is said to be easy, and has no proven optimum"


def _entries(history: History, entries: list[Entry], instance: Instance | None, wanted: SetInstance,
             place: Path) -> Iterator[Checked]:
    """Yield what comes of the entries of an instance, in order of time: each has to be better than those before."""
    best_value, best_bound = None, None
    for entry in entries:
        problem = ""
        if entry.seal != entry.digest:
            problem = "a figure was changed: it does not match its seal"
        elif entry.instance != wanted.name:
            problem = f"calls the instance {entry.instance}, the set {wanted.name}"
        elif entry.what == "value":
            problem = _judged(entry, instance, place)
            if best_value is not None and not better(entry.value, best_value, history.sense):
                problem = problem or f"is no better than {best_value!r} before it"
            best_value = entry.value
        else:
            if best_bound is not None and not better(best_bound, entry.value, history.sense):
                problem = f"is no better than {best_bound!r} before it"
            best_bound = entry.value
        if not problem and best_value is not None and best_bound is not None and refuted(
                best_bound, best_value, history.sense):
            problem = f"bound {best_bound!r} is refuted by a schedule of {best_value!r}"
        yield Checked(wanted.name, _title(entry), problem)


def better(one: float, other: float, sense: Sense) -> bool:
    """Return whether a value beats another by more than rounding."""
    gain = other - one if sense is Sense.MIN else one - other
    return gain > TOLERANCE * max(abs(one), abs(other))


def _judged(entry: Entry, instance: Instance | None, place: Path) -> str:
    """Return what the referee has against a value and its schedule."""
    from ecoopt.registry import evaluate

    if entry.file is None or entry.file_sha256 is None or entry.schedule_digest is None:
        return "has no schedule"
    try:
        raw = (place / entry.file).read_bytes()
    except OSError as error:
        return f"{entry.file} cannot be read: {(error.strerror or str(error)).lower()}"
    if hashlib.sha256(raw).hexdigest() != entry.file_sha256:
        return f"{entry.file} was changed: its bytes do not match"
    if instance is None:
        return "cannot be judged without the instance"
    try:
        schedule = parse_document(parse_json(decompress(raw, entry.file, LIMIT_BYTES), entry.file), entry.file,
                                  ("schedule",))
        assert isinstance(schedule, Schedule)
        score = evaluate(instance, schedule)
    except InputError as error:
        return str(error).splitlines()[0]
    if schedule.digest != entry.schedule_digest:
        return f"{entry.file} holds another schedule"
    if not score.feasible:
        broken = score.violations[0]
        return f"the schedule is infeasible: {broken.what} at {broken.where}"
    if abs(score.objective - entry.value) > TOLERANCE * max(abs(entry.value), 1e-9):
        return f"the referee says {score.objective!r}"
    return ""


def _title(entry: Entry) -> str:
    return f"{entry.what} {entry.value!r} of {entry.date} by {entry.method}"
