"""Floor 4: what needs both the exact and the fast side."""
