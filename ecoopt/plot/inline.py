"""Inline SVG: a figure as an element of a page, its colours the page's variables, its words real text."""

import io
import re
from html import escape

import matplotlib
from matplotlib.figure import Figure

from ecoopt.plot.style import PALETTE, style

_LONG_NUMBER = re.compile(r"(?<![\w#.-])-?\d+\.\d{3,}")
_VARIABLE = {shade.light: f"var(--{shade.name})" for shade in PALETTE}


def inline_svg(figure: Figure, slug: str) -> str:
    """Return the ``<svg>`` element of a figure, its label as its text alternative.

    Every colour of the palette becomes the variable of its name, so that the page's style sheet sets it (see
    `style_variables`).

    Parameters
    ----------
    figure : Figure
        Drawn in the palette.
    slug : str
        Letters, digits and dashes; it begins every id, so that several pictures fit in one page.
    """
    stream = io.StringIO()
    with style(), matplotlib.rc_context({"svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg"):]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"(?<=: )#[0-9a-f]{6}\b", lambda found: _VARIABLE.get(found[0], found[0]), text)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{slug}-", text)
    text = re.sub(r"<[^>]+>", lambda tag: _LONG_NUMBER.sub(_rounded, tag[0]), text)  # coordinates, not what is read
    head = re.search(r'viewBox="[^"]*"', text)
    assert head is not None
    alt = escape(str(figure.get_label()), quote=True)
    body = text[text.index(">") + 1:]
    # Not a <title>: browsers would show it over the whole picture wherever the pointer rests.
    return (f'<svg {head[0]} xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
            f'aria-label="{alt}">{body}')


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def style_variables(dark: bool) -> str:
    """Return the palette as declarations of a style sheet, for light or dark ground."""
    return " ".join(f"--{shade.name}: {shade.dark if dark else shade.light};" for shade in PALETTE)
