"""The application: every module beside this one is a command; whatever is raised becomes lines and an exit code."""

import os
import pkgutil
import sys
import traceback
import warnings
from importlib import import_module
from typing import Annotated, Any

import typer

from ecoopt.cli._print import say
from ecoopt.core.errors import InputError

DONE, SHORT, WRONG_INPUT, OUR_ERROR, INTERRUPTED = 0, 1, 2, 70, 130

_FIRST = ("families", "demo", "generate", "import", "info", "validate", "solve", "evaluate", "compare")
_USAGE: type[Exception] = typer.BadParameter.__mro__[1]  # click's UsageError, wherever typer keeps click
_MOST_LINES = 200


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit code; nothing but KeyboardInterrupt's second comes through."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: say(f"ecoopt: warning: {message}")
        try:
            root = typer.main.get_command(application())
            with root.make_context("ecoopt", arguments) as context:
                code = root.invoke(context)
            sys.stdout.flush()
            return code if isinstance(code, int) else DONE
        except typer.Exit as error:
            return error.exit_code
        except InputError as error:
            return _refuse(error)
        except _USAGE as error:
            return _misused(error)
        except (KeyboardInterrupt, typer.Abort):
            say("ecoopt: interrupted")
            return INTERRUPTED
        except BrokenPipeError:
            # The reader has gone; the interpreter must not complain when it flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        except Exception as error:  # an error of ours is still no reason to show a stack
            return _apologise(error)


def application() -> typer.Typer:
    """Return the application with all its commands."""
    app = typer.Typer(
        name="ecoopt", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
        help="Carbon-aware computing as optimisation problems: instances, proven bounds, heuristics, one referee.")

    @app.callback(invoke_without_command=True)
    def _root(context: typer.Context,
              version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
        if version:
            from ecoopt import __version__

            typer.echo(f"ecoopt {__version__}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())
            raise typer.Exit

    for name in command_names():
        module = import_module(f"ecoopt.cli.{_module(name)}")
        settings: dict[str, Any] = getattr(module, "SETTINGS", {})
        app.command(name, **settings)(module.command)
    return app


def command_names() -> list[str]:
    """Return the names of all commands: the modules of this package without an underscore before them."""
    package = import_module("ecoopt.cli")
    found = sorted(m.name.rstrip("_") for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    return [name for name in _FIRST if name in found] + [name for name in found if name not in _FIRST]


def _module(name: str) -> str:
    """Return the module of a command; a name that is a keyword of Python ends in an underscore."""
    return f"{name}_" if name == "import" else name


def _refuse(error: InputError) -> int:
    """Write every problem, one line each."""
    for problem in error.problems[:_MOST_LINES]:
        say(problem.line(error.source))
    if len(error.problems) > _MOST_LINES:
        say(f"{error.source}: and {len(error.problems) - _MOST_LINES} more problems")
    return WRONG_INPUT


def _misused(error: Any) -> int:
    """Write what is wrong with the command line in one line."""
    path = error.ctx.command_path if error.ctx is not None else "ecoopt"
    message = error.format_message().rstrip(".")
    say(f"{path}: {message[:1].lower()}{message[1:]}; see {path} --help")
    return WRONG_INPUT


def _apologise(error: Exception) -> int:
    """Write an error of ours; the stack only where it is asked for."""
    if os.environ.get("ECOOPT_DEBUG") == "1":
        traceback.print_exception(error)
    kind = "out of memory" if isinstance(error, MemoryError) else f"{type(error).__name__}: {error}"
    say(f"ecoopt: internal error: {kind}; please report it with the output under ECOOPT_DEBUG=1")
    return OUR_ERROR
