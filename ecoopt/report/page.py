"""The page: a collection as one static HTML file that needs nothing else, light or dark, on paper or on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ecoopt import __version__
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, write_bytes
from ecoopt.core.instance import Instance
from ecoopt.core.result import Result
from ecoopt.report.collection import Collection
from ecoopt.report.lines import Line, Table, methods_of, tables
from ecoopt.report.matrix import kind_rank, matrix_cell, sorted_methods, words
from ecoopt.report.numbers import number_text, percent
from ecoopt.report.pictures import Picture, pictures
from ecoopt.report.summary import summary


@dataclass(frozen=True)
class Section:
    """An instance in the page: its table and its pictures."""

    slug: str
    table: Table
    lines: tuple[Line, ...]
    facts: tuple[str, ...]
    pictures: tuple[Picture, ...]


def report_html(collection: Collection, title: str = "Gap report") -> str:
    """Return the page; the same collection gives the same bytes.

    Parameters
    ----------
    collection : Collection
        At least one result.
    title : str
        Heading of the page.

    Raises
    ------
    InputError
        When there is no result.
    """
    from ecoopt.plot.inline import style_variables

    if not collection.results:
        raise InputError.one("report", "results", "there are none", "give at least one result")
    found = tables(collection)
    groups = collection.groups()
    sections = [_section(f"i{number}", table, groups[table.digest], collection.instance(table.digest))
                for number, table in enumerate(found, 1)]
    source = resources.files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": number_text, "percent": percent, "svg": Markup}
    return environment.from_string(source).render(
        title=title, summary=summary(found), sections=sections, tables=found, ranking=sorted_methods(found),
        cell=matrix_cell, words=words, methods=_methods(found), runs=_runs(collection.results), version=__version__,
        versions=collection.results[0].versions, light=style_variables(False), dark=style_variables(True)) + "\n"


def write_report(collection: Collection, path: PathLike, title: str = "Gap report") -> None:
    """Write the page atomically.

    Raises
    ------
    InputError
        When there is no result, or the file cannot be written.
    """
    write_bytes(path, report_html(collection, title).encode())


def _section(slug: str, table: Table, results: tuple[Result, ...], instance: Instance | None) -> Section:
    """Return the section of an instance, its lines by rising gap, bounds alone first."""
    worst = float("inf")
    lines = sorted(table.lines, key=lambda line: (
        line.objective is not None or line.bound is None, worst if line.behind_best is None else line.behind_best,
        kind_rank(line.kind)))
    facts = [f"family {table.family}", f"digest {table.digest[:12]}"]
    if instance is not None and instance.provenance.source:
        facts.append(instance.provenance.source)
    return Section(slug, table, tuple(lines), tuple(facts), tuple(pictures(results, instance, slug)))


def _methods(found: Sequence[Table]) -> list[tuple[str, str, str, str]]:
    """Return name, kind, title and source of the methods that are known here."""
    from ecoopt.registry import methods

    known = {name: method for family in dict.fromkeys(table.family for table in found)
             for name, method in methods(family).items()}
    return [(name, kind, known[name].title, known[name].source) for name, kind in methods_of(found) if name in known]


def _runs(results: Sequence[Result]) -> str:
    """Return what the runs could spend, in words."""
    seeds = sorted({result.seed for result in results})
    limits = {name: sorted({value for r in results if (value := getattr(r.budget, name)) is not None})
              for name in ("seconds", "iterations", "evaluations", "gap")}
    parts = [f"{name} limit {' or '.join(f'{value:.3g}' for value in values)}"
             for name, values in limits.items() if values]
    return "; ".join([f"{len(results)} runs", f"seed {', '.join(map(str, seeds))}", *parts])
