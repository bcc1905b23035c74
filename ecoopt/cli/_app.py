"""The application: a module beside this one is a command, a package a group; what is raised becomes an exit code."""

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

_ORDER = ("families", "demo", "generate", "import", "info", "validate", "solve", "evaluate", "compare", "study", "run")
_HOME = "ecoopt.cli"
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

    _add_commands(app, _HOME)
    return app


def _add_commands(app: typer.Typer, package: str) -> None:
    """Add the commands of a package, and the groups that its packages are."""
    for name, module_name, is_group in _commands(package):
        module = import_module(module_name)
        if is_group:
            group = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
                                no_args_is_help=False)
            group.callback(help=module.__doc__, invoke_without_command=True)(_show_help)
            _add_commands(group, module_name)
            app.add_typer(group, name=name)
        else:
            settings: dict[str, Any] = getattr(module, "SETTINGS", {})
            app.command(name, **settings)(module.command)


def _show_help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


def _commands(package: str) -> list[tuple[str, str, bool]]:
    """Return name, module and whether it is a group, for the modules of a package without an underscore before them.

    The name of a module that would be a keyword of Python ends in an underscore, which is none of the command's.
    """
    found = [(m.name.rstrip("_"), f"{package}.{m.name}", m.ispkg)
             for m in pkgutil.iter_modules(import_module(package).__path__) if not m.name.startswith("_")]
    return sorted(found, key=lambda entry: (_ORDER.index(entry[0]) if entry[0] in _ORDER else len(_ORDER), entry[0]))


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
