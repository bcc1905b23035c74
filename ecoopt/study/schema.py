"""Schema of a study file: what runs on what, how often, and with what to spend."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.record import Record
from ecoopt.study.seeds import seed_list


def _seeds(value: Any) -> Any:
    try:
        return tuple(seed_list(value))
    except InputError as error:
        raise ValueError("; ".join((error.problems[0].message, error.problems[0].mend))) from None


Seeds = Annotated[tuple[int, ...], BeforeValidator(_seeds)]
Positive = Annotated[float, Field(gt=0)]


class BudgetEntry(Record):
    """Limits of a run; those left out are the study's, in the study itself none.

    Parameters
    ----------
    seconds : float, optional
        Wall seconds of the method.
    iterations, evaluations : int, optional
        In the method's own units.
    gap : float, optional
        Proven relative gap at which to stop.
    """

    seconds: Annotated[float, Field(ge=0)] | None = None
    iterations: Annotated[int, Field(ge=0)] | None = None
    evaluations: Annotated[int, Field(ge=0)] | None = None
    gap: Annotated[float, Field(ge=0)] | None = None

    def over(self, other: "BudgetEntry") -> Budget:
        """Return the budget: these limits, and the other's where these say nothing."""
        return Budget(**{name: getattr(other if getattr(self, name) is None else self, name)
                         for name in type(self).model_fields})


class InstanceEntry(Record):
    """Instances: files, an instance set, or what a family's generator makes.

    Parameters
    ----------
    files : tuple of str
        Paths and patterns (``day-*.json.zst``), relative to the study file.
    set : str
        An instance set, ``family`` or ``family/class``.
    names : tuple of str
        Those of the set alone.
    family : str
        Whose generator.
    options : dict
        Arguments of the generator.
    grid : dict of str to tuple
        Arguments that take several values: every combination is an instance.
    seeds : tuple of int, optional
        Seeds of the generator; the file says how many or which.
    """

    files: tuple[str, ...] = ()
    set: str = ""
    names: tuple[str, ...] = ()
    family: str = ""
    options: dict[str, Any] = {}
    grid: dict[str, tuple[Any, ...]] = {}
    seeds: Seeds | None = None


class MethodEntry(Record):
    """Methods that share options and budget.

    Parameters
    ----------
    names : tuple of str
        By name; all by default.
    kinds : tuple of str
        Those of these kinds alone.
    without : tuple of str
        Names left out.
    family : str
        Of this family alone; by default of every family of the study that has them.
    label : str
        Name in tables, for one method alone; needed where a method stands twice.
    options : dict
        The method's own options.
    budget : BudgetEntry
        Limits that differ from the study's.
    seeds : tuple of int, optional
        Where they differ from the study's, such as 1 for methods without chance.
    wall_limit_s : float, optional
        Where it differs from that of `workers`.
    """

    names: tuple[str, ...] = ()
    kinds: tuple[Literal["exact", "bound", "heuristic", "online", "baseline"], ...] = ()
    without: tuple[str, ...] = ()
    family: str = ""
    label: Annotated[str, Field(max_length=80)] = ""
    options: dict[str, Any] = {}
    budget: BudgetEntry = BudgetEntry()
    seeds: Seeds | None = None
    wall_limit_s: Positive | None = None


class WorkersEntry(Record):
    """Where and how runs are carried out.

    Parameters
    ----------
    backend : {"local", "dask"}
        Processes of this machine, or a Dask cluster.
    address : str
        Of the cluster's scheduler, ``tcp://host:port``.
    jobs : int, optional
        Runs at a time; as many as there are cores by default, on a cluster as it has threads.
    threads : int
        Threads of a run's linear algebra and compiled loops.
    warm_up : bool
        Whether each process runs each method for a moment before it is timed.
    wall_limit_s : float, optional
        Wall seconds after which a run is ended from outside; by default twice its seconds and a minute.
    """

    backend: Literal["local", "dask"] = "local"
    address: str = ""
    jobs: Annotated[int, Field(ge=1, le=4096)] | None = None
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    warm_up: bool = True
    wall_limit_s: Positive | None = None


class Study(Record):
    """A study file.

    Parameters
    ----------
    name : str
        Title of the report.
    description : str
        A sentence or two for its readers.
    seeds : tuple of int
        Seeds of the methods; the file says how many or which.
    budget : BudgetEntry
        Limits of every run.
    instances : tuple of InstanceEntry
        What is solved.
    methods : tuple of MethodEntry
        What solves it; every method of each family by default.
    workers : WorkersEntry
        Where and how.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    seeds: Seeds = (0,)
    budget: BudgetEntry = BudgetEntry()
    instances: tuple[InstanceEntry, ...]
    methods: tuple[MethodEntry, ...] = (MethodEntry(),)
    workers: WorkersEntry = WorkersEntry()
