"""``ecoopt info F``: what a file holds."""

from typing import Annotated

import typer


def command(
    file: Annotated[str, typer.Argument(help="Instance, schedule, result or carbon trace.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Say what an instance, a schedule, a result or a carbon trace holds."""
    from ecoopt.cli._print import print_facts, print_json, result_rows
    from ecoopt.contents import contents
    from ecoopt.core.result import Result
    from ecoopt.documents import read_document

    found = read_document(file)
    fields = contents(found)
    if as_json:
        print_json({"file": file, "holds": type(found).__name__, "digest": found.digest, "fields": fields})
        return 0
    title = f"{file}: {type(found).__name__}, digest {found.digest[:12]}"
    if isinstance(found, Result):
        print_facts(title, result_rows(found))
    else:
        print_facts(title, list(fields.items()))
    return 0
