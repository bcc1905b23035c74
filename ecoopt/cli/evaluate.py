"""``ecoopt evaluate F R``: feasibility and score of a schedule, term by term, from the referee."""

from typing import Annotated

import typer


def command(
    file: Annotated[str, typer.Argument(help="Instance.")],
    schedule_file: Annotated[str, typer.Argument(metavar="R", help="Result or schedule.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the score as JSON.")] = False,
) -> int:
    """Have the referee score a schedule.

    Exit 1 when it breaks a rule.
    """
    from ecoopt import registry
    from ecoopt.cli._print import print_facts, print_json, say, score_rows
    from ecoopt.core.errors import InputError
    from ecoopt.core.files import read_json
    from ecoopt.core.result import Result
    from ecoopt.documents import parse_document, read_instance, schedule_of

    instance = read_instance(file)
    found = parse_document(read_json(schedule_file), schedule_file, ("result", "schedule"))
    if isinstance(found, Result) and found.instance_digest != instance.digest:
        say(f"{schedule_file}: was found for another instance, {found.instance_name}")
    try:
        score = registry.evaluate(instance, schedule_of(found, schedule_file))
    except InputError as error:
        raise InputError(schedule_file, error.problems) from None
    if as_json:
        print_json({"feasible": score.feasible} | score.model_dump(mode="json"))
    else:
        verdict = "feasible" if score.feasible else f"INFEASIBLE, {len(score.violations)} rules broken"
        title = f"{schedule_file} on {instance.name}: {verdict}"
        print_facts(title, score_rows(score), ("term", "value", "unit"))
    return 0 if score.feasible else 1
