"""``ecoopt generate FAMILY [--functions 50 ...] -o F``: a random instance; the options are the generator's own."""

from typing import Annotated

import typer

from ecoopt.cli._extras import ACCEPT_EXTRAS

SETTINGS = ACCEPT_EXTRAS | {"options_metavar": "[-o FILE] [--json] [the generator's options]"}


def command(
    context: typer.Context,
    family: Annotated[str | None, typer.Argument(help="Family; --help after it lists its options.")] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="File to write; .gz and .zst compress.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the instance as JSON.")] = False,
) -> int:
    """Write a random instance of a family."""
    from ecoopt import registry
    from ecoopt.cli._extras import named_values, option_lines, typed
    from ecoopt.cli._print import print_json
    from ecoopt.core.errors import InputError
    from ecoopt.core.files import check_writable
    from ecoopt.documents import write_instance

    if family in (None, "--help"):
        typer.echo(f"{context.get_help()}\n\nFamilies: {', '.join(registry.families())}")
        return 0
    assert family is not None
    if family.startswith("-"):
        raise InputError.one("generate", "", f"{family!r} comes before the family", "name the family first")
    owner = registry.family(family)
    if "--help" in context.args:
        typer.echo("\n".join([context.get_help(), "", f"Options of {family}:",
                              *(f"  {line}" for line in option_lines(owner.generator_options))]))
        return 0
    source = f"generator of {family}"
    options = typed(owner.generator_options, named_values(context.args, "generate"), source)
    if output is None and not as_json:
        raise InputError.one("generate", "--output", "missing", "give -o FILE, or --json to print the instance")
    if output is not None:
        check_writable(output)
    instance = owner.generate(**options)
    if output is not None:
        write_instance(instance, output)
    if as_json:
        print_json(instance)
    else:
        typer.echo(f"{output}: {instance.name}, digest {instance.digest[:12]}")
    return 0
