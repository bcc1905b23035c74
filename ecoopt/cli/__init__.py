"""The command line: one file per command, listed by themselves; what begins with an underscore serves them.

A command's file holds ``command``, a function in typer's style that returns the exit code, and may hold ``SETTINGS``,
keyword arguments of ``typer.Typer.command``. It imports what it works with inside the function, so that help is quick.
"""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    0 done, 1 infeasible or falls short, 2 wrong input, 70 an error of ours, 130 interrupted.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.
    """
    import sys

    from ecoopt.cli._app import run

    return run(list(sys.argv[1:] if arguments is None else arguments))
