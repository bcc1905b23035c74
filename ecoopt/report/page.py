"""The page: results as one static HTML file that needs nothing else, light or dark, on paper or on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ecoopt import __version__
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, write_bytes
from ecoopt.core.instance import Instance
from ecoopt.core.method import Method
from ecoopt.core.result import Result
from ecoopt.core.words import counted
from ecoopt.report.drawings import drawings
from ecoopt.report.environment import budgets, machines, seeds, versions
from ecoopt.report.lines import TARGET, Line, Table, tables
from ecoopt.report.material import Material
from ecoopt.report.matrix import kind_rank, words
from ecoopt.report.numbers import number_text, percent
from ecoopt.report.overview import Overview, overviews
from ecoopt.report.paper import write_paper
from ecoopt.report.pictures import Picture, picture, pictures
from ecoopt.report.sheet import Sheet
from ecoopt.report.sheets import sheets
from ecoopt.report.significance import Significance, significance, statement
from ecoopt.report.summary import summary

PICTURED = 12
"""Instances that are drawn, where there are more: those with the largest gaps left."""

FEW = 3
"""Instances that a reader is shown at once; of more, each opens on demand."""

MOST_ACROSS = 40
"""Instances in the table of every method on every instance; of more, it is a file of its own (``--paper``)."""


@dataclass(frozen=True)
class Section:
    """An instance in the page: its table and its pictures."""

    slug: str
    table: Table
    lines: tuple[Line, ...]
    facts: tuple[str, ...]
    pictures: tuple[Picture, ...]

    @property
    def best(self) -> Line | None:
        """The method with the smallest gap, of equals that with the least time; None without any."""
        there = [line for line in self.lines if line.gap is not None]
        return min(there, key=lambda line: (line.gap or 0.0, line.wall_s), default=None)


@dataclass(frozen=True)
class Chapter:
    """A family in the page."""

    overview: Overview
    title: str
    statement: str
    sheets: tuple[Sheet, ...]
    pictures: tuple[Picture, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, eq=False)
class Report:
    """A report that is ready to be written.

    Parameters
    ----------
    material : Material
        The results.
    tables : tuple of Table
        One per instance.
    overviews : tuple of Overview
        One per family.
    tests : tuple of Significance or None
        One per family, None where they say nothing.
    title : str
        Heading of the page.
    """

    material: Material
    tables: tuple[Table, ...]
    overviews: tuple[Overview, ...]
    tests: tuple[Significance | None, ...]
    title: str

    @classmethod
    def of(cls, material: Material, title: str = "", target: float = TARGET) -> "Report":
        """Return the report of some results.

        Parameters
        ----------
        material : Material
            At least one result.
        title : str
            Heading; the study's name by default.
        target : float
            Relative distance to the best known value that counts as reached.

        Raises
        ------
        InputError
            When there is no result, or the target is no share.
        """
        if not material.results:
            raise InputError.one("report", "results", "there are none", "give at least one result")
        if not isinstance(target, int | float) or not 0 <= target < 1:
            raise InputError.one("report", "target", f"{target!r} is no share", "give one in 0..1, as 0.01 for 1 %")
        found = tuple(tables(material, target))
        every = tuple(overviews(found, target))
        return cls(material, found, every, tuple(significance(one) for one in every),
                   title or material.name or "Gap report")

    def summary(self) -> str:
        """Return what a reader takes home, in a paragraph."""
        runs = f"{counted(len(self.material.results), 'run')}."
        return " ".join(filter(None, [summary(self.tables), runs, *self._statements()]))

    def html(self, pictured: int = PICTURED) -> str:
        """Return the page; the same results give the same bytes.

        Parameters
        ----------
        pictured : int
            Most instances whose schedules are drawn.
        """
        from ecoopt.plot.inline import style_variables

        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                                  loader=PackageLoader("ecoopt.report", ""))
        environment.filters |= {"number": number_text, "percent": percent, "svg": Markup}
        results = self.material.results
        return environment.get_template("page.html.j2").render(
            title=self.title, description=self.material.description, summary=self.summary(),
            chapters=self._chapters(pictured), few=len(self.tables) <= FEW, words=words, version=__version__,
            methods=_methods(results), budgets=budgets(results), seeds=seeds(results),
            versions=versions(results), machines=machines(self.material.machines), light=style_variables(False),
            dark=style_variables(True), target=f"{100 * self.overviews[0].target:g}") + "\n"

    def write(self, path: PathLike, pictured: int = PICTURED) -> None:
        """Write the page atomically.

        Raises
        ------
        InputError
            When the file cannot be written.
        """
        write_bytes(path, self.html(pictured).encode())

    def write_paper(self, folder: PathLike) -> list[str]:
        """Write the figures over all instances as SVG and PDF, the tables as LaTeX and CSV, and return their names.

        Raises
        ------
        InputError
            When the folder or a file cannot be written.
        """
        names: list[str] = []
        for overview, tests in zip(self.overviews, self.tests, strict=True):
            drawn = drawings(overview, tests, self.material)
            names += write_paper(folder, overview.family, drawn, sheets(overview, tests))
        return names

    def _statements(self) -> list[str]:
        return [statement(tests) for tests in self.tests if tests is not None]

    def _chapters(self, pictured: int) -> list[Chapter]:
        """Return the families, each with its instances."""
        from ecoopt.registry import family

        drawn = _most_open(self.tables, pictured)
        groups = self.material.groups()
        chapters = []
        for number, (overview, tests) in enumerate(zip(self.overviews, self.tests, strict=True), 1):
            figures = tuple(picture(d.title, d.figure, f"f{number}-{d.name}")
                            for d in drawings(overview, tests, self.material)) if len(overview.tables) > 1 else ()
            sections = tuple(
                _section(f"f{number}-i{place}", table, groups[table.digest],
                         self.material.instance(table.digest) if table.digest in drawn else None,
                         draw=table.digest in drawn)
                for place, table in enumerate(overview.tables, 1))
            shown = [sheet for sheet in sheets(overview, tests) if len(overview.tables) > 1
                     and (not sheet.name.endswith("-instances") or len(overview.tables) <= MOST_ACROSS)]
            chapters.append(Chapter(overview, family(overview.family).title,
                                    "" if tests is None else statement(tests), tuple(shown), figures, sections))
        return chapters


def _most_open(found: Sequence[Table], most: int) -> set[str]:
    """Return the instances with the largest gaps of the best schedule, those without a bound first."""

    def openness(table: Table) -> float:
        return -min((line.gap for line in table.lines if line.gap is not None), default=float("inf"))

    return {table.digest for table in sorted(found, key=openness)[:most]}


def _section(slug: str, table: Table, results: tuple[Result, ...], instance: Instance | None, *,
             draw: bool) -> Section:
    """Return the section of an instance, its lines by rising gap, bounds alone first."""
    worst = float("inf")
    lines = sorted(table.lines, key=lambda line: (
        line.objective is not None or line.bound is None, worst if line.behind_best is None else line.behind_best,
        kind_rank(line.kind)))
    facts = [f"digest {table.digest[:12]}"]
    if instance is not None and instance.provenance.source:
        facts.append(instance.provenance.source)
    drawn = tuple(pictures(results, instance, slug)) if draw else ()
    return Section(slug, table, tuple(lines), tuple(facts), drawn)


def _methods(results: Sequence[Result]) -> list[Method]:
    """Return the methods that ran and are known here."""
    from ecoopt.registry import methods

    ran = dict.fromkeys((result.family, result.method) for result in results)
    return [methods(family)[name] for family, name in ran if name in methods(family)]
