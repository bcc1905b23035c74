"""``ecoopt study run S.toml``: carry out what the study's store lacks; after a crash or Ctrl-C, once more goes on."""

from typing import Annotated

import typer


def command(
    file: Annotated[str, typer.Argument(help="Study file (TOML).")],
    output: Annotated[str | None, typer.Option(
        "--output", "-o", help="Store; beside the study file, with its name and .db, by default.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Runs at a time; the file's, or one per core, by default.")] = None,
    backend: Annotated[str | None, typer.Option(help="local, or dask.")] = None,
    address: Annotated[str | None, typer.Option(help="Scheduler of the Dask cluster, tcp://host:port.")] = None,
    again: Annotated[str | None, typer.Option(
        help="Run these once more: methods, separated by commas, or errors.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print the plan and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the state at the end as JSON.")] = False,
) -> int:
    """Print the plan of a study and carry it out.

    Exit 0 when every run is there and none failed, else 1.
    """
    from ecoopt.cli._print import print_json, print_table
    from ecoopt.cli._study import Shown, method_table, plan_lines, status_line
    from ecoopt.study.run import check_again, read_plan, run_study, store_path, width_of, workers_of

    names = [] if again is None else [name.strip() for name in again.split(",") if name.strip()]
    place = store_path(file, output)
    if plan:
        planned = read_plan(file, output)
        check_again(planned, names)
        width = width_of(workers_of(planned, jobs=jobs, backend=backend, address=address))
        for line in plan_lines(planned, place, width, names):
            typer.echo(line)
        return 0
    with Shown(place, quiet=as_json) as watch:
        state = run_study(file, output, jobs=jobs, backend=backend, address=address, again=names, watch=watch)
    if as_json:
        print_json(state)
    else:
        print_table(method_table(state))
        typer.echo(f"{place}: {status_line(state)}")
    return 0 if state.done == state.total and not state.failed else 1
