"""Side-car: the JSON header that says what the numbers of a bare file mean."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from ecoopt.core.compression import decompress
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_bytes
from ecoopt.core.record import Record
from ecoopt.core.strict_json import parse_json
from ecoopt.instances.carbon.readers.readings import Meaning
from ecoopt.instances.carbon.trace import Basis, Gases, Kind, Scope, Series, UtcTime
from ecoopt.instances.carbon.units import canonical_unit

_LIMIT_BYTES = 2**20


class SideCar(Record):
    """What a plain file does not say of itself.

    Parameters
    ----------
    zone : str, optional
        Zone of the column ``value``.
    zones : list of str, optional
        Zones that are columns; either this or `zone` for a CSV.
    unit : str
        Unit of the values, as in ``units.G_PER_KWH``.
    kind, scope, basis, gases : str
        Meaning, as in CarbonTrace.
    step_s : int
        Length of a step.
    source, licence : str
        Where the values come from and under which licence.
    issued_at : str, optional
        When the forecast in the file was issued.
    """

    zone: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    zones: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = None
    unit: str
    kind: Kind
    scope: Scope
    basis: Basis
    gases: Gases = "CO2e"
    step_s: Annotated[int, Field(ge=1, le=366 * 86400)]
    source: str
    licence: str
    issued_at: UtcTime | None = None

    @model_validator(mode="after")
    def _check(self) -> "SideCar":
        try:
            canonical_unit(self.unit)
        except InputError as error:
            raise ValueError(f"unit: {error.problems[0].message}; {error.problems[0].mend}") from None
        if self.zone is not None and self.zones is not None:
            raise ValueError("has both zone and zones; keep one")
        return self

    def meaning(self, series: Series) -> Meaning:
        """Return the meaning of a column that holds `series`."""
        return Meaning(self.kind, self.scope, self.basis, self.gases, series)


SideCarLike = str | os.PathLike[str] | bytes | dict[str, Any] | SideCar


def load_side_car(given: SideCarLike) -> SideCar:
    """Return a side-car from a path, JSON bytes, a dictionary or itself.

    Raises
    ------
    InputError
        With every problem of its content.
    """
    if isinstance(given, SideCar):
        return given
    if isinstance(given, dict):
        content, name = given, "side-car header"
    else:
        name = "side-car header" if isinstance(given, bytes) else str(given)
        if isinstance(given, bytes):
            raw = decompress(given, name, _LIMIT_BYTES)
        else:
            raw = read_bytes(given, limit_bytes=_LIMIT_BYTES)
        content = parse_json(raw, name)
    side_car: SideCar = SideCar.from_content(content, name)
    return side_car


def side_car_path(path: str | os.PathLike[str]) -> Path:
    """Return where the side-car of a file lies: ``gb.csv``, ``gb.csv.gz`` -> ``gb.json`` beside it."""
    name = Path(path).name
    for suffix in (".gz", ".xz", ".zst", ".csv"):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[:-len(suffix)]
    return Path(path).with_name(name + ".json")
