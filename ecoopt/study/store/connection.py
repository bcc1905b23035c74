"""Connections: a store opened for reading or for writing, made if need be, and refused in a line when it is none."""

import os
import sqlite3
from importlib.resources import files
from pathlib import Path

from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike

APPLICATION, VERSION = 1162037072, 1
IN_MEMORY = ":memory:"

_HEADER = b"SQLite format 3\0"
_WAIT_S = 30.0


def is_store(path: PathLike) -> bool:
    """Return whether a file looks like a store."""
    try:
        with open(path, "rb") as stream:
            return stream.read(len(_HEADER)) == _HEADER
    except OSError:
        return False


def reading(path: PathLike) -> sqlite3.Connection:
    """Return a connection that only reads.

    Where it may, it tidies up behind a driver that was killed: what SQLite keeps beside the file goes into it.

    Raises
    ------
    InputError
        When the file cannot be read or is no store.
    """
    place = Path(path)
    if not place.is_file():
        raise InputError.one(str(path), "", "there is no such store", "run the study first, or correct the path")
    mode = "rw" if os.access(place, os.W_OK) and os.access(place.resolve().parent, os.W_OK) else "ro"
    connection = _checked(str(path), _opened(path, f"{place.resolve().as_uri()}?mode={mode}"))
    connection.execute("PRAGMA query_only = ON")
    return connection


def writing(path: PathLike) -> sqlite3.Connection:
    """Return a connection that writes; a store that is not there is made.

    Raises
    ------
    InputError
        When the file cannot be written or is no store.
    """
    if str(path) == IN_MEMORY:
        connection = _opened(path, ":memory:")
        connection.executescript(_schema())
        return connection
    place = Path(path)
    if place.is_dir() or not place.parent.is_dir():
        reason = "is a folder" if place.is_dir() else f"there is no folder {place.parent}"
        raise InputError.one(str(path), "", f"cannot be written: {reason}", "choose another path")
    connection = _opened(path, f"{place.resolve().as_uri()}?mode=rwc")
    try:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE;\n{_schema()}\nCOMMIT;")
        _checked(str(path), connection)
        # A process that is killed loses nothing it has committed; only a machine that loses its power could.
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        raise refused(path, error) from None
    return connection


def _opened(path: PathLike, address: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_WAIT_S, isolation_level=None)
    except sqlite3.Error as error:
        raise refused(path, error) from None
    connection.row_factory = sqlite3.Row
    return connection


def _checked(source: str, connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection of a store, or refuse it."""
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise refused(source, error) from None
    if application != APPLICATION:
        connection.close()
        raise InputError.one(source, "", "is no store of a study", "give a file that 'ecoopt study run' has written")
    if version != VERSION:
        connection.close()
        raise InputError.one(source, "version", f"is {version}, this ecoopt reads {VERSION}",
                             "upgrade ecoopt" if version > VERSION else "run the study again with this ecoopt")
    return connection


def refused(path: PathLike, error: sqlite3.Error) -> InputError:
    """Return the error for a file that SQLite cannot use."""
    return InputError.one(str(path), "", f"cannot be used: {error}", "give a store, or another path")


def _schema() -> str:
    return files("ecoopt.study.store").joinpath("schema.sql").read_text(encoding="utf-8")
