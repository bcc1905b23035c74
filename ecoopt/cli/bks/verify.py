"""``ecoopt bks verify [FAMILY]``: instances made again, schedules judged again, figures held against their seals."""

from typing import Annotated

import typer


def command(
    families: Annotated[
        list[str] | None, typer.Argument(metavar="[FAMILY]...", help="Families; all by default.")] = None,
    folder: Annotated[str | None, typer.Option(help="Folder with sets/ and bks/; ecoopt's own by default.")] = None,
) -> int:
    """Check every instance of the sets and every entry of their histories.

    Exit 1 when anything is wrong, with a line for each.
    """
    from ecoopt.cli._print import say
    from ecoopt.cli._watch import progress
    from ecoopt.known.sets import known_names
    from ecoopt.known.verify import verify

    wrong = 0
    for family in families or known_names(folder):
        count = 0
        with progress(f"verifying {family}") as line:
            for checked in verify(family, folder):
                line(f"{checked.instance}: {checked.what}")
                count += 1
                if checked.problem:
                    wrong += 1
                    say(f"{family}: {checked.instance}: {checked.what}: {checked.problem}")
        typer.echo(f"{family}: {count} instances and entries checked, {wrong or 'none'} wrong")
    return 1 if wrong else 0
