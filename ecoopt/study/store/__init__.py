"""The store of a study: one SQLite file that survives whatever happens to the process that writes it."""

from ecoopt.study.store.connection import is_store
from ecoopt.study.store.lock import sole_driver
from ecoopt.study.store.packing import Packed, packed
from ecoopt.study.store.store import Store

__all__ = ["Packed", "Store", "is_store", "packed", "sole_driver"]
