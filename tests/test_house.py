"""The house: stairs only go down, rooms are small and documented, and the wheel holds all of them.

The laws are functions of a folder, so that each is shown to fail on a folder in which it is broken.
"""

import ast
import os
import subprocess
import sys
import textwrap
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
TOPS = {"ecoopt": "ecoopt", "formulations": "ecoopt.formulations", "heuristics": "ecoopt.heuristics",
        "instances": "ecoopt.instances"}
KNOWN = ("benchmarks", "benchmarks/bks", "benchmarks/sets")
"""What goes into the wheel of a folder whose other parts do not: instance sets and best-known values."""
FLOORS = {"ecoopt.core": 1, "ecoopt.instances": 2, "ecoopt.evaluate": 3, "ecoopt.formulations": 3,
          "ecoopt.heuristics": 3}
SOLVERS = frozenset({"pyomo", "highspy"})
LONGEST, LONGEST_MEDIAN = 450, 150


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of every module of the packages."""
    for top, package in TOPS.items():
        for path in sorted((root / top).rglob("*.py")):
            parts = path.relative_to(root / top).with_suffix("").parts
            yield ".".join((package, *parts)).removesuffix(".__init__"), path
    for place in KNOWN:
        if (path := root / place / "__init__.py").exists():
            yield f"ecoopt.{place.replace('/', '.')}", path


def room(name: str) -> str:
    """Return the room of floors 1 to 3 that a module belongs to, or ecoopt for floor 4."""
    return next((house for house in FLOORS if name == house or name.startswith(f"{house}.")), "ecoopt")


def floor(name: str) -> int:
    return FLOORS.get(room(name), 4)


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything imported, wherever in the file, by statement or by import_module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            elif node.module in ("ecoopt", *TOPS.values()):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            yield from ((node.lineno, a.value) for a in node.args
                        if isinstance(a, ast.Constant) and isinstance(a.value, str))


def broken_stairs(root: Path) -> list[str]:
    """Return every import that goes up, across floor 3, by a wrong name, or to a solver from where it must not."""
    broken = []
    for name, path in modules(root):
        for line, target in imported(ast.parse(path.read_text())):
            where, top = f"{path.relative_to(root)}:{line} imports {target}", target.partition(".")[0]
            if target.startswith("."):
                broken.append(f"{where}: name it in full")
            elif top in TOPS and top != "ecoopt":
                broken.append(f"{where}: it is ecoopt.{target}")
            elif top in SOLVERS and room(name) != "ecoopt.formulations":
                broken.append(f"{where}: solvers are behind formulations")
            elif top == "ecoopt" and floor(target) > floor(name):
                broken.append(f"{where}: from floor {floor(name)} up to {floor(target)}")
            elif top == "ecoopt" and floor(target) == floor(name) == 3 and room(target) != room(name):
                broken.append(f"{where}: the houses of floor 3 do not know each other")
    return broken


def solvers_imported_with_a_package(root: Path) -> list[str]:
    """Return the package files that import a solver as they are imported themselves."""
    found = []
    for _, path in modules(root):
        if path.name != "__init__.py":
            continue
        for node in ast.parse(path.read_text()).body:
            names = {target.partition(".")[0] for _, target in imported(node)} if isinstance(
                node, ast.Import | ast.ImportFrom) else set()
            if names & SOLVERS:
                found.append(f"{path.relative_to(root)}:{node.lineno}")
    return found


def unlisted_packages(root: Path) -> list[str]:
    """Return differences between the package list and the folders, folders without __init__, and data left out."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    listed = settings["packages"]
    there = {name for name, path in modules(root) if path.name == "__init__.py"}
    wrong = [f"{name} is not listed" for name in sorted(there - set(listed))]
    wrong += [f"{name} is listed and not there" for name in sorted(set(listed) - there)]
    wrong += [f"{path.parent.relative_to(root)} has no __init__.py" for _, path in modules(root)
              if not (path.parent / "__init__.py").exists()]
    patterns = settings.get("package-data", {})
    for top, package in TOPS.items():
        for path in sorted((root / top).rglob("*")):
            if not path.is_file() or path.suffix == ".py" or path.parent.name == "__pycache__":
                continue
            owner = ".".join((package, *path.parent.relative_to(root / top).parts))
            if not any(path.match(pattern) for pattern in patterns.get(owner, ())):
                wrong.append(f"{path.relative_to(root)} is in no package-data")
    for place in KNOWN[1:]:
        known = patterns.get(f"ecoopt.{place.replace('/', '.')}", ())
        for path in sorted((root / place).rglob("*")):
            if path.is_file() and path.suffix not in (".py", ".pyc") and not any(
                    path.relative_to(root / place).match(pattern) for pattern in known):
                wrong.append(f"{path.relative_to(root)} is in no package-data")
    return wrong


def oversized(root: Path) -> list[str]:
    """Return files over the limit, and the median where that is over its own."""
    sizes = {path.relative_to(root): len(path.read_text().splitlines()) for _, path in modules(root)}
    wrong = [f"{path} has {size} lines" for path, size in sizes.items() if size > LONGEST]
    middle = median(size for size in sizes.values() if size > 1)
    return wrong + ([f"the median file has {middle} lines"] if middle > LONGEST_MEDIAN else [])


def undocumented(root: Path) -> list[str]:
    """Return modules, public classes and public functions without docstring, and functions not fully annotated."""
    wrong = []
    for _, path in modules(root):
        tree = ast.parse(path.read_text())
        place = path.relative_to(root)
        if not ast.get_docstring(tree):
            wrong.append(f"{place} has no docstring")
        for owner, node in public(tree, ""):
            name = f"{place}:{node.lineno} {owner}{node.name}"
            if not ast.get_docstring(node) and not (node.name.startswith("__") and node.name.endswith("__")):
                wrong.append(f"{name} has no docstring")
            if isinstance(node, ast.ClassDef):
                continue
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            bare = [a.arg for a in every if a and a.annotation is None and a.arg not in ("self", "cls")]
            bare += [] if node.returns else ["return"]
            if bare:
                wrong.append(f"{name} lacks annotations of {', '.join(bare)}")
    return wrong


def public(scope: ast.Module | ast.ClassDef, owner: str) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    """Yield public classes and functions, those of public classes too."""
    for node in scope.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and (node.name == "__init__" or node.name[0] != "_"):
            yield owner, node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{owner}{node.name}.")


LAWS = (broken_stairs, solvers_imported_with_a_package, unlisted_packages, oversized, undocumented)


@pytest.mark.parametrize("law", LAWS)
def test_the_house_keeps_its_laws(law):
    assert law(ROOT) == []


def test_every_floor_is_looked_at():
    names = [name for name, _ in modules(ROOT)]
    assert {room(name) for name in names} == {*FLOORS, "ecoopt"}
    assert len(names) > 60


@pytest.fixture
def house(tmp_path):
    """A small house that keeps every law, and a way to add a file to it."""

    def add(path: str, content: str = "") -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'"""A room."""\n{textwrap.dedent(content)}')

    for top in TOPS:
        add(f"{top}/__init__.py")
    add("ecoopt/core/__init__.py")
    add("ecoopt/core/gap.py", 'def gap(a: float, /, *b: int, c: str = "", **d: str) -> float:\n    """Return it."""\n')
    add("ecoopt/evaluate/__init__.py", "from ecoopt.core.gap import gap\nfrom ecoopt import instances\n")
    add("formulations/milp.py", "import pyomo.environ\nfrom ecoopt.instances import x\n")
    add("ecoopt/solve.py", "from ecoopt.formulations import milp\nimport ecoopt.heuristics\nimport ecoopt.evaluate\n")
    (tmp_path / "pyproject.toml").write_text(textwrap.dedent("""
        [tool.setuptools]
        packages = ["ecoopt", "ecoopt.core", "ecoopt.evaluate", "ecoopt.formulations", "ecoopt.heuristics",
                    "ecoopt.instances"]
        [tool.setuptools.package-data]
        "ecoopt.instances" = ["*.csv"]
    """))
    (tmp_path / "instances" / "table.csv").write_text("1")
    for law in LAWS:
        assert law(tmp_path) == []
    return tmp_path, add


@pytest.mark.parametrize(("path", "content", "complaint"), [
    ("ecoopt/core/up.py", "from ecoopt.instances.carbon import CarbonTrace", "from floor 1 up to 2"),
    ("ecoopt/core/up.py", "from ecoopt import registry", "from floor 1 up to 4"),
    ("ecoopt/core/up.py", "import ecoopt", "from floor 1 up to 4"),
    ("instances/up.py", "def f():\n    import ecoopt.evaluate.keepalive", "from floor 2 up to 3"),
    ("instances/up.py", "if TYPE_CHECKING:\n    from ecoopt.heuristics import engines", "from floor 2 up to 3"),
    ("heuristics/up.py", "from ecoopt.solve import solve", "from floor 3 up to 4"),
    ("heuristics/across.py", "from ecoopt.formulations.keepalive import METHODS", "do not know each other"),
    ("formulations/across.py", "from ecoopt import evaluate", "do not know each other"),
    ("ecoopt/evaluate/across.py", "x = importlib.import_module('ecoopt.heuristics.engines')", "do not know each other"),
    ("ecoopt/evaluate/across.py", "x = import_module('ecoopt.formulations')", "do not know each other"),
    ("heuristics/bare.py", "from instances.carbon import CarbonTrace", "it is ecoopt.instances.carbon"),
    ("heuristics/relative.py", "from .engines import pso", "name it in full"),
    ("heuristics/solver.py", "import pyomo.environ as pyo", "solvers are behind formulations"),
    ("ecoopt/plot.py", "def f():\n    from highspy import Highs", "solvers are behind formulations"),
])
def test_a_forbidden_import_is_found(house, path, content, complaint):
    root, add = house
    add(path, content)
    broken = broken_stairs(root)
    assert len(broken) == 1
    assert broken[0].startswith(f"{path}:")
    assert complaint in broken[0]


def test_a_package_that_imports_a_solver_is_found(house):
    root, add = house
    add("formulations/__init__.py", "import highspy")
    assert solvers_imported_with_a_package(root) == ["formulations/__init__.py:2"]


def test_packages_and_data_left_out_of_the_wheel_are_found(house):
    root, add = house
    add("heuristics/engines/__init__.py")
    add("instances/carbon/zone.py")
    (root / "instances" / "carbon" / "zones.json").write_text("{}")
    (root / "formulations" / "__init__.py").unlink()
    add("benchmarks/__init__.py")
    add("benchmarks/speed/__init__.py")
    (root / "benchmarks" / "sets").mkdir()
    (root / "benchmarks" / "sets" / "toy.json").write_text("{}")
    assert unlisted_packages(root) == [
        "ecoopt.benchmarks is not listed",
        "ecoopt.heuristics.engines is not listed", "ecoopt.formulations is listed and not there",
        "formulations has no __init__.py", "instances/carbon has no __init__.py",
        "instances/carbon/zones.json is in no package-data", "benchmarks/sets/toy.json is in no package-data"]


def test_long_files_are_found(house):
    root, add = house
    add("instances/long.py", "x = 1\n" * LONGEST)
    assert oversized(root) == [f"instances/long.py has {LONGEST + 1} lines"]
    for k in range(20):
        add(f"instances/some{k}.py", "x = 1\n" * (LONGEST_MEDIAN + 5))
    assert oversized(root)[-1].startswith("the median file has")


@pytest.mark.parametrize(("content", "complaint"), [
    ("def f() -> None:\n    pass", "f has no docstring"), ("class A:\n    x = 1", "A has no docstring"),
    ("class A:\n    'A.'\n    def g(self) -> None:\n        pass", "A.g has no docstring"),
    ("def f(a, *b, c, **d):\n    'F.'", "f lacks annotations of a, c, b, d, return"),
    ("class A:\n    'A.'\n    def __init__(self, a) -> None:\n        pass", "A.__init__ lacks annotations of a"),
])
def test_what_lacks_words_or_types_is_found(house, content, complaint):
    root, add = house
    add("instances/bare.py", content)
    assert [line.partition(" ")[2] for line in undocumented(root)] == [complaint]
    (root / "instances" / "mute.py").write_text("x = 1\n")
    assert "instances/mute.py has no docstring" in undocumented(root)


def test_the_wheel_holds_every_module_and_nothing_else(tmp_path):
    builder = version("setuptools")
    if int(builder.partition(".")[0]) < 77:
        pytest.skip(f"setuptools {builder} cannot read the metadata; install setuptools>=77")
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in (*TOPS, KNOWN[0], "pyproject.toml", "README.md", "LICENSE"):
        os.symlink(ROOT / name, tree / name)
    code = f"from setuptools import build_meta; print(build_meta.build_wheel({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    held = {name for name in zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist() if ".dist-info/" not in name}
    wanted = {name.replace(".", "/") + ("/__init__.py" if path.name == "__init__.py" else ".py")
              for name, path in modules(ROOT)}
    assert {name for name in held if name.endswith(".py")} == wanted
    assert {name.partition("/")[0] for name in held} == {"ecoopt"}
    assert "ecoopt/py.typed" in held
