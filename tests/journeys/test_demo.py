"""The demo and its two by-ways, plot and report: gaps in the terminal, a page and results on disk."""

import re
import xml.etree.ElementTree as ET

import pytest

import ecoopt
from ecoopt.report import read_material
from ecoopt.report.lines import tables
from ecoopt.report.summary import percent

METHODS = ("greedy", "local-search", "lp", "fixed", "no-keep")
NAMES = ("roomy memory", "medium memory", "tight memory")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "made" / "here"


@pytest.fixture(scope="module")
def demo(folder):
    """A reduced demo, run once."""
    import contextlib
    import io

    from ecoopt.cli import main

    seen = io.StringIO()
    with contextlib.redirect_stdout(seen):
        code = main(["demo", "-o", str(folder), "--functions=15", "--hours=1.5", "--time-limit=5",
                     f"--methods={','.join(METHODS)}"])
    return code, seen.getvalue()


def test_the_demo_prints_the_gap_of_every_method_on_every_instance(demo, folder):
    code, out = demo
    assert code == 0
    found = tables(read_material([folder / "results.db"]))
    assert tuple(table.instance for table in found) == NAMES
    heads = next(line for line in out.splitlines() if "method" in line and "kind" in line)
    assert all(name in heads for name in NAMES)
    for method in METHODS:
        row = next(line for line in out.splitlines() if line.startswith(f"│{method} "))
        cells = [cell.strip() for cell in row.strip("│").split("│")]
        for table, cell in zip(found, cells[2:5], strict=True):
            line = table.line(method)
            assert cell.rstrip(" *") == percent(line.gap) if line.gap is not None else cell.startswith("(")
    assert f"{folder}/report.html\n{folder}/results.db" in out


def test_more_memory_never_costs(demo, folder):
    roomy, medium, tight = tables(read_material([folder / "results.db"]))
    assert roomy.best_bound <= medium.best_objective
    assert medium.best_bound <= tight.best_objective
    assert all(0 <= line.gap < 1 for t in (roomy, medium, tight) for line in t.lines if line.gap is not None)
    assert min(line.gap for line in tight.lines if line.gap is not None) < 0.05


def test_the_demo_leaves_a_page_and_results_that_make_it_again(demo, folder, cli, tmp_path):
    page = (folder / "report.html").read_text()
    assert all(f">{name}</h3>" in page for name in NAMES)
    assert page.count("<h3>Schedule of") == page.count("<h3>Incumbents and bounds over time<") == 3
    assert page.count('<details class="instance" open>') == 3
    done = cli("report", folder / "results.db", "-o", tmp_path / "again.html")
    assert done.code == 0
    assert "5 methods on 3 instances of keepalive." in done.out
    assert (tmp_path / "again.html").read_text() == page


def test_a_schedule_of_the_demo_is_scored_as_reported_and_drawn(demo, folder, cli, tmp_path):
    material = read_material([folder / "results.db"])
    digest, results = next(iter(material.groups().items()))
    instance = material.instance(digest)
    best = next(r for r in results if r.schedule is not None)
    assert ecoopt.evaluate(instance, best.schedule) == best.score
    ecoopt.write_instance(instance, tmp_path / "i.json")
    ecoopt.write_result(best, tmp_path / "r.json")
    done = cli("plot", tmp_path / "i.json", tmp_path / "r.json", "-o", tmp_path / "x.svg")
    assert done.code == 0
    assert done.err == ""
    assert done.out.startswith(f"{tmp_path / 'x.svg'}: Memory of waiting containers over 1.5 h,")
    assert ET.parse(tmp_path / "x.svg").getroot().tag.endswith("svg")


def test_a_demo_that_cannot_be_written_is_refused_before_it_runs(cli, tmp_path):
    (tmp_path / "file").write_text("")
    (line,) = cli("demo", "-o", tmp_path / "file").complaints
    assert re.search(r"is no folder and cannot be made: .*; choose another path", line)


@pytest.mark.parametrize(("arguments", "complaint"), [
    (("demo", "--methods=greddy"), "did you mean greedy?"), (("demo", "--functions=0"), "functions"),
    (("plot", "no.json", "no.json", "-o", "x.jpg"), "end the name in .svg, .png or .pdf"),
    (("plot", "no.json", "no.json", "-o", "x.svg"), "no.json: cannot be read"),
    (("plot", "no.json", "no.json"), "missing option '--output'"), (("report",), "missing argument"),
    (("report", "no.json"), "no.json: cannot be read"),
    (("report", "no.json", "-o", "no/x.html"), "there is no folder"),
])
def test_wrong_input_is_refused_in_a_line(cli, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    assert complaint in cli(*arguments).complaints[0]


def test_an_unknown_picture_is_named_with_those_there_are(cli, tmp_path):
    instance = ecoopt.generate("keepalive", functions=4, hours=1)
    ecoopt.write_instance(instance, tmp_path / "i.json")
    ecoopt.write_result(ecoopt.solve(instance, "greedy"), tmp_path / "r.json")
    files = (tmp_path / "i.json", tmp_path / "r.json", "-o", tmp_path / "x.png")
    (line,) = cli("plot", *files, "--picture=memry").complaints
    assert "did you mean memory?" in line
    assert not (tmp_path / "x.png").exists()


@pytest.mark.filterwarnings("default")
def test_a_schedule_that_breaks_rules_is_drawn_with_a_warning(cli, tmp_path):
    instance = ecoopt.generate("keepalive", functions=30, hours=2)
    result = ecoopt.solve(instance, "greedy")
    ecoopt.write_instance(instance.replace(pool_memory_gb=[1e-3, 1e-3]), tmp_path / "i.json")
    ecoopt.write_result(result, tmp_path / "r.json")
    done = cli("plot", tmp_path / "i.json", tmp_path / "r.json", "-o", tmp_path / "x.png")
    assert done.code == 0
    assert "was found for another instance" in done.err
    assert re.search(r"breaks \d+ rules", done.err)
    assert (tmp_path / "x.png").exists()
