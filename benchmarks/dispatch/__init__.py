"""Benchmarks of the family dispatch."""
