"""Best-known values: a dated history per instance of values with their schedules, and of proven bounds."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from ecoopt.best import Best, best
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, read_json, write_bytes
from ecoopt.core.record import Record
from ecoopt.core.status import Sense
from ecoopt.known.sets import known_folder

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Entry(Record):
    """A value that a schedule has, or a bound that a run proved.

    Parameters
    ----------
    instance, instance_digest : str
        The instance, by its name in the set and by content.
    what : {"value", "bound"}
        Which of the two.
    value : float
        The referee's objective of the schedule, or the bound.
    date : str
        Day on which it was added, ``YYYY-MM-DD``.
    method : str
        Method that found it.
    options : dict
        Its options, defaults left out.
    seed : int
        Its seed.
    code_version : str
        Version of ecoopt, and of the package a third party's method comes from.
    wall_s : float
        Wall seconds of the run.
    schedule_digest : str, optional
        Content of the schedule; with a value alone.
    file, file_sha256 : str, optional
        The schedule's file beside the history, and the sha256 of its bytes; with a value alone.
    seal : str
        The sha256 of all of the above, so that no figure is changed by accident.
    """

    instance: str
    instance_digest: Sha256
    what: Literal["value", "bound"]
    value: float
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    method: str
    options: dict[str, Any] = {}
    seed: int = 0
    code_version: str
    wall_s: Annotated[float, Field(ge=0)]
    schedule_digest: Sha256 | None = None
    file: Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9.-]+\.json\.zst$")] | None = None
    file_sha256: Sha256 | None = None
    seal: str = ""

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"seal"})

    def sealed(self) -> Self:
        """Return the entry with the seal that its figures must have, which is their digest."""
        found: Self = self.replace(seal=self.digest)
        return found


class History(Record):
    """All that was ever known of the instances of a family.

    Parameters
    ----------
    document : {"best-known values"}
        Tells the file from others.
    family : str
        The family.
    sense : Sense
        Direction of its objective.
    entries : tuple of Entry
        By date.
    """

    document: Literal["best-known values"] = "best-known values"
    schema_version: Literal[1] = 1
    family: str
    sense: Sense
    entries: tuple[Entry, ...] = ()

    def headline(self) -> dict[str, Best]:
        """Return the best value and bound of each instance, by digest."""
        groups: dict[str, list[Entry]] = {}
        for entry in self.entries:
            groups.setdefault(entry.instance_digest, []).append(entry)
        return {digest: best((e.value for e in group if e.what == "value"),
                             (e.value for e in group if e.what == "bound"), self.sense)
                for digest, group in groups.items()}

    def latest(self, digest: str, what: str) -> Entry | None:
        """Return the last entry of a kind for an instance, which is the best; None where there is none."""
        return next((e for e in reversed(self.entries) if e.instance_digest == digest and e.what == what), None)

    def joined(self, entries: Iterable[Entry]) -> Self:
        """Return the history with more entries."""
        found: Self = self.replace(entries=(*self.entries, *entries))
        return found


def history_path(family: str, folder: PathLike | None = None) -> Path:
    """Return the file of a family's history."""
    return Path(folder or known_folder()) / "bks" / f"{family}.json"


def read_history(family: str, folder: PathLike | None = None) -> History:
    """Return a family's history, an empty one where there is none yet.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    from ecoopt.registry import family as find_family

    path = history_path(family, folder)
    owner = find_family(family)
    if not path.exists():
        return History(family=family, sense=owner.sense)
    found: History = History.from_content(read_json(path), str(path))
    if (found.family, found.sense) != (family, owner.sense):
        raise InputError.one(str(path), "family", f"is {found.family} with sense {found.sense}, not {family} with "
                             f"{owner.sense}", "correct the file")
    return found


def write_history(history: History, folder: PathLike | None = None) -> None:
    """Write a family's history, an entry per line so that a change shows as one.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    content = history.model_dump(mode="json")
    entries = ",\n".join(json.dumps(entry, separators=(",", ":"), allow_nan=False) for entry in content.pop("entries"))
    head = json.dumps(content, allow_nan=False)[:-1]
    write_bytes(history_path(history.family, folder), f'{head}, "entries": [\n{entries}\n]}}\n'.encode())
