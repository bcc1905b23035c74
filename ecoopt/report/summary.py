"""The summary: what a reader takes home from the tables, in two or three sentences."""

from collections.abc import Sequence

from ecoopt.report.lines import Line, Table, mean, methods_of
from ecoopt.report.numbers import percent


def summary(found: Sequence[Table]) -> str:
    """Return the summary of some tables.

    It says how much was run, how close the best schedules are proven to be, and which method of each kind without
    proof comes closest on average.
    """
    lines = [line for table in found for line in table.lines]
    families = ", ".join(dict.fromkeys(table.family for table in found))
    sentences = [f"{_count(len(methods_of(found)), 'method')} on {_count(len(found), 'instance')} of {families}."]
    sentences += _proofs(found)
    champions = [text for kind in ("heuristic", "online", "baseline") if (text := _champion(found, kind))]
    if champions:
        sentences.append(f"Mean gap of the best method of each kind: {'; '.join(champions)}.")
    if failed := sum(line.failed for line in lines):
        sentences.append(f"{_count(failed, 'run')} of {len(lines)} ended in an error; the notes say why.")
    return " ".join(sentences)


def _proofs(found: Sequence[Table]) -> list[str]:
    """Return how close the best schedule of each instance is proven to be."""
    gaps = [best for table in found if (best := min((line.gap for line in table.lines if line.gap is not None),
                                                    default=None)) is not None]
    if not gaps:
        return ["No bound is proven for a schedule found."]
    solved = sum(any(line.optimal for line in table.lines) for table in found)
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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
