"""Lock: one driver per store, told by SQLite's own locks, which end with the process that holds them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, check_writable
from ecoopt.study.store.connection import IN_MEMORY


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
    place = Path(f"{path}.lock")
    connection = sqlite3.connect(place, timeout=0.0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        connection.close()
        raise InputError.one(str(path), "", "another process runs this study", "wait for it, or stop it") from None
    try:
        yield
    finally:
        with suppress(OSError):
            place.unlink(missing_ok=True)
        connection.close()


def is_driven(path: PathLike) -> bool:
    """Return whether a process is driving the study of a store."""
    place = Path(f"{path}.lock")
    if not place.exists():
        return False
    connection = sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True, timeout=0.0, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    finally:
        connection.close()
    return False
