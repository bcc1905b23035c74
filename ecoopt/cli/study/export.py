"""``ecoopt study export STORE -o F``: a row per finished run as CSV, Parquet or JSON."""

from typing import Annotated

import typer


def command(
    store: Annotated[str, typer.Argument(help="Store of a study.")],
    output: Annotated[str, typer.Option("--output", "-o", help="File to write: .csv, .parquet or .json.")],
) -> int:
    """Write every finished run with its figures, its gap to the best proven bound among them."""
    from ecoopt.core.files import check_writable
    from ecoopt.core.words import counted
    from ecoopt.study.export import check_suffix, export
    from ecoopt.study.store import Store

    check_suffix(output)
    check_writable(output)
    with Store(store) as opened:
        count = export(opened, output)
    typer.echo(f"{output}: {counted(count, 'run')}")
    return 0
