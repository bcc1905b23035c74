"""EcoLife's trace: one text file per function, named ``app*id.txt``, one count per minute and line."""

import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.complaints import Complaints
from ecoopt.instances.keepalive.invocations import MAX_CALLS_PER_MINUTE, MAX_HORIZON_MIN, Invocations
from ecoopt.instances.keepalive.readers.digits import parse_column
from ecoopt.instances.keepalive.trace import Trace

ECOLIFE_SOURCE = "EcoLife (SC'24) selection of the Azure Functions 2019 trace"
ECOLIFE_LICENCE = "Apache-2.0 (EcoLife's artifact); CC-BY-4.0 (Azure Functions 2019 trace, Microsoft)"

DEFAULT_LIMIT_BYTES = 2**30
"""Most bytes of text read; EcoLife's own 1,000 files hold 35 million."""

_MAX_FILES = 200_000
_NAME = re.compile(r"(?P<app>[^*]{1,100})\*(?P<id>[^*]{1,90})\.txt")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def app_of(file_name: str) -> str | None:
    """Return the app in a file name ``app*id.txt``, or None where it has another form."""
    match = _NAME.fullmatch(file_name)
    return match["app"] if match else None


def read_ecolife(path: str | os.PathLike[str], *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Trace:
    """Return the trace in a folder or zip archive of EcoLife's text files.

    Functions come in order of their file names; hidden files are passed over. All files must have as many lines.

    Parameters
    ----------
    path : path
        The folder or the archive.
    limit_bytes : int
        Most bytes of text read.

    Raises
    ------
    InputError
        With every file that has another name or length, the first wrong line of each, or when the archive is damaged
        or holds more than `limit_bytes`.
    """
    where = Path(path)
    complaints = Complaints(str(where))
    names: list[str] = []
    minutes: list[IntArray] = []
    counts: list[IntArray] = []
    lengths: dict[int, str] = {}
    for name, content in _texts(where, limit_bytes):
        if app_of(name) is None:
            complaints.add(name, "is not named like video*12.txt (app*id.txt)", "rename or remove it")
            continue
        values, wrong = parse_column(np.frombuffer(content, dtype=np.uint8))
        if wrong:
            complaints.add(f"{name}, line {wrong}", "is no whole number", "write one count of calls per line")
            continue
        if values.size and values.max() > MAX_CALLS_PER_MINUTE:
            complaints.add(f"{name}, line {int(values.argmax()) + 1}", f"{values.max()} calls in a minute are too many",
                           f"keep it within {MAX_CALLS_PER_MINUTE}")
            continue
        lengths.setdefault(len(values), name)
        active = np.flatnonzero(values)
        names.append(name)
        minutes.append(active)
        counts.append(values[active])
    if len(lengths) > 1:
        listed = ", ".join(f"{count} in {name}" for count, name in sorted(lengths.items())[:5])
        complaints.add("", f"files differ in their number of lines ({listed})", "give every minute in every file")
    if lengths and not 1 <= max(lengths) <= MAX_HORIZON_MIN:
        complaints.add("", f"has {max(lengths)} minutes", f"give 1 to {MAX_HORIZON_MIN}")
    for name in sorted({name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()):
        complaints.add(name, "occurs in several folders", "keep one")
    complaints.refuse()
    if not names:
        raise InputError.one(str(where), "", "holds no file named like video*12.txt (app*id.txt)",
                             "give EcoLife's folder or archive of traces")
    order = sorted(range(len(names)), key=names.__getitem__)
    calls: Invocations = Invocations.from_content({
        "horizon_min": next(iter(lengths)),
        "offsets": np.concatenate([[0], np.cumsum([len(minutes[f]) for f in order])]),
        "minutes": np.concatenate([minutes[f] for f in order]),
        "counts": np.concatenate([counts[f] for f in order])}, str(where))
    return Trace(invocations=calls, function_names=tuple(names[f] for f in order),
                 app_names=tuple(str(app_of(names[f])) for f in order), source=ECOLIFE_SOURCE, licence=ECOLIFE_LICENCE)


def _texts(where: Path, limit_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file, never more than the limit in all."""
    if not where.exists():
        raise InputError.one(str(where), "", "no such file or folder", "correct the path")
    left = limit_bytes
    if where.is_dir():
        for file in sorted(where.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                try:
                    with file.open("rb") as stream:
                        content = stream.read(left + 1)
                except OSError as error:
                    raise InputError.one(str(file), "", f"cannot be read: {error.strerror}",
                                         "check its rights") from None
                left = _spent(where, left, len(content), limit_bytes)
                yield file.name, content
        return
    try:
        with zipfile.ZipFile(where) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
            if len(entries) > _MAX_FILES or sum(entry.file_size for entry in entries) > limit_bytes:
                raise InputError.one(str(where), "", f"holds more than {_MAX_FILES} files or {limit_bytes} bytes",
                                     "check that it is the right file, or raise limit_bytes")
            for entry in entries:
                with archive.open(entry) as stream:
                    content = stream.read(left + 1)
                left = _spent(where, left, len(content), limit_bytes)
                yield PurePosixPath(entry.filename).name, content
    except _DAMAGE as error:
        raise InputError.one(str(where), "", f"cannot be read as a zip archive: {error}", "fetch it again") from None


def _spent(where: Path, left: int, size: int, limit_bytes: int) -> int:
    """Return how many bytes may still be read."""
    if size > left:
        raise InputError.one(str(where), "", f"holds more than {limit_bytes} bytes",
                             "check that it is the right folder, or raise limit_bytes")
    return left - size


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
