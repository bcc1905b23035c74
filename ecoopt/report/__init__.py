"""Reports: results as one static page with tables, tests and pictures, and as files for a paper."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecoopt.report.material import Material as Material
    from ecoopt.report.material import read_material as read_material
    from ecoopt.report.page import Report as Report

__all__ = ["Material", "Report", "read_material"]


def __getattr__(name: str) -> Any:
    """Load statistics and templates when a report is asked for; whoever wants a number in words needs none."""
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(f"ecoopt.report.{'page' if name == 'Report' else 'material'}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
