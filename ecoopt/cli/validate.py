"""``ecoopt validate F...``: every error of a file, each with the path to its field."""

from typing import Annotated

import typer


def command(
    files: Annotated[list[str], typer.Argument(help="Instances, schedules, results or carbon traces.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Check files and list everything wrong with them."""
    from ecoopt.cli._print import print_json, say
    from ecoopt.core.errors import InputError, Problem
    from ecoopt.documents import read_document

    wrong: dict[str, tuple[Problem, ...]] = {}
    for file in files:
        try:
            found = read_document(file)
        except InputError as error:
            wrong[file] = error.problems
            for problem in error.problems:
                say(problem.line(error.source))
        else:
            if not as_json:
                typer.echo(f"{file}: valid {type(found).__name__}, digest {found.digest[:12]}")
    if as_json:
        print_json({file: [vars(problem) for problem in wrong.get(file, ())] for file in files})
    return 2 if wrong else 0
