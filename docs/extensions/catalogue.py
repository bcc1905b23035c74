"""Tables that cannot fall behind: methods, options, commands and best-known values as they stand."""

from collections.abc import Iterable, Iterator
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    for name, directive in (("families", Families), ("methods", Methods), ("options", Options),
                            ("generator", Generator), ("commands", Commands), ("best-known", BestKnown)):
        app.add_directive(name, directive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class _Written(SphinxDirective):
    """A directive that writes reStructuredText and has it read."""

    def lines(self) -> Iterable[str]:
        """Return what is to be read."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Read it."""
        place = self.get_source_info()[0]
        container = nodes.Element()
        self.state.nested_parse(StringList(list(self.lines()), source=place), self.content_offset, container)
        return container.children


class Families(_Written):
    """Every family: name, decision, source."""

    def lines(self) -> Iterator[str]:
        """Return a table."""
        from ecoopt import registry

        rows = [(f"``{f.name}``", f.title, f.source, str(len(f.methods))) for f in registry.families().values()]
        return _table(("family", "the decision", "source", "methods"), rows)


class Methods(_Written):
    """The methods of a family, of all kinds or of some: name, kind, what each does, where it comes from."""

    required_arguments = 1
    option_spec = {"kind": directives.unchanged}

    def lines(self) -> Iterator[str]:
        """Return a table."""
        from ecoopt import registry

        wanted = self.options.get("kind", "").split()
        rows = [(f"``{m.name}``", m.kind.value, m.title, m.source)
                for m in registry.methods(self.arguments[0]).values() if not wanted or m.kind.value in wanted]
        return _table(("method", "kind", "what it does", "source"), rows)


class Options(_Written):
    """The options of every method of a family that has any."""

    required_arguments = 1

    def lines(self) -> Iterator[str]:
        """Return a table."""
        from ecoopt import registry

        rows = []
        for method in registry.methods(self.arguments[0]).values():
            rows += [(f"``{method.name}``", *cells) for cells in _fields(method.options_model)]
        return _table(("method", "option", "type", "default"), rows)


class Generator(_Written):
    """The arguments of a family's generator."""

    required_arguments = 1

    def lines(self) -> Iterator[str]:
        """Return a table."""
        from ecoopt import registry

        return _table(("argument", "type", "default"), _fields(registry.family(self.arguments[0]).generator_options))


class BestKnown(_Written):
    """The instance set of a family, with the best that is known of each instance."""

    required_arguments = 1

    def lines(self) -> Iterator[str]:
        """Return a table."""
        from ecoopt.core.gap import gap
        from ecoopt.known.history import read_history
        from ecoopt.known.sets import read_set
        from ecoopt.report.numbers import MISSING, number_text, percent

        history = read_history(self.arguments[0])
        rows = []
        for instance in read_set(self.arguments[0]).instances:
            value, bound = (history.latest(instance.instance_digest, what) for what in ("value", "bound"))
            share = gap(value.value if value else None, bound.value if bound else None, history.sense)
            rows.append((f"``{instance.name}``", instance.difficulty, number_text(value.value if value else None, 9),
                         number_text(bound.value if bound else None, 9),
                         MISSING if share == float("inf") else percent(share), value.method if value else MISSING))
        return _table(("instance", "class", "best value", "best bound", "gap %", "found by"), rows)


class Commands(_Written):
    """Every command of the command line, as its help says it."""

    def lines(self) -> Iterator[str]:
        """Return a section's worth of text for each command."""
        from typer.main import get_command

        from ecoopt.cli._app import application

        yield from _commands("ecoopt", get_command(application()))


def _commands(path: str, group: Any) -> Iterator[str]:
    """Yield text for each command of a group, and of the groups in it."""
    for name, command in group.commands.items():
        full = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from _commands(full, command)
            continue
        yield from ("", f".. rubric:: {full}", "", _escaped(command.help or ""), "")
        yield from (".. code-block:: text", "")
        with command.make_context(full, [], resilient_parsing=True) as context:
            usage = context.get_usage()
            parameters = [p.get_help_record(context) for p in command.get_params(context)]
        yield f"   {usage.removeprefix('Usage: ')}"
        yield ""
        yield from (f"   {names:<28}  {text}" for names, text in filter(None, parameters))
    yield ""


def _fields(model: Any) -> list[tuple[str, str, str]]:
    """Return name, type and default of every field of a pydantic model."""
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        shown = kind.__name__ if isinstance(kind, type) else str(kind).replace("typing.", "")
        default = "required" if field.is_required() else f"``{field.default!r}``"
        found.append((f"``{name}``", f"``{shown}``", default))
    return found


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Return a list-table; where there are no rows, a line that says so."""
    if not rows:
        yield "None is registered."
        return
    yield from (".. list-table::", "   :header-rows: 1", "")
    for row in (header, *rows):
        for place, cell in enumerate(row):
            yield f"   {'* -' if place == 0 else '  -'} {cell if cell.startswith('``') else _escaped(cell)}"
    yield ""


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("*", "\\*").replace("`", "\\`").replace("|", "\\|")
