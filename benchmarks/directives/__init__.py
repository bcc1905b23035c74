"""Experiments on generation directives."""
