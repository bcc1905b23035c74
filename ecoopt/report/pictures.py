"""Pictures of a report: the best schedule of an instance, the trade-off, the anytime curves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecoopt.core.instance import Instance
from ecoopt.core.result import Result
from ecoopt.plot import figures, painter, tradeoff_terms
from ecoopt.report.material import best_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDE_IN = 6.0


@dataclass(frozen=True)
class Picture:
    """A figure in the page.

    Parameters
    ----------
    title : str
        Heading.
    caption : str
        What it shows, in a sentence; the whole text alternative is in `svg`.
    svg : str
        The ``<svg>`` element.
    wide : bool
        Whether it takes the whole width of the page.
    """

    title: str
    caption: str
    svg: str
    wide: bool


def picture(title: str, figure: "Figure", slug: str) -> Picture:
    """Return a figure as it stands in the page, its caption the first sentence of its text alternative.

    Parameters
    ----------
    title : str
        Heading.
    figure : Figure
        In the palette.
    slug : str
        Begins every id in it.
    """
    from ecoopt.plot.inline import inline_svg

    wide = float(figure.get_size_inches()[0]) > _WIDE_IN
    sentence = str(figure.get_label()).split(". ")[0].rstrip(".") + "."
    return Picture(title, sentence, inline_svg(figure, slug), wide)


def pictures(results: tuple[Result, ...], instance: Instance | None, slug: str) -> Iterator[Picture]:
    """Yield the pictures of an instance, those that can be drawn.

    Parameters
    ----------
    results : tuple of Result
        Of one instance.
    instance : Instance, optional
        The instance, without which its schedules cannot be drawn.
    slug : str
        Begins every id in the pictures.
    """
    from ecoopt.plot.anytime import anytime
    from ecoopt.plot.tradeoff import tradeoff

    best = best_of(results)
    if best is not None and best.schedule is not None and instance is not None and painter(instance.family) is not None:
        for name, figure in figures(instance, best.schedule).items():
            yield picture(f"Schedule of {best.name}, the best found: {name}", figure, f"{slug}-{name}")
    terms = tradeoff_terms(results[0].family)
    if terms is not None and any(r.score is not None and r.feasible and set(terms) <= r.score.terms.keys()
                                 for r in results):
        yield picture("Trade-off between methods", tradeoff(results, *terms), f"{slug}-tradeoff")
    if any(result.trace for result in results):
        yield picture("Incumbents and bounds over time", anytime(results), f"{slug}-anytime")
