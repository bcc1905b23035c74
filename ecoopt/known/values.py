"""Known values: the best value and bound ever found of an instance, for whoever measures by them."""

from collections.abc import Iterable
from functools import cache

from ecoopt.best import Best
from ecoopt.core.errors import InputError
from ecoopt.known.history import read_history
from ecoopt.known.sets import known_folder


def known_values(digests: Iterable[str]) -> dict[str, Best]:
    """Return what is known of some instances, by digest; nothing of those that are in no set."""
    every = _every()
    return {digest: every[digest] for digest in dict.fromkeys(digests) if digest in every}


@cache
def _every() -> dict[str, Best]:
    found: dict[str, Best] = {}
    for path in sorted((known_folder() / "bks").glob("*.json")):
        try:
            found |= read_history(path.stem).headline()
        except InputError:  # 'ecoopt bks verify' says what is wrong with it
            continue
    return found
