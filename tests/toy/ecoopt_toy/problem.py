"""The toy family's instance, schedule, generator and reader."""

from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import IndexVector, NonNegativeMatrix
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance as AnyInstance
from ecoopt.core.instance import Provenance
from ecoopt.core.instance import Schedule as AnySchedule


class Instance(AnyInstance):
    """N jobs, M options: job i at option j costs cost_g[i, j], option j takes places[j] jobs at most."""

    family: Literal["toy"] = "toy"
    schema_version: Literal[1] = 1
    cost_g: NonNegativeMatrix
    places: IndexVector
    label: Annotated[str, Field(max_length=40)] = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        if self.cost_g.shape[1] != len(self.places):
            problems.append(f"places has {len(self.places)} entries for {self.cost_g.shape[1]} options; give one each")
        if self.places.sum() < self.cost_g.shape[0]:
            problems.append(f"{self.places.sum()} places for {self.cost_g.shape[0]} jobs; give more places")
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class Schedule(AnySchedule):
    """Option of each job."""

    family: Literal["toy"] = "toy"
    schema_version: Literal[1] = 1
    choice: IndexVector


def generate(*, jobs: Annotated[int, Field(ge=1, le=10_000)] = 6, options: Annotated[int, Field(ge=1, le=50)] = 3,
             costs: tuple[float, float] = (1.0, 9.0), tight: bool = True, seed: int = 0) -> Instance:
    """Return a random instance."""
    rng = np.random.default_rng(seed)
    places = np.full(options, -(-jobs // options) + (0 if tight else jobs))
    return Instance(name=f"toy-{jobs}x{options}-s{seed}", cost_g=rng.uniform(*costs, (jobs, options)).round(3),
                    places=places, provenance=Provenance(source="ecoopt_toy", generator={"jobs": jobs, "seed": seed}))


def read_table(*paths: Path, places: int = 10) -> Instance:
    """Return an instance of one line per job, costs separated by blanks."""
    rows = []
    for path in paths:
        try:
            rows += [[float(cell) for cell in line.split()] for line in Path(path).read_text().splitlines()]
        except (OSError, ValueError) as error:
            mend = "give numbers separated by blanks"
            raise InputError.one(str(path), "", f"cannot be read: {error}", mend) from None
    return Instance(name=Path(paths[0]).stem, cost_g=rows, places=[places] * len(rows[0]))


READERS = {"toy-table": read_table}
