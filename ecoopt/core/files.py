"""Files: one strict JSON format, plain or compressed, read within limits and written atomically."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecoopt.core.compression import LIMIT_BYTES, compress, decompress, too_large
from ecoopt.core.errors import InputError
from ecoopt.core.record import Record
from ecoopt.core.strict_json import format_json, parse_json

PathLike = str | os.PathLike[str]

_MEND_READ = "correct the path or its rights"
_MEND_WRITE = "choose another path or make room"


def read_bytes(path: PathLike, *, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Return the content of a file, decompressed when it is gzip, xz or zstd.

    Raises
    ------
    InputError
        When it cannot be read, is damaged or cut short, or holds more than `limit_bytes`.
    """
    source = str(path)
    try:
        with open(path, "rb") as stream:
            raw = stream.read(limit_bytes + 1)
    except (OSError, ValueError) as error:
        raise InputError.one(source, "", f"cannot be read: {_reason(error)}", _MEND_READ) from None
    if len(raw) > limit_bytes:
        raise too_large(source, limit_bytes)
    return decompress(raw, source, limit_bytes)


def read_json(path: PathLike, *, limit_bytes: int = LIMIT_BYTES) -> Any:
    """Return the value a JSON file holds.

    Parameters
    ----------
    path : path-like
        Plain or compressed (gzip, xz, zstd, told by the first bytes).
    limit_bytes : int
        Largest decompressed size accepted; nothing larger is held in memory.

    Raises
    ------
    InputError
        As `read_bytes` and `ecoopt.core.strict_json.parse_json`.
    """
    return parse_json(read_bytes(path, limit_bytes=limit_bytes), str(path))


def write_json(path: PathLike, record: Record | Mapping[str, Any]) -> None:
    """Write a record, or a mapping of JSON values, so that a reader sees the old file or the new one, never a part.

    The bytes depend on the content and on the suffix (.gz, .zst or none) alone.

    Raises
    ------
    InputError
        When the file cannot be written, or the content has a value that JSON lacks.
    """
    write_bytes(path, compress(encode(record, str(path)), str(path)))


def encode(record: Record | Mapping[str, Any], source: str = "record") -> bytes:
    """Return the JSON bytes of a record, or of a mapping of JSON values.

    Raises
    ------
    InputError
        For a value that JSON lacks (NaN, infinity, an object that is no JSON value).
    """
    try:
        content = record.model_dump(mode="json") if isinstance(record, Record) else record
        return format_json(content).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # pydantic passes on whatever is raised as a ValueError
            raise KeyboardInterrupt from None
        mend = "use finite numbers, text and lists"
        raise InputError.one(source, "", f"cannot be written as JSON: {error}", mend) from None


def write_bytes(path: PathLike, content: bytes) -> None:
    """Write a file atomically: into a neighbour first, flushed to the disk, then renamed.

    A path that exists and is no regular file (a device, a pipe) is written as it is.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not stat.S_ISREG(target.stat().st_mode) and not target.is_dir():
            target.write_bytes(content)
            return
        _replace(target, content)
    except (OSError, ValueError) as error:
        raise InputError.one(str(path), "", f"cannot be written: {_reason(error)}", _MEND_WRITE) from None


def check_writable(path: PathLike) -> None:
    """Raise InputError now when a later `write_bytes` is bound to fail: no such folder, no right, a folder itself."""
    target = Path(os.path.realpath(path))
    reason = ""
    if target.is_dir():
        reason = "is a folder"
    elif not target.parent.is_dir():
        reason = f"there is no folder {target.parent}"
    elif not os.access(target.parent, os.W_OK) and not (target.exists() and os.access(target, os.W_OK)):
        reason = "no right to write there"
    if reason:
        raise InputError.one(str(path), "", f"cannot be written: {reason}", _MEND_WRITE)


def _replace(target: Path, content: bytes) -> None:
    """Write a neighbour of `target` and rename it; nothing is left behind when that fails."""
    if target.is_dir():
        raise IsADirectoryError(21, "is a folder")
    part = target.with_name(f".{target.name[:80]}.{os.getpid()}.part")
    try:
        with open(part, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _reason(error: OSError | ValueError) -> str:
    """Return what the system says, in one phrase."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return str(error) or type(error).__name__
