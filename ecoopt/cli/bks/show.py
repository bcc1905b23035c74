"""``ecoopt bks show [FAMILY]``: the best value and bound of every instance of the sets, and who found them."""

from typing import Annotated

import typer


def command(
    families: Annotated[
        list[str] | None, typer.Argument(metavar="[FAMILY]...", help="Families; all by default.")] = None,
    folder: Annotated[str | None, typer.Option(help="Folder with sets/ and bks/; ecoopt's own by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Show the instance sets and the best that is known of them."""
    from ecoopt.cli._print import number, print_facts, print_json
    from ecoopt.core.gap import gap
    from ecoopt.known.history import read_history
    from ecoopt.known.sets import known_names, read_set
    from ecoopt.report.numbers import MISSING, percent

    content = {}
    for family in families or known_names(folder):
        found, history = read_set(family, folder), read_history(family, folder)
        rows = []
        for instance in found.instances:
            value, bound = (history.latest(instance.instance_digest, what) for what in ("value", "bound"))
            share = gap(value.value if value else None, bound.value if bound else None, history.sense)
            figures = [number(entry.value if entry else None) for entry in (value, bound)]
            origins = [f"{entry.method}, {entry.date}" if entry else MISSING for entry in (value, bound)]
            rows.append((instance.name, instance.difficulty, *figures,
                         MISSING if share == float("inf") else percent(share), *origins))
        heads = ("instance", "class", "best value", "best bound", "gap %", "value by", "bound by")
        content[family] = [dict(zip(heads, row, strict=True)) for row in rows]
        if not as_json:
            print_facts(f"{family}: {len(rows)} instances", rows, heads)
    if as_json:
        print_json(content)
    return 0
