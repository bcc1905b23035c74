"""``ecoopt solve F --method M``: run a method; with ``-o`` the best so far is on disk all the while."""

from typing import Annotated

import typer


def command(
    file: Annotated[str, typer.Argument(help="Instance.")],
    method: Annotated[str, typer.Option("--method", "-m", help="Method; 'ecoopt families F' lists them.")],
    time_limit: Annotated[float | None, typer.Option(help="Wall seconds.")] = None,
    iterations: Annotated[int | None, typer.Option(help="Iterations of the method's own loop.")] = None,
    evaluations: Annotated[int | None, typer.Option(help="Evaluations of the objective.")] = None,
    gap: Annotated[float | None, typer.Option(help="Proven relative gap at which to stop.")] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
    start: Annotated[str | None, typer.Option(help="Result or schedule to start from.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="name=value, an option of the method; repeatable.")] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Result file; .gz and .zst compress.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> int:
    """Run a method on an instance.

    Exit 0 with a feasible schedule, or with a bound where the method gives just that; 1 without, or when it crashed.
    """
    from ecoopt import registry
    from ecoopt.cli._extras import pairs, typed
    from ecoopt.cli._print import print_facts, print_json, result_rows, say, score_rows
    from ecoopt.cli._watch import KeepBest, ProgressLine, progress
    from ecoopt.core.budget import Budget
    from ecoopt.core.files import check_writable
    from ecoopt.core.interrupt import interruptible
    from ecoopt.core.observer import Observers
    from ecoopt.core.status import Status, Termination
    from ecoopt.documents import read_instance, read_schedule
    from ecoopt.solve import prepare

    if output is not None:
        check_writable(output)
    budget = Budget(seconds=time_limit, iterations=iterations, evaluations=evaluations, gap=gap)
    instance = read_instance(file)
    chosen = registry.method(instance.family, method)
    source = f"options of {method}"
    options = typed(chosen.options_model, pairs(option or [], source), source)
    task = prepare(instance, chosen, budget=budget, seed=seed, options=options,
                   start=None if start is None else read_schedule(start))
    with interruptible():  # until the result is on disk
        with progress(f"{method} on {instance.name}") as line:
            keepers = [] if output is None else [KeepBest(task, output)]
            result = task.run(Observers([ProgressLine(line), *keepers]))
        if output is not None:
            _write(result, output)
    crashed = result.termination is Termination.CRASH
    if crashed:
        for note in result.notes:
            say(f"{method} on {instance.name}: {note}")
    if as_json:
        print_json(result)
    else:
        print_facts(output or instance.name, result_rows(result))
        if result.score is not None:
            print_facts("score", score_rows(result.score), ("term", "value", "unit"))
    answered = result.feasible or (result.kind == "bound" and result.bound is not None)
    return 0 if answered and not crashed and result.status is not Status.ERROR else 1


def _write(result: object, output: str) -> None:
    """Write the result; where that fails, into the temporary folder rather than lose it."""
    import tempfile
    from pathlib import Path

    from ecoopt.core.errors import InputError, Problem
    from ecoopt.core.result import Result
    from ecoopt.documents import write_result

    assert isinstance(result, Result)
    try:
        write_result(result, output)
    except InputError as error:
        refuge = Path(tempfile.mkdtemp(prefix="ecoopt-")) / "result.json.gz"
        write_result(result, refuge)
        raise InputError(error.source, [
            Problem(p.field, p.message, f"the result is in {refuge}") for p in error.problems]) from None
