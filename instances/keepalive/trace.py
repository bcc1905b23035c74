"""Trace: the calls of real functions as a reader found them, with what is known about each function."""

from dataclasses import dataclass

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.keepalive.invocations import Invocations


@dataclass(frozen=True)
class Trace:
    """Calls per minute of F functions, read from a public format.

    Parameters
    ----------
    invocations : Invocations
        Calls; minute 0 is the trace's first.
    function_names, app_names : tuple of str [F]
        Name of each function, distinct, and of the app it belongs to.
    duration_s, memory_gb : float array [F], optional
        Mean execution time of a call and memory of a container; nan where not measured.
    source, licence : str
        Where it comes from and under which licence.
    """

    invocations: Invocations
    function_names: tuple[str, ...]
    app_names: tuple[str, ...]
    duration_s: FloatArray | None = None
    memory_gb: FloatArray | None = None
    source: str = ""
    licence: str = ""
