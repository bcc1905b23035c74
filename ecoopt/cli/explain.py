"""``ecoopt explain F``: why an instance is infeasible, in the family's own terms."""

from typing import Annotated

import typer


def command(
    file: Annotated[str, typer.Argument(help="Instance.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Say why an instance is infeasible.

    Exit 1 when it is.
    """
    from ecoopt import registry
    from ecoopt.cli._print import print_json
    from ecoopt.core.errors import InputError
    from ecoopt.documents import read_instance

    instance = read_instance(file)
    explain = registry.family(instance.family).explain()
    if explain is None:
        raise InputError.one(file, "family", f"{instance.family} cannot explain its instances", "solve it instead")
    found = explain(instance)
    if isinstance(found, str):  # the family says why none of its instances can be infeasible
        if as_json:
            print_json({"infeasible": False, "reasons": [], "because": found})
        else:
            typer.echo(found)
        return 0
    reasons = [str(reason) for reason in found]
    if as_json:
        print_json({"infeasible": bool(reasons), "reasons": reasons})
    else:
        typer.echo("\n".join(reasons) if reasons else f"{file}: nothing makes it infeasible")
    return 1 if reasons else 0
