"""Command lines in tests: run in this process, quickly, or in one of its own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ecoopt.cli import main


@dataclass
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines with which wrong input was refused, each checked to be such a line."""
        lines = self.err.splitlines()
        assert self.code == 2, self
        assert lines
        for line in lines:
            assert ": " in line
            assert "Traceback" not in line
            assert len(line) < 1000
        return lines


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run a command line in this process."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        seen = capsys.readouterr()
        return Done(code, seen.out, seen.err)

    return run


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a command line in a process of its own, ended with the test at the latest."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", "import sys; from ecoopt.cli import main; sys.exit(main())"]
        process = subprocess.Popen([*words, *map(str, arguments)], text=True,
                                   **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
