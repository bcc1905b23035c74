"""``ecoopt demo [-o DIR]``: every keep-alive method on three generated instances, with gaps, report and store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ecoopt.study.plan import Plan

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

    Writes report.html and results.db, a study's store. Exit 1 when a run ended in an error.
    """
    from ecoopt.cli._print import print_table
    from ecoopt.core.files import check_writable
    from ecoopt.report import Report, read_material
    from ecoopt.report.matrix import gap_matrix

    page, store = (str(_folder(output) / name) for name in ("report.html", "results.db"))
    check_writable(page)
    check_writable(store)
    chosen = [name.strip() for name in (methods or "").split(",") if name.strip()]
    _run(_study(functions, hours, seed, chosen), store, time_limit)
    report = Report.of(read_material([store]))
    print_table(gap_matrix(report.tables))
    typer.echo(report.summary())
    for table in report.tables:
        for line in table.lines:
            for note in line.notes:
                typer.echo(f"{table.instance}: {line.method}: {note}")
    report.write(page)
    typer.echo(f"{page}\n{store}")
    return 1 if any(line.failed for table in report.tables for line in table.lines) else 0


def _folder(path: str) -> Path:
    """Return the folder, made where there is none.

    Raises
    ------
    InputError
        When it cannot be made.
    """
    from ecoopt.core.errors import InputError

    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError.one(path, "", f"is no folder and cannot be made: {reason}", "choose another path") from None
    return Path(path)


def _study(functions: int, hours: float, seed: int, methods: list[str]) -> dict[str, Any]:
    """Return the study: the same calls on a day when the sun drives the grid's carbon, in ever less memory."""
    same = {"functions": functions, "hours": hours, "seed": seed, "start_utc": "2023-06-14T12:00:00Z"}
    return {
        "name": "Keep-alive under carbon: how far from optimal?", "seeds": [seed],
        "instances": [{"family": "keepalive", "options": same | {"memory": memory, "name": f"{name} memory"}}
                      for name, memory in MEMORY.items()],
        "methods": [{"names": methods}]}


def _run(content: dict[str, Any], store: str, time_limit: float | None) -> None:
    """Carry the study out in this process, compiled and imported beforehand so that seconds are fair."""
    from time import perf_counter

    from ecoopt.cli._watch import progress
    from ecoopt.compare import compare
    from ecoopt.core.result import Result
    from ecoopt.registry import generate
    from ecoopt.study.drive import drive
    from ecoopt.study.engine import Here
    from ecoopt.study.plan import PlannedRun
    from ecoopt.study.store import Store, sole_driver
    from ecoopt.study.watch import Progress, Watch

    began = perf_counter()
    plan = _plan(content, 1.0)  # whatever is wrong is said before anything is run
    names = list(dict.fromkeys(run.work.method_name for run in plan.runs))
    with progress("demo") as say:

        def warm(result: Result, done: int, total: int) -> None:
            say(f"loading and compiling, {done} of {total}")

        class Shown(Watch):
            """Shows each run as it ends."""

            def on_finish(self, run: PlannedRun, row: dict[str, Any], progress: Progress) -> None:
                """Show it."""
                say(f"{progress.done} of {progress.total}: {run.label} on {run.work.instance_name} is {row['status']}")

        say("loading and compiling")
        compare(generate("keepalive", functions=6, hours=0.5, seed=1, memory=0.3), names, time_limit=0.5,
                on_result=warm)
        if time_limit is None:
            spent_s, instances = perf_counter() - began, len(plan.instances)
            time_limit = min(max((WHOLE_S - spent_s) / (LONG_RUNS * instances), 1.0), 3.0)
        with sole_driver(store):
            Path(store).unlink(missing_ok=True)
            with Store(store, write=True) as opened:
                drive(_plan(content, time_limit), opened, Here(), jobs=1, watch=Shown())


def _plan(content: dict[str, Any], time_limit: float) -> "Plan":
    """Return the plan of the study."""
    from ecoopt.study.file import study_from
    from ecoopt.study.plan import plan_of

    return plan_of(study_from(content | {"budget": {"seconds": time_limit}}, "demo"), "demo")
