"""The store: every finished run of a study in one SQLite file, whole or not at all."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, Self

from ecoopt.core.compression import LIMIT_BYTES, decompress
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, encode
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.result import Result
from ecoopt.core.status import Termination
from ecoopt.documents import parse_document
from ecoopt.registry import generate
from ecoopt.study.engine import Filed, Generated
from ecoopt.study.plan import Plan
from ecoopt.study.planned_instances import PlannedInstance
from ecoopt.study.store.connection import IN_MEMORY, reading, refused, writing
from ecoopt.study.store.packing import Packed, compressed, unpacked, unpacked_schedule, utc_now

Schedules = Literal["all", "best", "none"]


class Store:
    """A study's store.

    Parameters
    ----------
    path : path-like
        The file; ``:memory:`` for a store that nobody keeps.
    write : bool
        Whether to write, which the driver of the study alone does.

    Raises
    ------
    InputError
        When the file is no store, or cannot be used.
    """

    def __init__(self, path: PathLike, *, write: bool = False) -> None:
        self.path = str(path)
        self._connection = writing(path) if write or self.path == IN_MEMORY else reading(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # What the driver writes

    def begin(self, plan: Plan, jobs: int) -> None:
        """Take down what is to be run, so many at a time; runs of an earlier plan count where this one has them too."""
        with self._whole() as execute:
            execute("DELETE FROM plan")
            execute("DELETE FROM at_work")
            for instance in plan.instances:
                self._keep(instance)
            for place, run in enumerate(plan.runs):
                work = run.work
                execute("INSERT INTO plan VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (
                    place, run.key, work.family, work.instance_digest, work.instance_name, work.method_name, run.label,
                    work.seed, work.budget.seconds))
            facts = {"name": plan.study.name, "description": plan.study.description,
                     "file": plan.study.model_dump_json(), "jobs": str(jobs)}
            for key, value in facts.items():
                execute("INSERT OR REPLACE INTO study VALUES (?, ?)", (key, value))
            for arguments, (digest, name) in plan.generated.items():
                execute("INSERT OR REPLACE INTO generated VALUES (?, ?, ?)", (arguments, digest, name))

    def start(self, key: str) -> None:
        """Take down that a run is under way."""
        with self._whole() as execute:
            execute("INSERT OR REPLACE INTO at_work VALUES (?, ?)", (key, utc_now()))

    def put(self, key: str, code_version: str, packed: Packed) -> None:
        """Take down a finished run with its trace, its schedule and its machine; one that was cut short is replaced."""
        row = {"run": key, "code_version": code_version} | packed.row
        names = ", ".join(row)
        with self._whole() as execute:
            execute("INSERT OR IGNORE INTO machines VALUES (?, ?)", (row["machine"], packed.machine))
            if packed.schedule is not None:
                execute("INSERT OR IGNORE INTO schedules VALUES (?, ?)", (row["schedule_digest"], packed.schedule))
            execute(f"INSERT OR REPLACE INTO runs ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
            execute("INSERT OR REPLACE INTO traces VALUES (?, ?)", (key, packed.trace))
            execute("DELETE FROM at_work WHERE run = ?", (key,))

    def forget(self, keys: Iterable[str]) -> None:
        """Drop runs, so that they are carried out again."""
        with self._whole() as execute:
            for key in keys:
                execute("DELETE FROM traces WHERE run = ?", (key,))
                execute("DELETE FROM runs WHERE run = ?", (key,))
            execute("DELETE FROM schedules WHERE digest NOT IN (SELECT schedule_digest FROM runs "
                    "WHERE schedule_digest IS NOT NULL)")

    # What anybody reads

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let the block read the store as it is at its first query, whatever the driver writes meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def fact(self, key: str) -> str:
        """Return something said of the study; empty where it is not."""
        return next((str(row["value"]) for row in self.rows("SELECT value FROM study WHERE key = ?", (key,))), "")

    def generated(self) -> dict[str, tuple[str, str]]:
        """Return what generators have made; see `ecoopt.study.planned_instances`."""
        return {row["arguments"]: (row["digest"], row["name"]) for row in self.rows("SELECT * FROM generated")}

    def finished(self) -> dict[str, float]:
        """Return the wall seconds of each run that need not be carried out again, by its key."""
        return {row["run"]: row["wall_s"] for row in self.rows(
            "SELECT run, wall_s FROM runs WHERE termination != ?", (Termination.INTERRUPTED,))}

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[sqlite3.Row]:
        """Yield what a query gives.

        Raises
        ------
        InputError
            When the file is damaged.
        """
        try:
            for row in self._connection.execute(sql, parameters):  # noqa: UP028  that would close the cursor, late
                yield row
        except sqlite3.Error as error:
            raise refused(self.path, error) from None

    def results(self, schedules: Schedules = "none", *, traces: bool = True) -> Iterator[tuple[str, Result]]:
        """Yield key and result of every finished run of the plan, in its order.

        Parameters
        ----------
        schedules : {"none", "best", "all"}
            Which results have a schedule: the best of each instance, or all.
        traces : bool
            Whether they have their traces.

        Raises
        ------
        InputError
            When a run is damaged.
        """
        wanted = self._with_schedule() if schedules == "best" else None
        found = self.rows(
            "SELECT plan.label, plan.instance_name AS planned_name, runs.*, traces.content AS trace FROM plan "
            "JOIN runs USING (run) LEFT JOIN traces USING (run) WHERE runs.termination != ? ORDER BY plan.place",
            (Termination.INTERRUPTED,))
        for row in found:
            result = unpacked(dict(row) | {"instance_name": row["planned_name"]}, row["trace"] if traces else None)
            if schedules == "all" or (wanted is not None and row["run"] in wanted):
                result = result.model_copy(update={"schedule": self.schedule(row["run"])})
            yield row["run"], result

    def schedule(self, key: str) -> Schedule | None:
        """Return the schedule of a finished run, None where it has none.

        Raises
        ------
        InputError
            When it is damaged.
        """
        row = next(self.rows("SELECT run, family, digest, content FROM runs JOIN schedules ON schedule_digest = digest "
                             "WHERE run = ?", (key,)), None)
        return None if row is None else unpacked_schedule(dict(row))

    def machines(self) -> list[dict[str, Any]]:
        """Return what the finished runs of the plan took place on."""
        return [json.loads(row["content"]) for row in self.rows(
            "SELECT DISTINCT machines.content FROM plan JOIN runs USING (run) JOIN machines ON machine = digest")]

    def instance(self, digest: str) -> Instance | None:
        """Return an instance of the plan under its name there; None when its generator now makes another one."""
        row = next(self.rows("SELECT * FROM instances WHERE digest = ?", (digest,)), None)
        if row is None:
            return None
        try:
            if row["content"] is None:
                found = generate(row["family"], **json.loads(row["options"]))
            else:
                content = json.loads(decompress(row["content"], row["name"], LIMIT_BYTES))
                parsed = parse_document(content, row["name"], ("instance",))
                assert isinstance(parsed, Instance)
                found = parsed
        except InputError:
            return None
        return found.model_copy(update={"name": row["name"]}) if found.digest == digest else None

    def _with_schedule(self) -> set[str]:
        """Return the runs of the plan with the best objective of their instance, of equals the first."""
        return {row["run"] for row in self.rows(
            "SELECT run FROM (SELECT run, row_number() OVER (PARTITION BY runs.instance_digest ORDER BY "
            "CASE sense WHEN 'min' THEN objective ELSE -objective END, place) AS rank FROM plan JOIN runs USING (run) "
            "WHERE objective IS NOT NULL AND schedule_digest IS NOT NULL AND termination != ?) WHERE rank = 1",
            (Termination.INTERRUPTED,))}

    def _keep(self, instance: PlannedInstance) -> None:
        """Take down an instance: how it is generated, or what its file holds."""
        options, content = None, None
        known = self._connection.execute("SELECT 1 FROM instances WHERE digest = ?", (instance.digest,)).fetchone()
        if known is not None:
            self._connection.execute("UPDATE instances SET name = ? WHERE digest = ?", (instance.name, instance.digest))
            return
        if isinstance(instance.source, Generated):
            options = json.dumps(instance.source.options)
        elif isinstance(instance.source, Filed):
            content = compressed(encode(instance.source.load()))
        self._connection.execute("INSERT INTO instances VALUES (?, ?, ?, ?, ?)", (
            instance.digest, instance.family, instance.name, options, content))

    @contextmanager
    def _whole(self) -> Iterator[Any]:
        """Write all that the block executes, or nothing.

        Raises
        ------
        InputError
            When the file cannot be written, as on a full disk.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection.execute
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.IntegrityError):
                raise refused(self.path, error) from None
            raise
