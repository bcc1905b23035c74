"""Record: a frozen, validated, serialisable value with a digest of its content."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache, cached_property
from types import UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from ecoopt.core.errors import InputError


class Record(BaseModel):
    """Base of everything that is read from or written to a file.

    Unknown keys are errors, instances are immutable and compare by content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False,
                              ser_json_inf_nan="strings", ignored_types=(cached_property,), validate_default=True)

    digest_excludes: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_another_json_type(cls, value: Any, field: ValidationInfo) -> Any:
        """Refuse text and booleans for numbers, text and numbers for booleans; pydantic would convert them."""
        wanted = _plain_types(cls).get(field.field_name or "")
        if wanted is None:
            return value
        if wanted == "boolean":
            if isinstance(value, (str, int, float)) and not isinstance(value, bool):
                raise ValueError(f"is {repr(value)[:40]}, not a valid boolean; give true or false")
        elif isinstance(value, (bool, str)):
            raise ValueError(f"is {repr(value)[:40]}, not a valid {wanted}; give one")
        return value

    @cached_property
    def digest(self) -> str:
        """The sha256 of the canonical content, names and provenance left out."""
        return hashlib.sha256(_canonical(self)).hexdigest()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Record) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @classmethod
    def from_content(cls, content: Any, source: str) -> Any:
        """Return the record held in parsed JSON.

        Raises
        ------
        InputError
            With every problem of `content`; `source` names it in the messages.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise InputError.from_validation(source, error) from None

    def replace(self, **changes: Any) -> Any:
        """Return a copy with some fields changed, validated anew."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(fields | changes)


@cache
def _plain_types(owner: type[BaseModel]) -> Mapping[str, str]:
    """Return what the fields of a class want that want a boolean, an integer or a number alone; worked out once."""
    found = {}
    for name, field in owner.model_fields.items():
        wanted = field.annotation
        parts = get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)
        sides = {get_args(part)[0] if get_origin(part) is Annotated else part for part in parts} - {type(None)}
        if sides == {bool}:
            found[name] = "boolean"
        elif sides and sides <= {int, float}:
            found[name] = "number" if float in sides else "integer"
    return found


def _canonical(value: Any) -> bytes:
    """Return bytes that depend on the content of `value` alone."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """Replace records by dictionaries and arrays by the digest of their bytes."""
    if isinstance(value, Record):
        names = [name for name in type(value).model_fields if name not in value.digest_excludes]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, np.ndarray):
        wide = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return [value.dtype.kind, list(value.shape), hashlib.sha256(np.ascontiguousarray(wide).data).hexdigest()]
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)
