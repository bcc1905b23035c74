"""x."""
METHODS=()
