"""``ecoopt families [F]``: what there is to solve, and with what."""

from typing import Annotated, Any

import typer


def command(
    family: Annotated[str | None, typer.Argument(help="Show the methods of this family.")] = None,
    method: Annotated[str | None, typer.Option(help="Show the options of this method.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of its files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """List families, a family's methods, a method's options."""
    from ecoopt import registry
    from ecoopt.cli._extras import option_lines
    from ecoopt.cli._print import print_facts, print_json
    from ecoopt.core.errors import InputError

    if family is None:
        if schema or method:
            raise InputError.one("families", "family", "is missing", "name the family")
        found = registry.families().values()
        if as_json:
            print_json({f.name: {"title": f.title, "source": f.source, "sense": f.sense,
                                 "methods": list(registry.methods(f.name))} for f in found})
        else:
            rows = [(f.name, f.title, f.source, str(len(registry.methods(f.name)))) for f in found]
            print_facts("families", rows, ("family", "decision", "source", "methods"))
        return 0
    owner = registry.family(family)
    if schema:
        print_json({"instance": owner.Instance.model_json_schema(), "schedule": owner.Schedule.model_json_schema()})
        return 0
    if method is not None:
        chosen = registry.method(family, method)
        if as_json:
            print_json(chosen.options_model.model_json_schema())
        else:
            lines = option_lines(chosen.options_model)
            typer.echo("\n".join([f"{chosen.name}: {chosen.title} ({chosen.source})", *lines]))
        return 0
    methods = registry.methods(family).values()
    if as_json:
        entry: dict[str, Any] = {"name": owner.name, "title": owner.title, "source": owner.source, "sense": owner.sense}
        entry["methods"] = [{"name": m.name, "kind": m.kind, "title": m.title, "source": m.source} for m in methods]
        print_json(entry)
        return 0
    rows = [(m.name, m.kind.value, m.title, m.source) for m in methods]
    print_facts(f"{owner.name}: {owner.title} ({owner.source}), sense {owner.sense}", rows,
                      ("method", "kind", "what it does", "source"))
    return 0
