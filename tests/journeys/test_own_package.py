"""Somebody else's package, built as the tutorial says and installed in an environment of its own, is one of ours."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "own_method.rst"

if not PAGE.exists():
    pytest.skip("a wheel has no tutorials", allow_module_level=True)
if importlib.util.find_spec("pip") is None or importlib.util.find_spec("setuptools") is None:
    pytest.skip("installs a package with pip and setuptools", allow_module_level=True)


def captioned() -> dict[str, str]:
    """Return the files that the page shows, by name."""
    block = r"^\.\. code-block:: \w+\n   :caption: (\S+)\n\n((?:   .*\n|\n)+)"
    found = re.findall(block, PAGE.read_text(), re.MULTILINE)
    return {name: re.sub(r"^   ", "", text, flags=re.MULTILINE) for name, text in found}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment with ecoopt and the page's package, and a way to run commands in it."""
    place = tmp_path_factory.mktemp("own")
    for name, text in captioned().items():
        (place / name).write_text(text)
    venv.EnvBuilder(with_pip=False).create(place / "env")
    folder = "Scripts" if os.name == "nt" else "bin"
    python = place / "env" / folder / "python"
    site = next((place / "env").rglob("site-packages"))
    paths = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    (site / "outer.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in paths))
    install = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install",
               "--quiet", "--no-deps", "--no-build-isolation", "--no-index", str(place)]
    done = subprocess.run(install, capture_output=True, text=True, check=False, cwd=place)
    assert done.returncode == 0, done.stderr

    def run(command: str) -> str:
        words = shlex.split(command)
        assert words[0] == "ecoopt"
        code = "import sys; from ecoopt.cli import main; sys.exit(main())"
        done = subprocess.run([str(python), "-W", "ignore", "-c", code, *words[1:]], cwd=place, capture_output=True,
                              text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return place, run


def test_the_package_has_thirty_lines():
    files = captioned()
    lines = [line for name in ("pyproject.toml", "coin.py") for line in files[name].splitlines() if line.strip()]
    assert len(lines) <= 32


def test_the_commands_of_the_page_work_as_they_are_written(environment):
    place, run = environment
    lines = PAGE.read_text().splitlines()
    commands = [line.strip().removeprefix("$ ") for line in lines if line.startswith("   $ ecoopt")]
    assert len(commands) == 5
    said = {command.split()[1]: run(command) for command in commands}
    assert re.search(r"coin\s+│ heuristic │ Keep gaps by the toss of a coin\s+│ folklore", said["families"])
    assert "coin, seed 0" in said["solve"]
    assert re.search(r"│ coin \(heads=0\.9\)\s+│ 18/18", said["study"])
    assert "4 methods on 6 instances of keepalive" in said["report"]
    page = (place / "coin.html").read_text()
    assert "Does a coin do?" in page
    assert '<th scope="row">coin (heads=0.9)</th>' in page
    assert "Keep gaps by the toss of a coin" in page


def test_the_rows_of_the_study_know_the_package_and_its_version(environment):
    place, run = environment
    run("ecoopt study run coin.toml")
    run("ecoopt study export coin.db -o coin.json")
    rows = json.loads((place / "coin.json").read_text())["rows"]
    versions = {row["method"]: row["code_version"] for row in rows}
    assert versions["coin"].endswith(" + coin 1.0")
    assert "+" not in versions["greedy"]
    assert all(row["status"] in ("feasible", "optimal") for row in rows)


def test_options_of_the_method_are_checked_like_any(environment):
    _, run = environment
    run("ecoopt generate keepalive --functions 3 --hours 0.5 -o small.json")
    with pytest.raises(AssertionError, match=r"options of coin: heads: .*valid number"):
        run("ecoopt solve small.json --method coin --option heads=tails")
