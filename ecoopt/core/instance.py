"""Instance and Schedule: what is asked, and what is decided."""

from typing import Any, ClassVar

from ecoopt.core.record import Record


class Provenance(Record):
    """Where an instance comes from.

    Parameters
    ----------
    source : str
        Data set, paper or generator.
    licence : str
        Licence of the data it holds; empty when generated.
    generator : dict
        Arguments that regenerate it, empty when it was read.
    note : str
        Anything a reader should know.
    """

    source: str = ""
    licence: str = ""
    generator: dict[str, Any] = {}
    note: str = ""


class Instance(Record):
    """Base of every family's instance: frozen, validated, with a digest of its content.

    Parameters
    ----------
    family : str
        Name of the family; fixed by the subclass.
    schema_version : int
        Version of the family's schema; fixed by the subclass.
    name : str
        Name in tables and files.
    provenance : Provenance
        Where it comes from.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"name", "provenance"})

    family: str
    schema_version: int
    name: str
    provenance: Provenance = Provenance()


class Schedule(Record):
    """Base of every family's schedule: the decision alone, no objective inside."""

    family: str
    schema_version: int
