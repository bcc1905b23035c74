"""Counts in an ``npz`` archive: a table of calls per function and minute, and the functions' names."""

import math
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.complaints import Complaints
from ecoopt.instances.keepalive.invocations import MAX_CALLS_PER_MINUTE, MAX_HORIZON_MIN, Invocations
from ecoopt.instances.keepalive.readers.ecolife import ECOLIFE_LICENCE, ECOLIFE_SOURCE, app_of
from ecoopt.instances.keepalive.trace import Trace

DEFAULT_LIMIT_BYTES = 2**30
_MEND = "write it with numpy.savez_compressed(path, counts=..., functions=...)"
_HEADERS: dict[tuple[int, int], Callable[..., Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError,
           SyntaxError)


def read_counts_npz(path: str | os.PathLike[str], *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Trace:
    """Return the trace in an archive of whole numbers ``counts`` [F, T] and texts ``functions`` [F].

    Names ``app*id.txt`` give EcoLife's apps; other names are their own app. Nothing is unpickled, and each array's size
    is checked against its header before memory is taken.

    Parameters
    ----------
    path : path
        The archive.
    limit_bytes : int
        Most bytes of the two arrays together.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    source = str(path)
    if not Path(path).is_file():
        raise InputError.one(source, "", "no such file", "correct the path")
    complaints = Complaints(source)
    try:
        with zipfile.ZipFile(path) as archive:
            counts = _array(archive, "counts", 2, "iu", limit_bytes, complaints)
            functions = _array(archive, "functions", 1, "U", limit_bytes, complaints)
    except _DAMAGE as error:
        raise InputError.one(source, "", f"cannot be read as an npz archive: {error}", _MEND) from None
    complaints.refuse()
    assert counts is not None
    assert functions is not None

    names = tuple(str(name) for name in functions)
    if len(names) != counts.shape[0]:
        complaints.add("functions", f"has {len(names)} entries for {counts.shape[0]} rows of counts",
                       "give one for each")
    if len(set(names)) < len(names):
        complaints.add("functions", "names are not distinct", "rename the duplicates")
    for index in [index for index, name in enumerate(names) if not 1 <= len(name) <= 200][:1]:
        complaints.add(f"functions[{index}]", "has not 1 to 200 characters", "rename it")
    if not (counts.shape[0] >= 1 and 1 <= counts.shape[1] <= MAX_HORIZON_MIN):
        complaints.add("counts", f"has shape {list(counts.shape)}", f"give functions by 1 to {MAX_HORIZON_MIN} minutes")
    elif counts.min() < 0 or counts.max() > MAX_CALLS_PER_MINUTE:
        f, m = np.unravel_index(int(np.argmax((counts < 0) | (counts > MAX_CALLS_PER_MINUTE))), counts.shape)
        complaints.add(f"counts[{f}, {m}]", f"{counts[f, m]} is no number of calls",
                       f"keep it within 0..{MAX_CALLS_PER_MINUTE}")
    complaints.refuse()
    apps = tuple(app_of(name) or name for name in names)
    ecolife = all(app_of(name) for name in names)
    return Trace(invocations=Invocations.from_dense(counts), function_names=names, app_names=apps,
                 source=ECOLIFE_SOURCE if ecolife else source, licence=ECOLIFE_LICENCE if ecolife else "")


def _array(archive: zipfile.ZipFile, name: str, ndim: int, kinds: str, limit_bytes: int,
           complaints: Complaints) -> Any:
    """Return one array, or None after a complaint."""
    if f"{name}.npy" not in archive.namelist():
        complaints.add(name, "is not in the archive", _MEND)
        return None
    entry = archive.getinfo(f"{name}.npy")
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            complaints.add(name, f"has version {version} of the npy format", _MEND)
            return None
        shape, _, dtype = _HEADERS[version](stream)
        header_bytes = stream.tell()
    if dtype.kind not in kinds or dtype.hasobject:
        complaints.add(name, f"holds {dtype}", f"give {'text' if kinds == 'U' else 'whole numbers'}")
    elif len(shape) != ndim:
        complaints.add(name, f"has {len(shape)} dimensions", f"give {ndim}")
    elif math.prod(shape) * dtype.itemsize > limit_bytes:
        complaints.add(name, f"takes {math.prod(shape) * dtype.itemsize} bytes, over the limit of {limit_bytes}",
                       "check that it is the right file, or raise limit_bytes")
    elif math.prod(shape) * dtype.itemsize != entry.file_size - header_bytes:
        complaints.add(name, f"announces shape {list(shape)} but holds {entry.file_size - header_bytes} bytes",
                       "fetch or write it again")
    else:
        with archive.open(entry) as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)
    return None
