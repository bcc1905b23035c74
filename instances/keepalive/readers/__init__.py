"""Readers: public traces of serverless calls, each from its own format into a ``Trace``."""

from ecoopt.instances.keepalive.readers.azure_2019 import read_azure_2019
from ecoopt.instances.keepalive.readers.counts_npz import read_counts_npz
from ecoopt.instances.keepalive.readers.ecolife import read_ecolife

__all__ = ["read_azure_2019", "read_counts_npz", "read_ecolife"]
