"""``ecoopt bks update STORE``: add what a study improved; refuse what the referee rejects."""

from typing import Annotated

import typer


def command(
    store: Annotated[str, typer.Argument(help="Store of a study.")],
    folder: Annotated[str | None, typer.Option(help="Folder with sets/ and bks/; ecoopt's own by default.")] = None,
) -> int:
    """Add a study's improvements to the histories of best-known values.

    Exit 1 when something was refused.
    """
    from ecoopt.cli._print import number, say
    from ecoopt.known.update import update
    from ecoopt.study.store import Store

    taken = refused = 0
    with Store(store) as opened:
        for change in update(opened, folder):
            before = "" if change.before is None else f", was {number(change.before)}"
            line = f"{change.instance}: {change.what} {number(change.value)}{before}"
            if change.refused:
                refused += 1
                say(f"{line}: refused: {change.refused}")
            else:
                taken += 1
                typer.echo(line)
    typer.echo(f"{store}: {taken} improvements, {refused} refused")
    return 1 if refused else 0
