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
    for last in (False, True):
        try:
            connection = _taken(place)
            break
        except sqlite3.Error as error:
            if last or "I/O" not in str(error):  # else its last holder has just taken it away
                raise _refusal(path, place, error) from None
    try:
        yield
    finally:
        with suppress(OSError):
            place.unlink(missing_ok=True)
        connection.close()


def _taken(place: Path) -> sqlite3.Connection:
    """Return the lock, held."""
    connection = sqlite3.connect(place, timeout=0.0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _refusal(path: PathLike, place: Path, error: sqlite3.Error) -> InputError:
    """Return the error for a lock that is not to be had."""
    if "locked" in str(error):
        return InputError.one(str(path), "", "another process runs this study", "wait for it, or stop it")
    return refused(place, error)


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
