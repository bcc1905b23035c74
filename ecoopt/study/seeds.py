"""Seeds: how many, counted from 0, or which."""

from collections.abc import Iterable
from typing import Any

from ecoopt.core.errors import InputError


def seed_list(seeds: int | Iterable[int], source: str = "seeds", field: str = "") -> list[int]:
    """Return the seeds asked for.

    Parameters
    ----------
    seeds : int or iterable of int
        How many, counted from 0, or which.
    source, field : str
        Name them in messages.

    Raises
    ------
    InputError
        When there are none, one stands twice, or one is no whole number >= 0.
    """
    chosen: list[Any] = list(range(seeds)) if isinstance(seeds, int) and not isinstance(seeds, bool) else (
        list(seeds) if isinstance(seeds, Iterable) else [])
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError.one(source, field, f"{str(seeds)[:40]} names no seeds, or one twice",
                             "give how many, or distinct ones")
    if wrong := [seed for seed in chosen if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0]:
        raise InputError.one(source, field, f"{str(wrong[0])[:40]!r} is not a seed", "give a whole number >= 0")
    return chosen
