"""Extra options: those that a family's generator, a reader or a method brings, given as text and typed by it."""

import types
from collections.abc import Iterable, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from ecoopt.core.errors import InputError
from ecoopt.core.options import checked_options
from ecoopt.core.strict_json import parse_json

ACCEPT_EXTRAS = {"context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
                 "add_help_option": False}
"""Settings of a command that takes extra options; it answers ``--help`` itself."""


def named_values(arguments: Sequence[str], command: str) -> dict[str, list[str]]:
    """Return the values of ``--name value``, ``--name=value``, ``--name`` and ``--no-name``, in order.

    Raises
    ------
    InputError
        For an argument that belongs to no option.
    """
    found: dict[str, list[str]] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or len(word) == 2:
            raise InputError.one(command, "", f"unexpected argument {word!r}", "give options as --name value")
        name, equals, value = word[2:].partition("=")
        if equals:
            pass
        elif rest and not rest[0].startswith("--"):
            value = rest.pop(0)
        else:
            value = "false" if name.startswith("no-") else "true"
            name = name.removeprefix("no-")
        found.setdefault(name.replace("-", "_"), []).append(value)
    return found


def pairs(options: Iterable[str], source: str) -> dict[str, list[str]]:
    """Return the values of ``name=value`` pairs.

    Raises
    ------
    InputError
        For one without an equals sign.
    """
    found: dict[str, list[str]] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name:
            raise InputError.one(source, "", f"{option!r} is not name=value", "give --option name=value")
        found.setdefault(name.replace("-", "_"), []).append(value)
    return found


def typed(model: type[BaseModel], values: dict[str, list[str]], source: str) -> dict[str, Any]:
    """Return the values as the model's types.

    Text that opens a JSON list or object is read as such; an option that is a list takes commas, or itself repeatedly.

    Raises
    ------
    InputError
        For unknown options, options given twice and wrong values.
    """
    plain: dict[str, Any] = {}
    for name, given in values.items():
        field = model.model_fields.get(name)
        if given[-1][:1] in ("[", "{"):
            plain[name] = parse_json(given[-1].encode(errors="replace"), f"{source}: {name}")
        elif field is not None and _is_sequence(field.annotation):
            plain[name] = [part for text in given for part in text.split(",")]
        elif len(given) > 1:
            raise InputError.one(source, name, "is given more than once", "give it once")
        else:
            plain[name] = given[-1]
    return checked_options(model, plain, source)


def option_lines(model: type[BaseModel]) -> list[str]:
    """Return one line per option: its name as on the command line, its type and its default."""
    lines = []
    for name, field in model.model_fields.items():
        annotation = field.annotation
        kind = annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
        default = "required" if field.is_required() else f"default {field.default!r}"
        lines.append(f"--{name.replace('_', '-')}  {kind.replace('typing.', '')}, {default}")
    return lines


def _is_sequence(annotation: Any) -> bool:
    """Return whether an annotation, or one side of a union, is a list or a tuple."""
    origin = get_origin(annotation) or annotation
    if origin in (Union, types.UnionType):
        return any(_is_sequence(side) for side in get_args(annotation))
    return isinstance(origin, type) and issubclass(origin, Sequence) and not issubclass(origin, (str, bytes))
