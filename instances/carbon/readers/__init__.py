"""Readers and writers of published carbon-intensity formats, one family of formats to a file."""
