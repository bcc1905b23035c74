"""Cuts that families share, found in rounds at the root."""

from ecoopt.formulations.cuts.capacity import CapacityRow, CutRounds, strengthen

__all__ = ["CapacityRow", "CutRounds", "strengthen"]
