"""Fleet: which hardware stands where and how much of it, in one file that every family's generator takes."""

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from ecoopt.core.errors import InputError
from ecoopt.core.files import read_json, write_json
from ecoopt.core.record import Record
from ecoopt.instances.hardware.catalogue import generation
from ecoopt.instances.hardware.generation import HardwareGeneration, Name
from ecoopt.instances.hardware.gpu import Gpu
from ecoopt.instances.hardware.gpu_catalogue import gpu

ONE_SITE = "site"
"""Name of the site of groups that name none."""

_LARGEST_BYTES = 16 * 2**20


def _gpu_by_name(value: Any) -> Any:
    """Return the catalogue's board for a name, everything else as it is."""
    return _known(gpu, value)


def _box_by_name(value: Any) -> Any:
    """Return the catalogue's box for a name, everything else as it is."""
    return _known(generation, value)


def _known(lookup: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return lookup(value)
    except InputError as error:
        problem = error.problems[0]
        raise ValueError(f"{problem.message}; {problem.mend}") from None


class FleetGroup(Record):
    """Equal machines at one site: GPU boards or server boxes.

    Parameters
    ----------
    gpu : Gpu or str, optional
        The board, or its name in the catalogue; either this or `box`.
    box : HardwareGeneration or str, optional
        The box, or its name in the catalogue.
    count : int
        How many.
    site : str
        Where; a name of a zone of the carbon file, where that has several.
    age_years : float
        Age of the machines now.
    """

    gpu: Annotated[Gpu | None, BeforeValidator(_gpu_by_name)] = None
    box: Annotated[HardwareGeneration | None, BeforeValidator(_box_by_name)] = None
    count: Annotated[int, Field(ge=0, le=100_000_000)]
    site: Name = ONE_SITE
    age_years: Annotated[float, Field(ge=0, le=100)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.gpu is None) == (self.box is None):
            raise ValueError("gpu and box: one of the two is wanted; give either a board or a box")
        return self

    @property
    def hardware(self) -> Gpu | HardwareGeneration:
        """The board or the box."""
        found = self.gpu or self.box
        assert found is not None
        return found


class Fleet(Record):
    """Hardware by site.

    Parameters
    ----------
    name : str
        Name of the fleet; no part of the digest.
    groups : tuple of FleetGroup
        At least one. The same hardware may be listed several times, with other sites or ages.
    schema_version : int
        Version of this schema.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"name"})

    schema_version: Literal[1] = 1
    name: Name = "fleet"
    groups: tuple[FleetGroup, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.groups:
            raise ValueError("groups is empty; list some hardware")
        problems = []
        for kind in ("gpu", "box"):
            figures: dict[str, Any] = {}
            for index, group in enumerate(self.groups):
                entry = getattr(group, kind)
                if entry is not None and figures.setdefault(entry.name, entry) != entry:
                    problems.append(f"groups[{index}].{kind}: {entry.name} has other figures than before; rename it")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites, in order of appearance."""
        return tuple(dict.fromkeys(group.site for group in self.groups))

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The kinds of boards, in order of appearance."""
        return tuple({group.gpu.name: group.gpu for group in self.groups if group.gpu is not None}.values())

    @property
    def boxes(self) -> tuple[HardwareGeneration, ...]:
        """The kinds of boxes, in order of appearance."""
        return tuple({group.box.name: group.box for group in self.groups if group.box is not None}.values())

    def count(self, name: str, site: str | None = None) -> int:
        """Return how many machines of that name there are, at a site or in all."""
        return sum(group.count for group in self.groups
                   if group.hardware.name == name and site in (None, group.site))


FleetLike: TypeAlias = Fleet | Path | str
"""What a generator's argument `fleet` may be: a fleet, or the path of its file."""


def read_fleet(path: str | os.PathLike[str]) -> Fleet:
    """Read a fleet from a JSON file, plain or compressed.

    Raises
    ------
    InputError
        With every problem found, each with the path of its field.
    """
    fleet: Fleet = Fleet.from_content(read_json(path, limit_bytes=_LARGEST_BYTES), str(path))
    return fleet


def write_fleet(fleet: Fleet, path: str | os.PathLike[str]) -> None:
    """Write a fleet as JSON, all figures of its hardware written out."""
    write_json(path, fleet)


def fleet_of(argument: FleetLike) -> Fleet:
    """Return the fleet that an argument names or is.

    Raises
    ------
    InputError
        As `read_fleet`.
    """
    if isinstance(argument, Fleet):
        return argument
    try:
        return read_fleet(argument)
    except InputError as error:
        raise error.named("fleet") from None
