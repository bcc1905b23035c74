"""Figures of the keep-alive family."""
