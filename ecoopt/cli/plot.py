"""``ecoopt plot F R -o x.svg``: the schedule as a picture."""

from typing import Annotated

import typer


def command(
    file: Annotated[str, typer.Argument(help="Instance.")],
    schedule_file: Annotated[str, typer.Argument(metavar="R", help="Result or schedule.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Picture to write: .svg, .png or .pdf.")],
    picture: Annotated[str | None, typer.Option(help="Which of the family's pictures; the first by default.")] = None,
) -> int:
    """Draw a schedule, allowed or not."""
    import warnings

    from ecoopt.core.errors import InputError
    from ecoopt.core.files import check_writable, read_json
    from ecoopt.core.options import did_you_mean
    from ecoopt.core.result import Result
    from ecoopt.documents import parse_document, read_instance, schedule_of
    from ecoopt.plot import figures
    from ecoopt.plot.save import check_format, save_figure
    from ecoopt.registry import evaluate

    check_format(output)
    check_writable(output)
    instance = read_instance(file)
    found = parse_document(read_json(schedule_file), schedule_file, ("result", "schedule"))
    if isinstance(found, Result) and found.instance_digest != instance.digest:
        warnings.warn(f"{schedule_file}: was found for another instance, {found.instance_name}", stacklevel=1)
    schedule = schedule_of(found, schedule_file)
    drawn = figures(instance, schedule)
    name = next(iter(drawn)) if picture is None else picture
    if name not in drawn:
        raise InputError.one("plot", "--picture", f"there is no picture {name[:80]!r}", did_you_mean(name, drawn))
    if broken := evaluate(instance, schedule).violations:
        warnings.warn(f"{schedule_file}: breaks {len(broken)} rules of {instance.name}", stacklevel=1)
    save_figure(drawn[name], output)
    typer.echo(f"{output}: {drawn[name].get_label()}")
    return 0
