"""The summary: what a reader takes home from the tables, in two or three sentences."""

import math
from collections.abc import Sequence

from ecoopt.core.gap import CLOSED
from ecoopt.core.words import counted
from ecoopt.report.lines import Line, Table, mean, methods_of
from ecoopt.report.numbers import percent


def summary(found: Sequence[Table]) -> str:
    """Return the summary of some tables.

    It says how much was run, how close the best schedules are proven to be, and which method of each kind without
    proof comes closest on average.
    """
    lines = [line for table in found for line in table.lines]
    families = ", ".join(dict.fromkeys(table.family for table in found))
    sentences = [f"{counted(len(methods_of(found)), 'method')} on {counted(len(found), 'instance')} of {families}."]
    sentences += _proofs(found)
    champions = [text for kind in ("heuristic", "online", "baseline") if (text := _champion(found, kind))]
    if champions:
        sentences.append(f"Mean gap of the best method of each kind: {'; '.join(champions)}.")
    if broken := sum(line.broken for line in lines):
        runs = sum(line.runs for line in lines)
        sentences.append(f"{counted(broken, 'run')} of {runs} failed; the notes say why.")
    return " ".join(sentences)


def _proofs(found: Sequence[Table]) -> list[str]:
    """Return how close the best schedule of each instance is proven to be."""
    best = [min(gap for line in table.lines for gap in line.run_gaps) for table in found]
    gaps = [gap for gap in best if math.isfinite(gap)]
    if not gaps:
        return ["No bound is proven for a schedule found."]
    solved = sum(gap <= CLOSED or any(line.proven for line in table.lines)
                 for gap, table in zip(best, found, strict=True))
    where = "the instance" if len(found) == 1 else f"{solved} of {len(found)}"
    text = f"The best schedules are proven to be within {percent(max(gaps))} % of the optimum"
    missing = len(found) - len(gaps)
    text += f" (no proof on {missing} of {len(found)})" if missing else ""
    return [f"{text}; optimality is proven on {where}." if solved else f"{text}."]


def _champion(found: Sequence[Table], kind: str) -> str:
    """Return the method of a kind with the least mean gap over the instances, empty where none has a gap on all."""
    names = [name for name, own in methods_of(found) if own == kind]
    gaps = {name: mean(_gap(table.line(name)) for table in found) for name in names}
    known = {name: gap for name, gap in gaps.items() if gap is not None}
    if not known:
        return ""
    best = min(known, key=lambda name: known[name])
    return f"{kind}, {best} with {percent(known[best])} %"


def _gap(line: Line | None) -> float | None:
    return None if line is None else line.gap
