"""Source: where a process finds an instance, so that what travels with a run is small."""

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance

_MOST_KEPT = 2


@dataclass(frozen=True)
class Generated:
    """An instance that its family's generator makes."""

    family: str
    options: dict[str, Any]

    def load(self) -> Instance:
        """Return the instance."""
        from ecoopt.registry import generate

        return generate(self.family, **self.options)


@dataclass(frozen=True)
class Filed:
    """An instance in a file."""

    path: str

    def load(self) -> Instance:
        """Return the instance."""
        from ecoopt.documents import read_instance

        return read_instance(self.path)


@dataclass(frozen=True)
class Shelved:
    """An instance that this engine put into a file of its own, as it lies in memory."""

    path: str

    @classmethod
    def put(cls, instance: Instance, folder: Path) -> "Shelved":
        """Return the instance's place in a folder, written unless it is there."""
        path = folder / f"{instance.digest}.pickle"
        if not path.exists():
            path.write_bytes(pickle.dumps(instance, protocol=pickle.HIGHEST_PROTOCOL))
        return cls(str(path))

    def load(self) -> Instance:
        """Return the instance."""
        found: Instance = pickle.loads(Path(self.path).read_bytes())
        return found


@dataclass(frozen=True)
class Held:
    """An instance in memory."""

    instance: Instance

    def load(self) -> Instance:
        """Return the instance."""
        return self.instance


Source = Generated | Filed | Shelved | Held

_kept: OrderedDict[str, Instance] = OrderedDict()


def loaded(source: Source, digest: str, name: str) -> Instance:
    """Return the instance of that digest under that name; the last two of this process are kept.

    Raises
    ------
    InputError
        When it cannot be had, or the source now gives another one.
    """
    if isinstance(source, Held):
        return source.instance
    found = _kept.get(digest)
    if found is None:
        found = source.load()
        if found.digest != digest:
            raise InputError.one(name, "digest", f"is {found.digest[:12]}, was {digest[:12]} when it was planned",
                                 "plan them again; generators may change from version to version")
        _kept[digest] = found
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(digest)
    return found if found.name == name else found.model_copy(update={"name": name})
