"""``ecoopt compare F...``: methods on instances over seeds, with gaps to the best proven bound."""

from typing import Annotated

import typer


def command(
    files: Annotated[list[str], typer.Argument(help="Instances.")],
    methods: Annotated[str | None, typer.Option(help="Methods, separated by commas; all by default.")] = None,
    seeds: Annotated[int, typer.Option(help="Number of seeds, counted from 0.")] = 1,
    time_limit: Annotated[float | None, typer.Option(help="Wall seconds of each run.")] = 10.0,
    iterations: Annotated[int | None, typer.Option(help="Iterations of each run.")] = None,
    gap: Annotated[float | None, typer.Option(help="Proven relative gap at which to stop.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes at work at a time.")] = 1,
    output: Annotated[str | None, typer.Option("--output", "-o", help="File to write; .csv, or JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Compare methods by their gaps to the best proven bound.

    Exit 1 when a run ended in an error, or every run of an instance was in vain.
    """
    from ecoopt.cli._print import print_json, print_table
    from ecoopt.cli._watch import progress
    from ecoopt.compare import compare
    from ecoopt.core.errors import InputError
    from ecoopt.core.files import check_writable
    from ecoopt.core.result import Result
    from ecoopt.documents import read_instances

    if output is not None:
        check_writable(output)
    instances = read_instances(files)
    chosen = None if methods is None else [name.strip() for name in methods.split(",") if name.strip()]
    if chosen is not None and not chosen:
        raise InputError.one("compare", "--methods", "names no method", "name one or more, or leave the option out")
    with progress("comparing") as line:

        def show(result: Result, done: int, total: int) -> None:
            line(f"{done} of {total}: {result.name} on {result.instance_name} is {result.status}")

        comparison = compare(instances, chosen, seeds=seeds, time_limit=time_limit, iterations=iterations, gap=gap,
                             jobs=jobs, on_result=show)
    if output is not None:
        (comparison.to_csv if output.endswith(".csv") else comparison.to_json)(output)
    if as_json:
        print_json(comparison)
    else:
        print_table(comparison.table())
        for row in comparison.rows:
            for note in row.notes:
                typer.echo(f"{row.instance}: {row.label}, seed {row.seed}: {note}")
    solved = {row.instance_digest for row in comparison.rows if row.objective is not None or row.bound is not None}
    return 0 if not comparison.failed and all(i.digest in solved for i in instances) else 1
