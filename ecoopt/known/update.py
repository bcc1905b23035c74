"""Update: what a study improved on the best-known values goes into their history; what the referee rejects does not."""

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ecoopt.core.compression import compress
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, encode, write_bytes
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.result import Result
from ecoopt.judge import refuted
from ecoopt.known.history import Entry, History, read_history, write_history
from ecoopt.known.sets import SetInstance, known_folder, read_set, set_names
from ecoopt.known.verify import TOLERANCE, better
from ecoopt.registry import evaluate
from ecoopt.study.store import Store

_FOR_GOOD = 19
"""Level of zstd: a schedule is compressed once and kept in the repository."""


@dataclass(frozen=True)
class Change:
    """What became of a run that claims to be better than anything known.

    Parameters
    ----------
    instance, what : str
        The instance, and ``value`` or ``bound``.
    value, before : float, optional
        The new figure, and the one before it.
    refused : str
        Why it was not taken; empty where it was.
    """

    instance: str
    what: str
    value: float
    before: float | None
    refused: str = ""


def update(store: Store, folder: PathLike | None = None) -> Iterator[Change]:
    """Add to the histories what a store has that is better, and yield each change and each refusal.

    Runs on instances of no set are passed over. A history is written once all its changes are known.

    Parameters
    ----------
    store : Store
        Of a study.
    folder : path-like, optional
        Folder with ``sets/`` and ``bks/``; ecoopt's own by default.

    Raises
    ------
    InputError
        When a file cannot be read or written.
    """
    with store.still():
        versions = {row["run"]: row["code_version"] for row in store.rows("SELECT run, code_version FROM runs")}
        groups: dict[tuple[str, str], list[tuple[str, Result]]] = {}
        for key, result in store.results(traces=False):
            groups.setdefault((result.family, result.instance_digest), []).append((key, result))
        for family in [name for name in set_names(folder) if any(name == owner for owner, _ in groups)]:
            history = read_history(family, folder)
            for wanted in read_set(family, folder).instances:
                runs = groups.get((family, wanted.instance_digest), [])
                if runs:
                    history = yield from _instance(history, wanted, runs, versions, store,
                                                   Path(folder or known_folder()))
            write_history(history, folder)


def _instance(history: History, wanted: SetInstance, runs: list[tuple[str, Result]], versions: dict[str, str],
              store: Store, folder: Path) -> Generator[Change, None, History]:
    """Yield the changes of an instance and return the history with them."""
    known = history.headline().get(wanted.instance_digest)
    value, bound = (None, None) if known is None else (known.objective, known.bound)
    sign = 1 if history.sense == "min" else -1
    instance: Instance | None = None
    found = [(key, r) for key, r in runs if r.objective is not None]
    for key, result in sorted(found, key=lambda run: sign * (run[1].objective or 0.0)):
        assert result.objective is not None
        if value is not None and not better(result.objective, value, history.sense):
            break
        instance = instance or wanted.generate(history.family)
        schedule, refusal = _judged(instance, key, result, bound, history, store)
        yield Change(wanted.name, "value", result.objective, value, refusal)
        if schedule is not None:
            value = result.objective
            entry = _value_entry(wanted, result, schedule, versions[key], history.family, folder)
            history = history.joined([entry])
            break
    proven = [(key, r) for key, r in runs if r.bound is not None]
    for key, result in sorted(proven, key=lambda run: -sign * (run[1].bound or 0.0)):
        assert result.bound is not None
        if bound is not None and not better(bound, result.bound, history.sense):
            break
        if value is not None and refuted(result.bound, value, history.sense):
            yield Change(wanted.name, "bound", result.bound, bound, f"refuted by a schedule of {value!r}")
            continue
        history = history.joined([_entry(wanted, result, versions[key], "bound", result.bound)])
        yield Change(wanted.name, "bound", result.bound, bound)
        break
    return history


def _judged(instance: Instance, key: str, result: Result, bound: float | None, history: History,
            store: Store) -> tuple[Schedule | None, str]:
    """Return the schedule of a run, or why it is not taken."""
    try:
        schedule = store.schedule(key)
        score = None if schedule is None else evaluate(instance, schedule)
    except InputError as error:
        return None, str(error).splitlines()[0]
    if score is None:
        return None, "it has no schedule"
    if not score.feasible:
        return None, f"the referee rejects it: {score.violations[0].what} at {score.violations[0].where}"
    if abs(score.objective - (result.objective or 0.0)) > TOLERANCE * max(abs(score.objective), 1e-9):
        return None, f"the store says {result.objective!r}, the referee {score.objective!r}"
    if bound is not None and refuted(bound, score.objective, history.sense):
        return None, f"it contradicts the bound {bound!r}; one of the two is wrong"
    return schedule, ""


def _value_entry(wanted: SetInstance, result: Result, schedule: Schedule, version: str, family: str,
                 folder: Path) -> Entry:
    """Return the entry of a value, its schedule written beside the history."""
    assert result.objective is not None
    digest = schedule.digest
    file = f"{family}/{wanted.name}-{digest[:12]}.json.zst"
    content = compress(encode(schedule), file, zstd_level=_FOR_GOOD)
    path = folder / "bks" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)
    return _entry(wanted, result, version, "value", result.objective, schedule_digest=digest, file=file,
                  file_sha256=hashlib.sha256(content).hexdigest())


def _entry(wanted: SetInstance, result: Result, version: str, what: str, value: float, **schedule: str) -> Entry:
    entry = Entry.from_content({
        "instance": wanted.name, "instance_digest": wanted.instance_digest, "what": what, "value": value,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"), "method": result.method, "options": result.options,
        "seed": result.seed, "code_version": version, "wall_s": round(result.wall_s, 2)} | schedule, wanted.name)
    sealed: Entry = entry.sealed()
    return sealed
