"""Sharing GPUs by MIG, fast side."""
