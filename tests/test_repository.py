"""The repository: what its pages promise is there, versions agree, and nothing names a place that others have not."""

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecoopt import __version__

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.rst")])
TUTORIALS = sorted([ROOT / "README.md", *(ROOT / "docs" / "tutorials").glob("*.rst")])

# Written in parts, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a registry's host": "|".join(re.escape(f"{name}.{top}") for name, top in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("anaconda", "org"),
        ("crates", "io"), ("rubygems", "org"), ("golang", "org"), ("maven", "org"))),
    "a folder of somebody's machine": r"(?<![\w.}/-])/(" + "|".join(("home", "root", "work", "Users", "mnt")) + r")/\w",
    "a mark of unfinished work": "|".join((r"\b" + "TO" + r"DO\b", "FIX" + "ME", "X" * 3 + r"\b", "lorem" + " ipsum")),
}


def sources() -> list[Path]:
    """Return every file that is part of the repository, or about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("without git nobody knows which files are the repository's")
    listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True,
                             check=True).stdout.decode()
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def setting(*path: str) -> object:
    found: object = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for key in path:
        assert isinstance(found, dict)
        found = found[key]
    return found


def hits(pattern: str, text: str) -> list[str]:
    return [match[0] for match in re.finditer(pattern, text)]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what):
    found = []
    for path in sources():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit}" for hit in hits(FORBIDDEN[what], text)]
    assert not found, f"{what} is named"


@pytest.mark.parametrize(("what", "text"), [
    ("a registry's host", "see https://py" + "pi.org/project"),
    ("a folder of somebody's machine", "open('/ho" + "me/me/x')"),
    ("a folder of somebody's machine", "cd /wo" + "rk/main"), ("a mark of unfinished work", "# TO" + "DO: later"),
])
def test_what_is_forbidden_would_be_found(what, text):
    assert len(hits(FORBIDDEN[what], text)) == 1


def test_nothing_generated_or_large_is_kept():
    names = [path.relative_to(ROOT).as_posix() for path in sources()]
    by_machines = r"(^|/)(\.coverage|__pycache__|dist|build|_build)(/|\.|$)|\.log$"
    generated = [name for name in names if re.search(by_machines, name)]
    large = [path.name for path in sources() if path.stat().st_size > 500_000]
    assert (generated, large) == ([], [])


def test_all_places_that_name_the_version_agree():
    newest = re.search(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    cited = re.search(r"^version: (\S+)", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert newest is not None
    assert cited is not None
    assert {__version__, setting("project", "version"), newest[1], cited[1]} == {__version__}


def test_every_dependency_has_its_line_and_every_line_its_dependency():
    required = setting("project", "dependencies")
    assert isinstance(required, list)
    page = (ROOT / "docs" / "dependencies.md").read_text().partition("Extras")[0]
    listed = set(re.findall(r"^\| ([a-z]\w+) \|", page, re.MULTILINE)) - {"package"}
    assert listed == {re.split(r"[<>=!\[]", name)[0] for name in required}


def test_the_licence_is_the_one_that_is_declared():
    assert setting("project", "license") == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text


def test_continuous_integration_runs_everything():
    steps = re.findall(r"^step (.*?)(?:  #.*)?$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    began = [" ".join(step.split()[:2]) for step in steps]
    assert began == ["make demo", "make lint", "make test", "make docs", "bash .ci/wheel"]
    assert all(os.access(ROOT / ".ci" / name, os.X_OK) for name in ("run", "wheel"))


def blocks(path: Path, *languages: str) -> Iterator[str]:
    """Yield the code blocks of a page in Markdown or reStructuredText."""
    text = path.read_text(encoding="utf-8")
    names = "|".join(languages)
    if path.suffix == ".md":
        yield from re.findall(rf"^```(?:{names})\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        return
    for match in re.finditer(rf"^\.\. code-block:: (?:{names})\n\n((?:   .*\n|\n)+)", text, re.MULTILINE):
        yield re.sub(r"^   ", "", match[1], flags=re.MULTILINE)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield every command that a page tells people to type, with its page."""
    for page in PAGES:
        for block in blocks(page, "sh", "console", "bash"):
            for line in block.splitlines():
                words = shlex.split(line.removeprefix("$ "), comments=True)
                if words and (page.suffix == ".md" or line.startswith("$ ")):
                    yield page.name, words


def test_every_make_target_that_a_page_names_exists():
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[1] for _, words in commands() if words[0] == "make"}
    assert {"demo", "test"} <= named <= rules
    assert {"demo", "test", "lint", "bench", "docs", "clean"} <= rules


def test_every_command_that_a_page_names_exists_with_its_options():
    from typer.main import get_command

    from ecoopt import registry
    from ecoopt.cli._app import application

    group = get_command(application())
    checked = set()
    for page, words in commands():
        if words[0] != "ecoopt":
            continue
        name, rest, found = words[1], words[2:], group.commands.get(words[1])
        if hasattr(found, "commands"):
            found, rest = found.commands.get(words[2]), words[3:]
        assert found is not None, f"{page}: {' '.join(words)}"
        known = {option for p in found.params for option in p.opts} | {"--help"}
        if name == "generate":
            fields = registry.family(rest[0]).generator_options.model_fields
            known |= {f"--{field.replace('_', '-')}" for field in fields}
        unknown = [word for word in rest if word.startswith("-") and word not in known]
        assert not unknown, f"{page}: ecoopt {name} {' '.join(unknown)}"
        checked.add(name)
    assert checked >= {"generate", "solve", "evaluate", "compare", "study", "bks"}


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda path: path.name)
def test_the_python_of_a_page_runs(page, tmp_path):
    code = "\n\n".join(blocks(page, "python"))
    assert code
    functions = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    tests = [name for name in functions if name.startswith("test_")]
    script = tmp_path / "tutorial.py"
    script.write_text(code + "".join(f"\n{name}()" for name in tests) + "\n")
    # Run as a module of its own, for a tutorial's method is found by its module's name.
    done = subprocess.run([sys.executable, "-W", "error", "-c", "import tutorial"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_link_within_the_repository_leads_somewhere():
    broken = []
    for page in PAGES:
        if page.suffix == ".md":
            links = re.findall(r"\]\(([^)#:\s]+)\)", page.read_text())
            broken += [f"{page.name}: {link}" for link in links if not (page.parent / link).exists()]
    assert broken == []


def test_the_lint_overlooks_no_file():
    done = subprocess.run([sys.executable, "tools/lint.py", "ruff"], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode in (0, 1), done.stderr
    assert re.search(r"\(ruff, \d{3,} files\)", done.stdout)
