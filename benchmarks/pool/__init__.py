"""Studies of pools."""
