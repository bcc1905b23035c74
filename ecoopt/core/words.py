"""Words: numbers with their nouns, as people read them."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as in "1 run" and "2,000 runs"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
