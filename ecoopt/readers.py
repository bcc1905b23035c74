"""Readers: every kind of public data set that can be read, from the families and from what they share."""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.options import did_you_mean, options_model
from ecoopt.core.record import Record
from ecoopt.registry import families

SHARED = {"carbon": "ecoopt.instances.carbon:read_carbon"}
"""Kinds that belong to no family."""


@dataclass(frozen=True)
class Reader:
    """A reader of one kind of data set.

    Parameters
    ----------
    kind : str
        Name in commands.
    function : callable
        ``reader(*paths, **options)``; its keyword-only parameters are the options.
    """

    kind: str
    function: Callable[..., Any]

    @cached_property
    def options(self) -> type[BaseModel]:
        """Options, read off the function's signature."""
        return options_model(self.function, f"{self.kind} reader")

    @cached_property
    def inputs(self) -> dict[str, bool]:
        """Names of the files it takes, in order, and whether each must be given."""
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return {("file" if name == "path_or_bytes" else name.replace("_", "-")): entry.default is entry.empty
                for name, entry in inspect.signature(self.function).parameters.items() if entry.kind in positional}

    def check_count(self, count: int) -> None:
        """Raise InputError, naming the files in order, when `count` is not how many the reader takes."""
        needed = [name for name, must in self.inputs.items() if must]
        parameters = inspect.signature(self.function).parameters.values()
        most = math.inf if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(self.inputs)
        if not len(needed) <= count <= most:
            order = " ".join(name if must else f"[{name}]" for name, must in self.inputs.items()).upper()
            given = f"{count} file{'' if count == 1 else 's'} given"
            raise InputError.one(f"import {self.kind}", "", given, f"give, in this order: {order}")

    def read(self, paths: Sequence[str], options: dict[str, Any]) -> Record:
        """Return what the files hold.

        Raises
        ------
        InputError
            With every problem of the files, or when their number is not what the reader takes, or an option is missing.
        """
        files = [Path(path) for path in paths]
        self.check_count(len(files))
        missing = [name for name, field in self.options.model_fields.items()
                   if field.is_required() and name not in options]
        if missing:
            raise InputError(f"import {self.kind}", [Problem(name, "missing", "give this option") for name in missing])
        found = self.function(*files, **options)
        if not isinstance(found, Record):
            raise TypeError(f"reader {self.kind} returned a {type(found).__name__}, not a Record")
        return found


def readers() -> dict[str, Reader]:
    """Return every reader by kind; a kind that two families have is found under ``family.kind`` as well."""
    found: dict[str, Reader] = {}
    for kind, target in SHARED.items():
        module, _, name = target.partition(":")
        found[kind] = Reader(kind, getattr(import_module(module), name))
    for name, family in families().items():
        for kind, function in family.readers.items():
            full = kind if kind not in found else f"{name}.{kind}"
            found[full] = Reader(full, function)
    return found


def find_reader(kind: str) -> Reader:
    """Return the reader of a kind.

    Raises
    ------
    InputError
        When there is none, with the closest kind.
    """
    known = readers()
    if kind not in known:
        raise InputError.one("import", "", f"there is no kind {kind[:80]!r}", did_you_mean(kind, known))
    return known[kind]
