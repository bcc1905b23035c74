"""The README's gap table and picture, made from results and put between its marks.

    ecoopt demo -o demo-out
    python tools/readme_table.py demo-out/results.db

Any store of a study, and any results that ``ecoopt solve`` or ``compare`` have written will do. The picture shows the
first instance's methods by time and carbon; a comparison holds no terms of the score to draw it from.
"""

import re
import sys
from pathlib import Path

from ecoopt.core.errors import InputError
from ecoopt.plot import tradeoff_terms
from ecoopt.plot.save import save_figure
from ecoopt.plot.tradeoff import tradeoff
from ecoopt.report import Material, read_material
from ecoopt.report.lines import Table, mean, tables
from ecoopt.report.matrix import matrix_cell, sorted_methods, words
from ecoopt.report.numbers import number_text
from ecoopt.report.summary import summary

ROOT = Path(__file__).resolve().parents[1]
PICTURE = Path("docs") / "_static" / "tradeoff.svg"
BEGIN, END = "<!-- gap-table-begin -->", "<!-- gap-table-end -->"


def main(paths: list[str]) -> int:
    """Rewrite the README's part between the marks, and the picture."""
    try:
        material = read_material(paths)
    except (InputError, IndexError) as error:
        print(error, file=sys.stderr)
        return 2
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    part = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
    if not part.search(text):
        print(f"README.md: {BEGIN} .. {END}: missing; add the two marks", file=sys.stderr)
        return 2
    found = tables(material)
    body = f"{BEGIN}\n{markdown(found)}\n\n{summary(found)}\n{END}"
    readme.write_text(part.sub(lambda _: body, text), encoding="utf-8")
    draw(material)
    return 0


def markdown(found: list[Table]) -> str:
    """Return gaps in percent, mean terms and seconds as a table: methods down, instances across."""
    terms = list(dict.fromkeys(term for table in found for term in table.terms))
    heads = ["method", "kind", *(table.instance for table in found), *(words(*term) for term in terms), "seconds"]
    rows = [heads, ["---", "---", *["---:"] * (len(heads) - 2)]]
    for method, kind in sorted_methods(found):
        lines = [table.line(method) for table in found]
        cells = [f"`{method}`", kind, *(matrix_cell(table, line).replace("*", "\\*")
                                        for table, line in zip(found, lines, strict=True))]
        for term in terms:
            values = [line.terms[table.terms.index(term)] if line and term in table.terms else None
                      for table, line in zip(found, lines, strict=True)]
            cells.append(number_text(mean(values), 4))
        cells.append(f"{sum(line.wall_s for line in lines if line):.1f}")
        rows.append(cells)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def draw(material: Material) -> None:
    """Draw the trade-off of the first instance whose results have the two terms."""
    for results in material.groups().values():
        terms = tradeoff_terms(results[0].family)
        if terms and any(r.score is not None and r.feasible for r in results):
            save_figure(tradeoff(results, *terms), ROOT / PICTURE)
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
