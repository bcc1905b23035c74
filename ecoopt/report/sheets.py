"""Sheets: the tables of a family over all its instances, for the page and for a paper."""

import math
from collections.abc import Iterator

from ecoopt.core.words import counted
from ecoopt.report.lines import Line
from ecoopt.report.overview import TIME_SHIFT_S, MethodSummary, Overview
from ecoopt.report.sheet import Column, Sheet, Value
from ecoopt.report.significance import Significance


def sheets(overview: Overview, tests: Significance | None) -> Iterator[Sheet]:
    """Yield the tables of a family: gaps, bounds, tests, and every method on every instance."""
    if overview.searchers:
        yield _gaps(overview)
    if any(method.bound_distance is not None for method in overview.methods):
        yield _bounds(overview)
    if tests is not None:
        yield _tests(overview, tests)
    yield _matrix(overview)


def _gaps(overview: Overview) -> Sheet:
    """Return the gap table."""
    several = len(overview.tables) > 1
    traced = any(math.isfinite(line.target_s) for table in overview.tables for line in table.lines)
    broken = any(method.broken for method in overview.searchers)
    columns = [Column("method"), Column("kind"), Column("solved")]
    columns += [Column("mean gap %", "share")]
    columns += [Column("median gap %", "share"), Column("95 % interval of the mean", "interval")] if several else []
    columns += [Column("worst gap %", "share"), Column("proven optimal %", "share"),
                Column("behind best known %", "share")]
    if traced:
        columns += [Column("primal integral %", "share"), Column(f"within {100 * overview.target:g} % on %", "share")]
    columns += [Column("seconds", "seconds")]
    columns += [Column("failed runs", "count")] if broken else []

    def row(m: MethodSummary) -> tuple[Value, ...]:
        values: list[Value] = [m.method, m.kind, f"{m.solved}/{m.instances}", m.mean_gap]
        values += [m.median_gap, m.interval] if several else []
        values += [m.worst_gap, m.proven / m.runs, m.behind_best]
        values += [m.primal_integral, m.reached] if traced else []
        return (*values, m.seconds, *([m.broken] if broken else []))

    caption = (f"Methods of {overview.family} on {_instances(overview)}. Gaps are to the best proven bound, the mean "
               "over the seeds of an instance first; the worst is that of a single run. Seconds are the geometric mean "
               f"over instances, shifted by {TIME_SHIFT_S:g} s.")
    return Sheet(f"{overview.family}-gaps", caption, tuple(columns), tuple(row(m) for m in overview.searchers))


def _bounds(overview: Overview) -> Sheet:
    """Return how close each method's own bound comes."""
    found = [m for m in overview.methods if m.bound_distance is not None]
    columns = (Column("method"), Column("kind"), Column("mean distance %", "share"),
               Column("worst distance %", "share"), Column("seconds", "seconds"))
    rows = tuple((m.method, m.kind, m.bound_distance, m.worst_bound_distance, m.seconds)
                 for m in sorted(found, key=lambda m: m.bound_distance or 0.0))
    caption = (f"Methods of {overview.family} that prove bounds, on {_instances(overview)}: how far each method's own "
               f"bound is from the best known value.")
    return Sheet(f"{overview.family}-bounds", caption, columns, rows)


def _tests(overview: Overview, tests: Significance) -> Sheet:
    """Return the best method against each other one."""
    columns = (Column("method"), Column("mean rank", "rank"), Column("wins of the best", "count"),
               Column("ties", "count"), Column("losses", "count"), Column("median difference %", "share"),
               Column("p", "probability"), Column("p, Holm", "probability"))
    ranks = [None] * len(tests.names) if tests.ranks is None else tests.ranks.mean_ranks.tolist()
    rows: list[tuple[Value, ...]] = [(tests.names[tests.best], ranks[tests.best], *[None] * 6)]
    for other in (method for method in range(len(tests.names)) if method != tests.best):
        wins, losses = int(tests.tally.wins[tests.best, other]), int(tests.tally.wins[other, tests.best])
        pair = tests.pair(other)
        measured = (None, None, None) if pair is None else (
            pair.median_difference * (1 if pair.second == tests.best else -1), pair.p_value, pair.holm_p_value)
        rows.append((tests.names[other], ranks[other], wins, int(tests.tally.ties[tests.best, other]), losses,
                     *measured))
    friedman = "" if tests.ranks is None else (
        f" Friedman's test over all: chi-square {tests.ranks.statistic:.4g}, p {tests.ranks.p_value:.3g}; ranks "
        f"{tests.ranks.critical_difference:.3g} or more apart differ (Nemenyi, 5 %).")
    wilcoxon = "Wilcoxon's signed-rank test with Holm's correction" if tests.pairs else (
        "too few instances for Wilcoxon's signed-rank test with Holm's correction to tell so many methods apart")
    caption = (f"{tests.names[tests.best]}, the best by mean rank here, against each other method of {overview.family} "
               f"on {tests.instances} instances: medians over the seeds, {wilcoxon}.{friedman}")
    return Sheet(f"{overview.family}-tests", caption, columns, tuple(rows))


def _matrix(overview: Overview) -> Sheet:
    """Return the gap of each method on each instance."""
    names = [method.method for method in overview.methods]

    def cell(line: Line | None) -> Value:
        return None if line is None else line.gap

    rows = tuple((table.instance, *(cell(table.line(name)) for name in names)) for table in overview.tables)
    return Sheet(f"{overview.family}-instances", f"Gap to the best proven bound in percent, on each instance of "
                 f"{overview.family}; the mean over the seeds.",
                 (Column("instance"), *(Column(name, "share") for name in names)), rows)


def _instances(overview: Overview) -> str:
    return counted(len(overview.tables), "instance")
