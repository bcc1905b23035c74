"""The reference: one page for every package, with all its modules, as they stand.

People look for a family or an engine, not for a file, and a page for each of 500 modules takes twice as long to build.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from sphinx.application import Sphinx

ROOTS = ("ecoopt", "ecoopt.instances", "ecoopt.formulations", "ecoopt.heuristics")
ELSEWHERE = frozenset({"ecoopt.cli"})  # the command line has a page of its own


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages before any page is read."""
    app.connect("builder-inited", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write(app: Sphinx) -> None:
    """Bring `reference/generated` up to date; what has not changed is left alone, and so not read again."""
    place = Path(app.srcdir) / "reference" / "generated"
    place.mkdir(exist_ok=True)
    pages = {f"{name}.rst": text for root in ROOTS for name, text in _pages(root)}
    for path in place.iterdir():
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = place / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _pages(package: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the page of a package, and of every package in it."""
    modules, packages = [], []
    for found in iter_modules(import_module(package).__path__, f"{package}."):
        if not found.name.rpartition(".")[2].startswith("_") and found.name not in ELSEWHERE | set(ROOTS):
            (packages if found.ispkg else modules).append(found.name)
    lines = [":orphan:", "", *_section(package, "=")]  # a sidebar of all packages takes longer than the pages
    if packages:
        lines += [*(f"- :doc:`{name}`: {_first_line(name)}" for name in packages), ""]
    for name in modules:
        lines += _section(name, "-")
    yield package, "\n".join(lines)
    for name in packages:
        yield from _pages(name)


def _section(module: str, underline: str) -> list[str]:
    """Return a heading, and what the module itself defines."""
    return [module, underline * len(module), "", f".. automodule:: {module}", "   :show-inheritance:", ""]


def _first_line(module: str) -> str:
    return (import_module(module).__doc__ or "").partition("\n")[0]
