"""Studies of the toy family: small, quick, and able to fail in every way."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecoopt.core.budget import Budget
from ecoopt.study.engine import Generated, Work


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a study file from its text."""

    def write(text: str, name: str = "s.toml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def work(faults: None) -> Callable[..., Work]:
    """Make a run on a toy instance."""
    import ecoopt

    def make(method: str, place: int = 0, *, seed: int = 0, seconds: float | None = None, jobs: int = 8,
             iterations: int | None = None, wall_limit_s: float | None = None, instance_seed: int = 1) -> Work:
        options = {"jobs": jobs, "seed": instance_seed}
        instance = ecoopt.generate("toy", **options)
        return Work(place, "toy", instance.name, instance.digest, Generated("toy", options), method,
                    Budget(seconds=seconds, iterations=iterations), seed, {}, wall_limit_s)

    return make


@pytest.fixture
def spawn_python(faults: None) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Run code in a process of its own, ended with the test at the latest."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
