"""The plugin of the speed benchmarks: collects ``bench_*.py``, times two sides in turn, and says what was met."""

from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict
from time import perf_counter
from typing import Any

import pytest

from benchmarks.speed import exponent, figures
from benchmarks.speed.exponent import LEAST_SIZES, PowerLaw
from benchmarks.speed.figures import Figure

Task = Callable[[], Any]

FIGURES = pytest.StashKey[list[Figure]]()
GROWTH = pytest.StashKey[dict[str, dict[int, float]]]()


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.hasplugin("benchmark"):
        raise pytest.UsageError("the speed benchmarks need pytest-benchmark; pip install pytest-benchmark")
    config.addinivalue_line("python_files", "bench_*.py")
    config.addinivalue_line("python_functions", "bench_*")
    config.addinivalue_line("markers", "ratio(at_least=, at_most=): times as fast, or as long, as every reference")
    config.addinivalue_line("markers", "ceiling(ms=): most milliseconds that a round, or a unit of it, may take")
    config.option.benchmark_quiet = True  # its table knows no references; --benchmark-verbose brings it back
    config.stash[FIGURES], config.stash[GROWTH] = [], defaultdict(dict)


@pytest.fixture
def race(benchmark: Any) -> Callable[..., list[Any]]:
    """A function that times ours and its references in turn, round by round, so that a busy machine slows both.

    ``race(ours, {"name": reference, ...}, rounds=3)`` returns what each of them returned last, ours first. Its
    references run in the first `reference_rounds` rounds, in all by default. Where a round is so many `units` of
    work, seconds are per unit; the references do as many, or `reference_units`.
    """
    def run(
        ours: Task, references: Mapping[str, Task] | None = None, *, rounds: int = 3,
        reference_rounds: int | None = None, units: int = 1, reference_units: int | None = None, unit: str = "",
    ) -> list[Any]:
        references = references or {}
        theirs: dict[str, list[float]] = {name: [] for name in references}
        results: dict[str, Any] = {}
        turns = iter(range(rounds if reference_rounds is None else reference_rounds))

        def time_references() -> None:
            timer = perf_counter if benchmark.stats is None else benchmark.stats.options["timer"]
            if next(turns, None) is None:
                return
            for name, reference in references.items():
                began = timer()
                result = reference()
                theirs[name].append(timer() - began)
                results[name] = result  # not before the clock has stopped, for it frees the last one

        benchmark.extra_info |= {
            "references_s": theirs, "units": units, "reference_units": reference_units or units, "unit": unit}
        mine = benchmark.pedantic(ours, setup=time_references, rounds=rounds)
        return [mine, *results.values()]

    return run


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Judge a case that has run: keep its figures, and fail it when one is missed."""
    done = yield
    benchmark = pyfuncitem.funcargs.get("benchmark")
    if benchmark is None or benchmark.stats is None:
        return done
    if "size" in benchmark.extra_info:
        pyfuncitem.config.stash[GROWTH][benchmark.group][benchmark.extra_info["size"]] = benchmark.stats["min"]
    found = judged(pyfuncitem, benchmark)
    pyfuncitem.config.stash[FIGURES] += found
    if missed := "; ".join(f"{figure}, wanted {figure.wanted}" for figure in found if figure.met is False):
        pytest.fail(missed, pytrace=False)
    return done


def judged(item: pytest.Function, benchmark: Any) -> list[Figure]:
    """Return a ratio for each reference, and what is said of the clock."""
    info, case = benchmark.extra_info, item.nodeid.rpartition("/")[2]
    limits = {name: mark.kwargs for name in ("ratio", "ceiling") if (mark := item.get_closest_marker(name))}
    ours_s, unit = benchmark.stats["min"] / info.get("units", 1), info.get("unit", "")
    found = [
        figures.ratio(case, ours_s, name, min(seconds) / info["reference_units"], unit, **limits.get("ratio", {}))
        for name, seconds in info.get("references_s", {}).items()]
    if "ratio" in limits and not found:
        pytest.fail("a ratio needs a race against a reference", pytrace=False)
    if "ceiling" in limits:
        found.append(figures.ceiling(case, ours_s, unit, **limits["ceiling"]))
    return found


def exponents(config: pytest.Config) -> dict[str, PowerLaw]:
    """Return the power law of every group that was timed at enough sizes."""
    return {
        group: exponent.fit(list(timed), list(timed.values()))
        for group, timed in config.stash[GROWTH].items() if len(timed) >= LEAST_SIZES}


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, benchmarks: Any, output_json: dict[str, Any]) -> None:
    """Add figures and exponents to what ``--benchmark-json`` writes."""
    output_json["figures"] = [asdict(figure) for figure in config.stash[FIGURES]]
    output_json["exponents"] = {group: asdict(law) for group, law in exponents(config).items()}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print both tables."""
    laws = exponents(config)
    for title, lines in (
        ("fastest rounds, sides timed in turn", figures.table(config.stash[FIGURES])),
        ("time = c * size^p, fitted over the larger half of the sizes", exponent.table(laws)),
    ):
        _, *rows = lines = list(lines)
        if rows:
            terminalreporter.section(title)
            terminalreporter.write("".join(f"{line}\n" for line in lines))
