"""``ecoopt import KIND FILES... -o F``: a trace or an instance out of a public data set's own files."""

from typing import Annotated

import typer

from ecoopt.cli._extras import ACCEPT_EXTRAS

SETTINGS = ACCEPT_EXTRAS | {"options_metavar": "-o FILE [--json]"}


def command(
    context: typer.Context,
    kind: Annotated[str | None, typer.Argument(
        metavar="KIND FILES... [OPTIONS]",
        help="Kind of data set, its files in order, and its options; without a kind, the kinds are listed.")] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="File to write; .gz and .zst compress.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was read as JSON.")] = False,
) -> int:
    """Read public data in its own format and write it in ours."""
    from ecoopt.cli._extras import named_values, option_lines, typed
    from ecoopt.cli._print import print_json
    from ecoopt.core.errors import InputError
    from ecoopt.core.files import check_writable, write_json
    from ecoopt.readers import find_reader, readers

    if kind in (None, "--help"):
        typer.echo(f"{context.get_help()}\n\nKinds: {', '.join(readers())}")
        return 0
    assert kind is not None
    reader = find_reader(kind)
    if "--help" in context.args:
        typer.echo("\n".join([context.get_help(), "", f"Options of {kind}:",
                              *(f"  {line}" for line in option_lines(reader.options))]))
        return 0
    first = next((k for k, word in enumerate(context.args) if word.startswith("--")), len(context.args))
    files, words = context.args[:first], context.args[first:]
    if not files:
        names = " ".join(name if must else f"[{name}]" for name, must in reader.inputs.items()).upper() or "FILES"
        raise InputError.one("import", "", "no file given", f"give them right after the kind: {kind} {names}")
    if output is None and not as_json:
        raise InputError.one("import", "--output", "missing", "give -o FILE, or --json to print what was read")
    if output is not None:
        check_writable(output)
    reader.check_count(len(files))
    found = reader.read(files, typed(reader.options, named_values(words, "import"), f"reader of {kind}"))
    if output is not None:
        write_json(output, found)
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{output}: {type(found).__name__}, digest {found.digest[:12]}")
    return 0
