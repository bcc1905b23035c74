"""Instance sets: every instance as a generator's arguments and the digest that its bytes must have."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, read_json
from ecoopt.core.instance import Instance
from ecoopt.core.options import did_you_mean
from ecoopt.core.record import Record

CLASSES = {
    "easy": "the family's integer program is solved to proven optimality within 60 s",
    "hard": "after an hour the integer program still has a gap",
    "open": "the integer program is out of reach: what is known comes from decomposition and search"}
"""Classes by the time of the solver, and what each means."""


class SetInstance(Record):
    """An instance of a set.

    Parameters
    ----------
    name : str
        Name in tables.
    difficulty : {"easy", "hard", "open"}
        Its class.
    options : dict
        Arguments of the family's generator, the seed among them.
    instance_digest : str
        The sha256 of the instance's content.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
    difficulty: Literal["easy", "hard", "open"]
    options: dict[str, Any]
    instance_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    def generate(self, family: str) -> Instance:
        """Return the instance.

        Raises
        ------
        InputError
            When the generator now makes another one.
        """
        from ecoopt.registry import generate

        found = generate(family, **self.options)
        if found.digest != self.instance_digest:
            raise InputError.one(self.name, "digest", f"is {found.digest[:12]}, not {self.instance_digest[:12]}",
                                 "the generator has changed; use the version of ecoopt that the set was made with")
        copy: Instance = found.model_copy(update={"name": self.name})
        return copy


class InstanceSet(Record):
    """The instances of a family.

    Parameters
    ----------
    document : {"instance set"}
        Tells the file from others.
    family : str
        The family.
    instances : tuple of SetInstance
        With distinct names and digests.
    """

    document: Literal["instance set"] = "instance set"
    schema_version: Literal[1] = 1
    family: str
    instances: Annotated[tuple[SetInstance, ...], Field(min_length=1)]


def known_folder() -> Path:
    """Return the folder of the sets and best-known values that come with ecoopt."""
    return Path(str(files("ecoopt.benchmarks")))


def set_names(folder: PathLike | None = None) -> list[str]:
    """Return the families that have an instance set.

    Raises
    ------
    InputError
        When the folder has no ``sets/``.
    """
    place = Path(folder or known_folder()) / "sets"
    if not place.is_dir():
        raise InputError.one(str(place), "", "there is no such folder", "give one that has sets/ and bks/")
    return sorted(path.stem for path in place.glob("*.json"))


def known_names(folder: PathLike | None = None) -> list[str]:
    """Return the families that have an instance set or a history.

    Raises
    ------
    InputError
        When there is none, or no such folder.
    """
    place = Path(folder or known_folder())
    found = sorted({*set_names(folder), *(path.stem for path in (place / "bks").glob("*.json"))})
    if not found:
        raise InputError.one(str(place), "", "has no instance set and no history", "give a folder with sets/ and bks/")
    return found


def read_set(family: str, folder: PathLike | None = None) -> InstanceSet:
    """Return a family's instance set.

    Parameters
    ----------
    family : str
        The family.
    folder : path-like, optional
        Folder with ``sets/``; ecoopt's own by default.

    Raises
    ------
    InputError
        When there is none, or with every problem of the file.
    """
    there = set_names(folder)
    if family not in there:
        raise InputError.one("instance set", "", f"there is none of {family[:80]!r}", did_you_mean(family, there))
    path = Path(folder or known_folder()) / "sets" / f"{family}.json"
    found: InstanceSet = InstanceSet.from_content(read_json(path), str(path))
    for field in ("name", "instance_digest"):
        values = [getattr(instance, field) for instance in found.instances]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise InputError.one(str(path), "instances", f"{field} {twice[0]} stands twice", "keep one")
    return found


def chosen(name: str, folder: PathLike | None = None) -> Iterator[tuple[str, SetInstance]]:
    """Yield family and instance for ``family`` or ``family/class``.

    Raises
    ------
    InputError
        When there is no such set or class.
    """
    family, _, difficulty = name.partition("/")
    if difficulty and difficulty not in CLASSES:
        raise InputError.one("instance set", "", f"there is no class {difficulty[:80]!r}",
                             did_you_mean(difficulty, CLASSES))
    for instance in read_set(family, folder).instances:
        if difficulty in ("", instance.difficulty):
            yield family, instance
