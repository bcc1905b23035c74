"""Seeds: how many, counted from 0, or which."""

from collections.abc import Iterable
from typing import Any

from ecoopt.core.errors import InputError

_MOST, _LARGEST = 1_000_000, 2**63 - 1


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
        When there are none or too many, one stands twice, or one is no whole number from 0 to 2^63 - 1.
    """
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        if not 1 <= seeds <= _MOST:
            raise InputError.one(source, field, f"{str(seeds)[:40]} is no number of seeds", f"give 1 to {_MOST:,}, or "
                                 "a list of them")
        return list(range(seeds))
    chosen: list[Any] = list(seeds) if isinstance(seeds, Iterable) else []
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError.one(source, field, f"{str(seeds)[:40]} names no seeds, or one twice",
                             "give how many, or distinct ones")
    if wrong := [seed for seed in chosen
                 if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _LARGEST]:
        raise InputError.one(source, field, f"{str(wrong[0])[:40]!r} is not a seed", "give a whole number from 0 to "
                             "2^63 - 1")
    return chosen
