"""Lint: ruff over every Python file, mypy --strict over every module of the package, and a proof that none is missed.

Three of the package's folders lie at the top of the repository under other names than they are imported by, which mypy
cannot follow. So it is shown a tree of links in which everything lies where Python finds it.

    python tools/lint.py [ruff] [mypy]        exit code 0 clean, 1 findings, 2 the linters looked at too few files
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TREE = Path("build") / "typecheck"
MOVED = ("formulations", "heuristics", "instances")
FOLDERS = ("benchmarks", "docs", "ecoopt", "tests", "tools", *MOVED)


def main(chosen: Iterable[str]) -> int:
    """Run the linters asked for, both by default, and return the worst exit code."""
    wanted = list(chosen) or ["ruff", "mypy"]
    if unknown := [name for name in wanted if name not in ("ruff", "mypy")]:
        return _complain(f"no linter {', '.join(unknown)}; give ruff, mypy or nothing")
    return max({"ruff": ruff, "mypy": mypy}[name]() for name in wanted)


def ruff() -> int:
    """Check every Python file there is outside of what git ignores."""
    expected = {file for folder in FOLDERS for file in _sources(ROOT / folder)}
    shown = _run(sys.executable, "-m", "ruff", "check", "--show-files", ".").stdout.splitlines()
    if missed := expected - {Path(line) for line in shown if line.endswith(".py")}:
        return _complain(f"ruff does not look at {len(missed)} files, {min(missed).relative_to(ROOT)} among them")
    found = _run(sys.executable, "-m", "ruff", "check", "--output-format=concise", ".")
    print(found.stdout.rstrip(), f"(ruff, {len(expected)} files)")
    return 1 if found.returncode else 0


def mypy() -> int:
    """Check the package as it is imported, and that mypy has seen each of its modules."""
    expected = len({file for folder in ("ecoopt", *MOVED) for file in _sources(ROOT / folder)})
    _link_tree()
    found = _run(sys.executable, "-m", "mypy", "--strict", "-p", "ecoopt", MYPYPATH=str(TREE))
    *lines, summary = found.stdout.splitlines() or [""]
    print(*map(_where_it_lies, lines), f"{summary} (mypy --strict)", sep="\n")
    count = re.search(r"(?:no issues found in|checked) (\d+) source files?", summary)
    if count is None or int(count[1]) != expected:
        return _complain(f"the package has {expected} modules, of which mypy says: {summary} {found.stderr.strip()}")
    return 1 if found.returncode else 0


def _link_tree() -> None:
    """Make the tree anew: a folder of the package's name with a link to each of its parts."""
    home = ROOT / TREE / "ecoopt"
    home.mkdir(parents=True, exist_ok=True)
    for link in home.iterdir():
        link.unlink()
    parts = [part for part in (ROOT / "ecoopt").iterdir() if part.name != "__pycache__"]
    for part in [*parts, *(ROOT / name for name in MOVED)]:
        (home / part.name).symlink_to(part, target_is_directory=part.is_dir())


def _where_it_lies(line: str) -> str:
    """Return a line of mypy's with the path that the file has in the repository."""
    path = line.removeprefix(f"{TREE.as_posix()}/")
    inside = path.removeprefix("ecoopt/")
    return inside if inside.split("/")[0] in MOVED else path


def _sources(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*.py") if not {"_build", "generated"} & set(file.parts)]


def _run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def _complain(message: str) -> int:
    print(f"lint: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
