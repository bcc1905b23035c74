"""A cluster of MIG GPUs over time."""
