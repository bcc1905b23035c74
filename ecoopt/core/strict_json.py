"""Strict JSON: text that says one thing only; duplicate keys, NaN, infinity and deep nesting are refused."""

import json
import math
from itertools import accumulate
from typing import Any, NoReturn

from ecoopt.core.errors import InputError

MAX_DEPTH = 100
"""Deepest nesting of lists and objects that is read."""

_STRUCTURE = b'[]{}"\\'
_REST = bytes(set(range(256)) - set(_STRUCTURE))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class _Refused(Exception):
    """A value that strict JSON does not have."""


def parse_json(raw: bytes, source: str) -> Any:
    """Return the value that `raw` holds.

    Parameters
    ----------
    raw : bytes
        JSON in UTF-8; a byte order mark before it is skipped.
    source : str
        Name for messages.

    Raises
    ------
    InputError
        When it is not JSON in UTF-8, repeats a key within an object, holds NaN, an infinity or a number that overflows
        to one, or nests deeper than `MAX_DEPTH`.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise InputError.one(source, "", "is empty", "give a JSON file")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError.one(source, "", f"is not UTF-8 text (byte {error.start})", "save it as UTF-8 JSON") from None
    if _depth(raw) > MAX_DEPTH:
        raise InputError.one(source, "", f"nests deeper than {MAX_DEPTH} levels", "check that it is the right file")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        message = error.msg[:1].lower() + error.msg[1:]
        raise InputError.one(source, "", f"not JSON: {message} at {where}", "correct it or write it again") from None
    except _Refused as error:
        message, _, mend = str(error).partition("; ")
        raise InputError.one(source, "", message, mend) from None
    except ValueError:  # the one left: an integer beyond the interpreter's limit of digits
        raise InputError.one(source, "", "holds an integer of thousands of digits", "give a smaller number") from None


def format_json(content: Any) -> str:
    """Return `content` as strict JSON: one line per key of the outermost object, the rest compact.

    Raises
    ------
    ValueError
        For NaN and infinity.
    """
    if not isinstance(content, dict):
        return _compact(content) + "\n"
    lines = [f"{json.dumps(str(key))}: {_compact(value)}" for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _depth(raw: bytes) -> int:
    """Return the deepest nesting, text apart; escapes are rare, so that what is left to look at is short."""
    marks = raw.translate(None, _REST) if b"\\" not in raw else _without_escapes(raw).translate(None, _REST)
    outside = b"".join(marks.split(b'"')[::2])
    return max(accumulate((_STEP.get(mark, 0) for mark in outside), initial=0))


def _without_escapes(raw: bytes) -> bytes:
    """Return `raw` without escaped backslashes and escaped quotes."""
    return raw.replace(b"\\\\", b"").replace(b'\\"', b"")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f"key {twice[:80]!r} stands twice in an object; keep one")
    return result


def _constant(name: str) -> NoReturn:
    raise _Refused(f"holds {name}, which is not JSON; give a finite number or null")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused(f"number {text[:40]} overflows; give a finite number")
    return value
