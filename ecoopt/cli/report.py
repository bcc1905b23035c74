"""``ecoopt report RESULTS... -o report.html``: results as one static page."""

from typing import Annotated

import typer


def command(
    files: Annotated[list[str], typer.Argument(help="Results, comparisons, what demo wrote, and instances to draw.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Page to write.")] = "report.html",
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "Gap report",
) -> int:
    """Write gap tables, trade-offs, anytime curves and pictures of schedules as one page.

    A schedule is drawn when the instance it belongs to is among the files.
    """
    from ecoopt.core.files import check_writable
    from ecoopt.report import read_collection, write_report
    from ecoopt.report.lines import tables
    from ecoopt.report.summary import summary

    check_writable(output)
    collection = read_collection(files)
    write_report(collection, output, title)
    typer.echo(f"{output}: {summary(tables(collection))}")
    return 0
