"""Lock: one driver per store, told by SQLite's own locks, which end with the process that holds them."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, check_writable
from ecoopt.study.store.connection import IN_MEMORY, refused


@contextmanager
def sole_driver(path: PathLike) -> Iterator[None]:
    """Hold the right to drive the study of a store while the block runs.

    Raises
    ------
    InputError
        When another process holds it, or nothing can be written there.
    """
    if str(path) == IN_MEMORY:
        yield
        return
    check_writable(path)
    place = _lock(path)
    try:
        connection = sqlite3.connect(place, timeout=0.0, isolation_level=None)
    except sqlite3.Error as error:
        raise refused(place, error) from None
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if "locked" not in str(error):
            raise refused(place, error) from None
        raise InputError.one(str(path), "", "another process runs this study", "wait for it, or stop it") from None
    try:
        yield
    finally:
        with suppress(OSError):
            place.unlink(missing_ok=True)
        connection.close()


def is_driven(path: PathLike) -> bool:
    """Return whether a process is driving the study of a store."""
    try:
        connection = sqlite3.connect(f"{_lock(path).as_uri()}?mode=ro", uri=True, timeout=0.0, isolation_level=None)
    except sqlite3.Error:  # there is none
        return False
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return "locked" in str(error)
    finally:
        connection.close()
    return False


def _lock(path: PathLike) -> Path:
    """Return the lock of a store, the same for every name it goes by."""
    return Path(f"{os.path.realpath(path)}.lock")
