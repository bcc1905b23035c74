"""Versions: which HiGHS may be used, and the versions that go into a record.

highspy 1.14.0 returns wrong optima with status Optimal on small MILPs (15 for 9, 99 999 for 20); it is refused before
anything can be solved with it.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

REFUSED_HIGHSPY = "1.14.0"


def refuse_wrong_highspy(installed: str | None = None) -> str:
    """Return the version of highspy, or refuse it.

    Parameters
    ----------
    installed : str, optional
        Version to judge; by default the one installed.

    Raises
    ------
    ImportError
        When highspy is missing or is a version that returns wrong optima.
    """
    if installed is None:
        try:
            installed = version("highspy")
        except PackageNotFoundError:
            raise ImportError("highspy is not installed; install highspy>=1.12,!=1.14.0") from None
    if installed.split("+")[0].split(".post")[0] == REFUSED_HIGHSPY:
        raise ImportError(f"highspy {installed} returns wrong optima as Optimal; install highspy>=1.12,!=1.14.0")
    return installed


def versions() -> dict[str, str]:
    """Return the versions of what solves and hands over models, for the record of a result."""
    return dict(_installed())


@cache
def _installed() -> Mapping[str, str]:
    """Read them once: that takes as long as a small model takes to solve."""
    return {name: version(name) for name in ("highspy", "pyomo", "numpy", "scipy")}


refuse_wrong_highspy()
