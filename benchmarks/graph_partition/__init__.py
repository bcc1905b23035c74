"""Experiments on the graph partition."""
