"""Power caps: figures of the documentation."""
