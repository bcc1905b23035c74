"""``ecoopt demo [-o DIR]``: every keep-alive method on three generated instances, with gaps, report and results."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ecoopt.core.instance import Instance
    from ecoopt.report import Collection

MEMORY = {"roomy": 1.0, "medium": 0.3, "tight": 0.1}
"""Names of the instances, and the share of the memory that keeping every container would take."""

WHOLE_S = 60.0
"""Wall seconds that all runs may take together, compilation before them included."""

LONG_RUNS = 6
"""Methods that use up any time limit, or nearly so, on an instance."""


def command(
    output: Annotated[str, typer.Option("--output", "-o", help="Folder to write, made if need be.")] = "demo-out",
    functions: Annotated[int, typer.Option(help="Functions of each instance.")] = 250,
    hours: Annotated[float, typer.Option(help="Horizon of each instance.")] = 5.0,
    time_limit: Annotated[float | None, typer.Option(help="Wall seconds of each run; what fits by default.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of instances and methods.")] = 1,
    methods: Annotated[str | None, typer.Option(help="Methods, separated by commas; all by default.")] = None,
) -> int:
    """Compare all methods where memory is roomy, medium and tight, in about a minute.

    Writes report.html and results.json. Exit 1 when a run ended in an error.
    """
    from ecoopt.cli._print import print_table
    from ecoopt.core.files import check_writable
    from ecoopt.report import write_report
    from ecoopt.report.lines import tables
    from ecoopt.report.matrix import gap_matrix
    from ecoopt.report.summary import summary

    page, results = (f"{_folder(output)}/{name}" for name in ("report.html", "results.json"))
    check_writable(page)
    check_writable(results)
    chosen = None if methods is None else [name.strip() for name in methods.split(",") if name.strip()]
    collection = _run(_instances(functions, hours, seed), chosen, time_limit, seed)
    collection.slim().write(results)
    found = tables(collection)
    print_table(gap_matrix(found))
    typer.echo(summary(found))
    for table in found:
        for line in table.lines:
            for note in line.notes:
                typer.echo(f"{table.instance}: {line.method}: {note}")
    write_report(collection, page, "Keep-alive under carbon: how far from optimal?")
    typer.echo(f"{page}\n{results}")
    return 1 if any(line.failed for table in found for line in table.lines) else 0


def _folder(path: str) -> str:
    """Return the folder, made where there is none.

    Raises
    ------
    InputError
        When it cannot be made.
    """
    from pathlib import Path

    from ecoopt.core.errors import InputError

    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError.one(path, "", f"is no folder and cannot be made: {reason}", "choose another path") from None
    return str(Path(path))


def _instances(functions: int, hours: float, seed: int) -> "list[Instance]":
    """Return the instances: the same calls on a day when the sun drives the grid's carbon, in ever less memory."""
    from ecoopt.registry import generate

    return [generate("keepalive", functions=functions, hours=hours, seed=seed, memory=memory,
                     start_utc="2023-06-14T12:00:00Z", name=f"{name} memory") for name, memory in MEMORY.items()]


def _run(instances: "list[Instance]", methods: list[str] | None, time_limit: float | None, seed: int) -> "Collection":
    """Return every method's result on every instance, compiled and imported beforehand so that seconds are fair."""
    from time import perf_counter

    from ecoopt.cli._watch import progress
    from ecoopt.compare import compare
    from ecoopt.core.result import Result
    from ecoopt.report import Collection

    began = perf_counter()
    results: list[Result] = []
    with progress("demo") as say:

        def warm(result: Result, done: int, total: int) -> None:
            say(f"loading and compiling, {done} of {total}")

        def keep(result: Result, done: int, total: int) -> None:
            results.append(result)
            say(f"{done} of {total}: {result.name} on {result.instance_name} is {result.status}")

        say("loading and compiling")
        compare(_instances(6, 0.5, seed)[1:2], methods, time_limit=0.5, on_result=warm)
        if time_limit is None:
            time_limit = min(max((WHOLE_S - (perf_counter() - began)) / (LONG_RUNS * len(instances)), 1.0), 3.0)
        compare(instances, methods, seeds=[seed], time_limit=time_limit, on_result=keep)
    return Collection.of(results, instances)
