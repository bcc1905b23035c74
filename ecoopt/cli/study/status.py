"""``ecoopt study status STORE``: how far a study is and how its methods fare, while it runs or afterwards."""

from typing import Annotated

import typer


def command(
    store: Annotated[str, typer.Argument(help="Store of a study.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Say how far a study is.

    Exit 1 while runs are missing.
    """
    from ecoopt.cli._print import print_json, print_table
    from ecoopt.cli._study import method_table, status_line, work_lines
    from ecoopt.study.status import status
    from ecoopt.study.store import Store

    with Store(store) as opened:
        state = status(opened)
    if as_json:
        print_json(state)
    else:
        print_table(method_table(state))
        for line in work_lines(state):
            typer.echo(line)
        typer.echo(f"{store}: {status_line(state)}")
    return 0 if state.done == state.total else 1
