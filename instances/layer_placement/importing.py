"""From files of others to an instance: tables of milliseconds per layer as Helix measures them."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from ecoopt.core.errors import InputError
from ecoopt.core.files import read_json
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.layer_placement.schema import FASTEST, MOST_MACHINES, LayerPlacementInstance, MachineType
from ecoopt.instances.layer_placement.speeds import Points, Service, batch_and_speed
from ecoopt.instances.llm.helix import MODELS, PHASES, layer_machines

Point = tuple[Annotated[float, Field(ge=0, le=1e6)], Annotated[float, Field(ge=0, le=1e9)]]
_TABLES = TypeAdapter(dict[str, dict[str, dict[str, list[Point]]]])


def import_helix(times: Path, *, counts: str, model: str = "llama2-70b", layers: int | None = None) -> (
        LayerPlacementInstance):
    """Read tables of milliseconds per layer and make a fleet of their machines.

    Memory, and what a layer takes of it, are not in the tables: they are the generator's, and so are the requests.

    Parameters
    ----------
    times : Path
        JSON whose ``data`` holds, by model (``llama2_70b``), machine (``a100``, ``l4x2``) and phase (``decode``,
        ``prompt``), pairs of tokens in a batch and milliseconds of a layer.
    counts : str
        Machines of the fleet, as in ``a100=4,l4=8``.
    model : {"llama2-70b", "llama1-30b"}
        Which of the tables.
    layers : int, optional
        Layers of the model; its own by default.

    Raises
    ------
    InputError
        With every problem of the file, or of the options.
    """
    check = Arguments("import helix-times")
    check.one_of("model", model, tuple(MODELS))
    fleet = _fleet(check, counts)
    check.refuse()
    tables, service = _tables(times, model), Service(model)
    types = []
    for name in fleet:
        if name not in tables or set(PHASES) - set(tables[name]):
            check.add("counts", f"names {name}, of which {times.name} has no table", f"name {', '.join(tables)}")
            continue
        measured: dict[str, Points] = {phase: _points(tables[name][phase]) for phase in PHASES}
        if any(not points[0].size or (np.diff(points[0]) <= 0).any() or (points[1] <= 0).any()
               for points in measured.values()):
            check.add(f"data.{name}", "has tokens that do not rise or times of 0", "correct the table")
            continue
        machine = _known(name)
        _, speed = batch_and_speed(service, machine, measured)
        own = layer_machines()[machine]
        types.append(MachineType(name=machine, tokens_per_s=np.minimum(speed, FASTEST), price_per_h=own.price_per_h,
                                 power_w=own.power_w))
    check.refuse()
    content: dict[str, Any] = {
        "name": f"{times.stem}-{model}"[:200], "layers": MODELS[model].layers if layers is None else layers,
        "provenance": Provenance(source=f"layer times of {times.name}"), "types": tuple(types),
        "kind": np.repeat(np.arange(len(types)), list(fleet.values()))}
    instance: LayerPlacementInstance = LayerPlacementInstance.from_content(content, "import helix-times")
    return instance


def _fleet(check: Arguments, counts: str) -> dict[str, int]:
    """Return the machines named, or note what is wrong with them."""
    fleet: dict[str, int] = {}
    for entry in counts.split(","):
        name, _, number = (part.strip() for part in entry.partition("="))
        if not number.isdecimal() or not 1 <= int(number) <= MOST_MACHINES or name in fleet:
            check.add("counts", f"{entry[:40]!r} is no machine with its number", "write it as in a100=4,l4=8")
        elif _known(name) not in layer_machines():
            known = ", ".join(each.lower() for each in layer_machines())
            check.add("counts", f"{name[:40]} is unknown", f"use {known}")
        else:
            fleet[name] = int(number)
    return fleet


def _known(name: str) -> str:
    """Return a table's name of a machine as the catalogue has it."""
    return name.upper().replace("X", "x")


def _points(pairs: list[Point]) -> Points:
    """Return tokens and milliseconds without the origin."""
    tokens, taken_ms = np.array([pair for pair in pairs if pair[0] > 0], dtype=np.float64).reshape(-1, 2).T
    return tokens, taken_ms


def _tables(times: Path, model: str) -> dict[str, dict[str, list[Point]]]:
    """Return the tables of a model by machine and phase."""
    content = read_json(times)
    try:
        tables = _TABLES.validate_python(content.get("data") if isinstance(content, dict) else None)
    except ValidationError as error:
        raise InputError.from_validation(str(times), error) from None
    name = model.replace("-", "_")
    if name not in tables:
        raise InputError.one(str(times), "data", f"has no {name}", f"it has {', '.join(tables) or 'nothing'}")
    return tables[name]


READERS = {"helix-times": import_helix}
