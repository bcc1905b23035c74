"""MigGeometry: the slices of one GPU, the profiles it offers, and the pairs its driver forbids."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import StringConstraints, model_validator

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.record import Record
from ecoopt.instances.mig.profile import MigProfile, Slices

MAX_PROFILES = 16


class MigGeometry(Record):
    """How one GPU can be cut.

    A GPU is a row of memory slices. An instance covers consecutive memory slices from one of its profile's starts;
    instances do not overlap; their compute slices together do not exceed the GPU's.

    Parameters
    ----------
    name : str
        Name of the GPU, as in ``"A100-40"``.
    compute_slices, memory_slices : int
        Slices of the GPU.
    profiles : tuple of MigProfile [P]
        What it offers. Count vectors follow this order.
    forbidden_pairs : tuple of pairs of str
        Pairs of profiles the driver refuses on one GPU.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    compute_slices: Slices
    memory_slices: Slices
    profiles: tuple[MigProfile, ...]
    forbidden_pairs: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        if not 1 <= len(self.profiles) <= MAX_PROFILES:
            problems.append(f"{len(self.profiles)} profiles; give 1 to {MAX_PROFILES}")
        names = [profile.name for profile in self.profiles]
        problems += [f"profile {name} is listed twice; rename or remove one"
                     for index, name in enumerate(names) if name in names[:index]]
        for profile in self.profiles:
            if profile.compute_slices > self.compute_slices:
                problems.append(f"profile {profile.name} takes {profile.compute_slices} compute slices, the GPU has "
                                f"{self.compute_slices}; correct one of them")
            if profile.starts[-1] + profile.memory_slices > self.memory_slices:
                problems.append(f"profile {profile.name} at start {profile.starts[-1]} ends beyond memory slice "
                                f"{self.memory_slices - 1}; remove the start")
        for pair in self.forbidden_pairs:
            problems += [f"forbidden pair {list(pair)} names unknown profile {name}; use one of {', '.join(names)}"
                         for name in pair if name not in names]
            if pair[0] == pair[1]:
                problems.append(f"forbidden pair {list(pair)} names one profile twice; set its max_instances to 1")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the profiles, in order."""
        return tuple(profile.name for profile in self.profiles)

    @cached_property
    def memory_gb(self) -> FloatArray:
        """Usable memory of each profile, float array [P]."""
        return np.array([profile.memory_gb for profile in self.profiles])

    @cached_property
    def compute_share(self) -> FloatArray:
        """Share of the GPU's compute slices each profile takes, float array [P]."""
        return np.array([profile.compute_slices / self.compute_slices for profile in self.profiles])

    @cached_property
    def forbidden(self) -> tuple[tuple[int, ...], ...]:
        """For each profile, the profiles that may not share a GPU with it."""
        pairs = [(self.index(first), self.index(second)) for first, second in self.forbidden_pairs]
        pairs += [(second, first) for first, second in pairs]
        return tuple(tuple(sorted({b for a, b in pairs if a == index})) for index in range(len(self.profiles)))

    def index(self, name: str) -> int:
        """Return the position of a profile.

        Raises
        ------
        InputError
            If the GPU offers none of that name.
        """
        if name not in self.names:
            raise InputError.one(self.name, "profile", f"{name!r} is unknown", f"use one of {', '.join(self.names)}")
        return self.names.index(name)

    def counts(self, instances: Mapping[str, int]) -> IntArray:
        """Return the count vector of instances given by name.

        Parameters
        ----------
        instances : mapping of str to int
            How many instances of each profile; profiles left out count 0.

        Returns
        -------
        int array [P]

        Raises
        ------
        InputError
            With every unknown name and every count that is no whole number >= 0.
        """
        known = ", ".join(self.names)
        problems = [Problem(name, "unknown profile", f"use one of {known}")
                    for name in instances if name not in self.names]
        problems += [Problem(name, f"count {count!r} is not a whole number >= 0", "correct it")
                     for name, count in instances.items()
                     if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 0]
        if problems:
            raise InputError(self.name, problems)
        return np.array([instances.get(name, 0) for name in self.names], dtype=np.int64)

    def restricted_to(self, names: Iterable[str]) -> Self:
        """Return the same GPU offering some of its profiles only, in its own order.

        Raises
        ------
        InputError
            If a name is unknown, or none is given.
        """
        kept = {self.index(name) for name in names}
        if not kept:
            raise InputError.one(self.name, "profiles", "none is left", f"keep at least one of {', '.join(self.names)}")
        profiles = tuple(profile for index, profile in enumerate(self.profiles) if index in kept)
        left = [profile.name for profile in profiles]
        pairs = tuple(pair for pair in self.forbidden_pairs if pair[0] in left and pair[1] in left)
        restricted: Self = self.replace(profiles=profiles, forbidden_pairs=pairs)
        return restricted

    def forbidding(self, first: str, second: str) -> Self:
        """Return the same GPU with one more pair of profiles that may not share it.

        NVIDIA drivers before R510 refuse 4g and 3g together: ``geometry("A100-40").forbidding("4g.20gb", "3g.20gb")``.

        Raises
        ------
        InputError
            If a name is unknown, or both are the same.
        """
        if self.index(first) == self.index(second):
            raise InputError.one(self.name, "forbidden_pairs", f"names {first!r} twice", "name two profiles")
        stricter: Self = self.replace(forbidden_pairs=(*self.forbidden_pairs, (first, second)))
        return stricter
