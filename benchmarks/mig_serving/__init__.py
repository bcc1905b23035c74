"""Figures of the MIG serving family."""
