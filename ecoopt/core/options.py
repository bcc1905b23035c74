"""Options: the keyword arguments of a function, checked against its signature, misspellings named."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from ecoopt.core.errors import InputError, Problem


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the mend for a name that is not among the known ones: the closest, or all of them."""
    names = list(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(names)}" if names else "there are none"


def options_model(function: Callable[..., Any], title: str, *, keyword_only: bool = True,
                  reserved: Iterable[str] = ()) -> type[BaseModel]:
    """Return the options of a function as a pydantic model.

    Parameters
    ----------
    function : callable
        Its annotations are the types, its defaults the defaults.
    title : str
        Name of the model.
    keyword_only : bool
        Whether only keyword-only parameters are options, or all that can be given by name.
    reserved : iterable of str
        Parameters that are no options.
    """
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    kinds = by_name[:1] if keyword_only else by_name
    empty, skipped = inspect.Parameter.empty, frozenset(reserved)
    fields: dict[str, Any] = {
        p.name: (Any if p.annotation is empty else p.annotation, ... if p.default is empty else p.default)
        for p in inspect.signature(function, eval_str=True).parameters.values()
        if p.kind in kinds and p.name not in skipped}
    return create_model(title, __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=True), **fields)


def checked_options(model: type[BaseModel], options: Mapping[str, Any] | None, source: str) -> dict[str, Any]:
    """Return the options given, validated; those not given are left out.

    Raises
    ------
    InputError
        For unknown options, missing ones and wrong values, all at once.
    """
    given = dict(options or {})
    known = list(model.model_fields)
    problems = [Problem(name, "unknown option", did_you_mean(name, known)) for name in given if name not in known]
    problems += [Problem(name, f"{value} is no number", "give a number") for name, value in given.items()
                 if isinstance(value, bool) and name in known and _is_number(model.model_fields[name].annotation)]
    try:
        checked = model.model_validate({name: value for name, value in given.items() if name in known})
    except ValidationError as error:
        problems.extend(InputError.from_validation(source, error).problems)
    if problems:
        raise InputError(source, problems)
    return {name: getattr(checked, name) for name in checked.model_fields_set}


def _is_number(annotation: Any) -> bool:
    """Return whether an annotation allows numbers and no booleans."""
    allowed = _allowed(annotation)
    return bool(allowed & {int, float}) and bool not in allowed


def _allowed(annotation: Any) -> set[Any]:
    """Return the types that a union, annotated or not, is made of."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _allowed(parts[0])
    return set().union(*map(_allowed, parts)) if origin in (Union, UnionType) else {annotation}
