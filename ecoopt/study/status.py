"""Status: how far a study is and how its methods fare, read from its store while it runs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

from ecoopt.best import Best, best
from ecoopt.core.gap import gap
from ecoopt.core.record import Record
from ecoopt.core.status import Sense, Status, Termination
from ecoopt.known.values import known_values
from ecoopt.study.expected import Expected
from ecoopt.study.store import Store
from ecoopt.study.store.lock import is_driven
from ecoopt.study.store.packing import FAILED


class MethodStatus(Record):
    """How a method fares so far.

    Parameters
    ----------
    family, label : str
        The method.
    done, total : int
        Finished runs and all.
    mean_gap, worst_gap : float, optional
        To the best bound known of each instance, by its runs or from before, over the runs with a schedule on an
        instance with a bound.
    optimal, failed : int
        Runs that proved optimality, and that failed: with an error, by a crash, or ended from outside.
    mean_wall_s : float, optional
        Mean seconds.
    """

    family: str
    label: str
    done: int
    total: int
    mean_gap: float | None
    worst_gap: float | None
    optimal: int
    failed: int
    mean_wall_s: float | None


class AtWork(Record):
    """A run under way."""

    label: str
    instance_name: str
    seed: int
    since_utc: str


class StudyStatus(Record):
    """How far a study is.

    Parameters
    ----------
    name : str
        The study.
    running : bool
        Whether a process is driving it.
    done, total, failed : int
        Finished runs, all of the plan, and those that failed.
    seconds_left : float, optional
        Wall seconds to go, where that can be said.
    guessed : bool
        Whether `seconds_left` rests on limits rather than on finished runs.
    at_work : tuple of AtWork
        Runs under way.
    methods : tuple of MethodStatus
        In the order of the study.
    """

    name: str
    running: bool
    done: int
    total: int
    failed: int
    seconds_left: float | None
    guessed: bool
    at_work: tuple[AtWork, ...]
    methods: tuple[MethodStatus, ...]


@dataclass
class _Tally:
    """Counts of a method while rows are gone through."""

    done: int = 0
    total: int = 0
    optimal: int = 0
    failed: int = 0
    wall_s: float = 0.0


def status(store: Store) -> StudyStatus:
    """Return how far the study of a store is. O(R log R) for R runs."""
    running = is_driven(store.path)
    with store.still():
        rows = list(store.rows(
            "SELECT plan.family, plan.label, plan.instance_digest, plan.seconds, sense, status, termination, "
            f"objective, bound, wall_s, {FAILED} AS failed FROM plan LEFT JOIN runs USING (run) ORDER BY place"))
        at_work = list(store.rows("SELECT family, label, instance_name, seed, since_utc FROM at_work "
                                  "JOIN plan USING (run) ORDER BY place")) if running else []
        name, jobs = store.fact("name"), _jobs(store.fact("jobs"))
    finished = [row for row in rows if row["status"] is not None and row["termination"] != Termination.INTERRUPTED]
    gaps = _gaps(finished)
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    for row in rows:
        tallies[row["family"], row["label"]].total += 1
    for row in finished:
        tally = tallies[row["family"], row["label"]]
        tally.done += 1
        tally.optimal += row["status"] == Status.OPTIMAL
        tally.failed += row["failed"]
        tally.wall_s += row["wall_s"]
    methods = tuple(_method(kind, tally, gaps[kind]) for kind, tally in tallies.items())
    expected = Expected(jobs)
    for row in rows:
        over = row["termination"] not in (None, Termination.INTERRUPTED)
        expected.count(row["family"], row["label"], row["seconds"], row["wall_s"] if over else None)
    now = datetime.now(UTC)
    for row in at_work:
        elapsed = now - datetime.fromisoformat(row["since_utc"])
        expected.under_way(row["family"], row["label"], elapsed.total_seconds())
    return StudyStatus(
        name=name, running=running, done=len(finished), total=len(rows),
        failed=sum(m.failed for m in methods), seconds_left=expected.seconds_left, guessed=expected.guessed,
        at_work=tuple(AtWork(**{key: row[key] for key in AtWork.model_fields}) for row in at_work), methods=methods)


def _jobs(fact: str) -> int:
    return int(fact) if fact.isdecimal() and int(fact) else 1


def _gaps(rows: list[Row]) -> dict[tuple[str, str], list[float]]:
    """Return the gaps of each method's runs to the best bound known of the instance."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["instance_digest"]].append(row)
    known = known_values(groups)
    bests: dict[str, Best] = {}
    for digest, group in groups.items():
        sense = Sense(group[0]["sense"])
        here = best((r["objective"] for r in group), (r["bound"] for r in group), sense)
        bests[digest] = here.joined(known.get(digest, Best()), sense)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        bound = bests[row["instance_digest"]].bound
        if row["objective"] is not None and bound is not None:
            found[row["family"], row["label"]].append(gap(row["objective"], bound, Sense(row["sense"])))
    return found


def _method(kind: tuple[str, str], tally: _Tally, gaps: list[float]) -> MethodStatus:
    counts: dict[str, Any] = {
        "mean_gap": sum(gaps) / len(gaps) if gaps else None, "worst_gap": max(gaps, default=None),
        "mean_wall_s": tally.wall_s / tally.done if tally.done else None}
    return MethodStatus(family=kind[0], label=kind[1], done=tally.done, total=tally.total, optimal=tally.optimal,
                        failed=tally.failed, **counts)
