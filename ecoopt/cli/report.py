"""``ecoopt report STORE -o report.html``: a study, or results, as one static page, and as files for a paper."""

from typing import Annotated

import typer


def command(
    files: Annotated[list[str], typer.Argument(help="Stores of studies, results, comparisons, instances to draw.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Page to write.")] = "report.html",
    title: Annotated[str, typer.Option(help="Heading of the page; the study's name by default.")] = "",
    target: Annotated[float, typer.Option(help="Distance to the best known value that counts as reached.")] = 0.01,
    pictured: Annotated[int, typer.Option(min=0, help="Most instances whose schedules are drawn.")] = 12,
    paper: Annotated[str | None, typer.Option(
        help="Folder for the figures as SVG and PDF, and the tables as LaTeX and CSV.")] = None,
) -> int:
    """Write gap tables, profiles, anytime curves, tests and pictures of schedules as one page.

    A schedule is drawn when the instance it belongs to is in the store or among the files.
    """
    from ecoopt.core.files import check_writable
    from ecoopt.report import Report, read_material

    check_writable(output)
    report = Report.of(read_material(files), title, target)
    report.write(output, pictured)
    typer.echo(f"{output}: {report.summary()}")
    if paper is not None:
        typer.echo(f"{paper}: {', '.join(report.write_paper(paper))}")
    return 0
