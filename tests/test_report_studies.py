"""Reports over many instances: tables, tests and figures say what the runs say, on the page and for a paper."""

import csv
import html
import io
import re
import shutil
import subprocess
from statistics import mean, median

import numpy as np
import pytest
from scipy import stats

import ecoopt
from ecoopt.comparison import Comparison
from ecoopt.core.errors import InputError
from ecoopt.core.method import Kind, Method
from ecoopt.metrics import friedman, paired_tests, tally
from ecoopt.report import Material, Report
from ecoopt.report.lines import tables
from ecoopt.report.sheet import Column, Sheet, shown
from ecoopt.report.sheets import sheets
from ecoopt.report.significance import Significance, statement

pytestmark = pytest.mark.usefixtures("toy")

INSTANCES, SEEDS = 8, (0, 1, 2)
METHODS = ("greedy", "random", "bound", "exact")


def one_try(instance, run, *, seed, start):
    """Fill in one random order."""
    from ecoopt_toy.methods import fill

    run.offer(*fill(instance, np.random.default_rng(seed).permutation(len(instance.cost_g))))
    return run.outcome()


def picky(instance, run, *, seed, start):
    """Find something on every second instance, crash on the others."""
    if int(instance.name.rpartition("s")[2]) % 2:
        raise ZeroDivisionError("odd")
    return one_try(instance, run, seed=seed, start=start)


OWN = tuple(Method("toy", name, Kind.HEURISTIC, name, "here", f"{__name__}:{name}") for name in ("one_try", "picky"))


@pytest.fixture(scope="module")
def material(toy):
    instances = [ecoopt.generate("toy", jobs=14, seed=seed) for seed in range(INSTANCES)]
    results = [ecoopt.solve(i, method, seed=seed, iterations=20) for i in instances for method in METHODS
               for seed in SEEDS]
    tasks = []
    for instance in instances:
        for method in OWN:
            method.__dict__["function"] = globals()[method.name]
            tasks += [ecoopt.solve(instance, method, seed=seed) for seed in SEEDS]
    return Material.of([*results, *tasks], instances)


@pytest.fixture(scope="module")
def report(material):
    return Report.of(material, "Toys")


@pytest.fixture(scope="module")
def rows(material):
    return Comparison.of(material.results).rows


def sheet(report, name):
    found = {one.name: one for one in sheets(report.overviews[0], report.tests[0])}
    return found[f"toy-{name}"]


def column(found, head):
    place = [c.head for c in found.columns].index(head)
    return {row[0]: row[place] for row in found.rows}


def test_the_gap_table_holds_the_statistics_of_the_runs(report, rows):
    found = sheet(report, "gaps")
    assert next(iter(column(found, "kind"))) == "exact"
    for method in ("greedy", "random", "exact", "one_try"):
        own = [row for row in rows if row.method == method]
        per_instance = [mean(r.gap for r in own if r.instance_digest == d)
                        for d in dict.fromkeys(r.instance_digest for r in own)]
        assert column(found, "mean gap %")[method] == pytest.approx(mean(per_instance), abs=1e-15)
        assert column(found, "median gap %")[method] == pytest.approx(median(per_instance), abs=1e-15)
        assert column(found, "worst gap %")[method] == max(r.gap for r in own)
        assert column(found, "solved")[method] == f"{INSTANCES}/{INSTANCES}"
        assert column(found, "proven optimal %")[method] == mean(r.status == "optimal" for r in own)
        low, high = column(found, "95 % interval of the mean")[method]
        assert low <= mean(per_instance) + 1e-15
        assert high >= mean(per_instance) - 1e-15
    assert "bound" not in column(found, "mean gap %")


def test_what_a_method_did_not_solve_is_told_and_not_averaged(report, rows):
    found = sheet(report, "gaps")
    assert column(found, "solved")["picky"] == f"{INSTANCES // 2}/{INSTANCES}"
    assert column(found, "failed runs")["picky"] == 3 * INSTANCES // 2
    assert column(found, "failed runs")["greedy"] == 0
    gaps = [row.gap for row in rows if row.method == "picky" and row.gap is not None]
    assert column(found, "mean gap %")["picky"] == pytest.approx(mean(gaps))


def test_bounds_have_a_table_of_their_own(report, rows):
    found = sheet(report, "bounds")
    assert list(column(found, "mean distance %")) == ["exact", "bound"]
    distances = [abs(r.best_objective - r.bound) / abs(r.best_objective) for r in rows if r.method == "bound"]
    assert column(found, "mean distance %")["bound"] == pytest.approx(mean(distances))
    assert column(found, "worst distance %")["bound"] == max(distances)


def test_the_tests_are_those_of_scipy_on_medians_over_seeds(report, rows):
    found, tests = sheet(report, "tests"), report.tests[0]
    digests = list(dict.fromkeys(row.instance_digest for row in rows))

    def medians(method):
        return [median(r.behind_best for r in rows if (r.method, r.instance_digest) == (method, d)) for d in digests]

    exact, one = np.array(medians("exact")), np.array(medians("one_try"))
    expected = stats.wilcoxon(np.round(exact, 9) - np.round(one, 9))
    assert column(found, "p")["one_try"] == pytest.approx(expected.pvalue)
    assert column(found, "wins of the best")["one_try"] == int((one > exact + 1e-6).sum())
    assert column(found, "median difference %")["one_try"] == pytest.approx(median(one - exact), abs=1e-8)
    assert tests.names[tests.best] == "exact"
    holm = [p for p in column(found, "p, Holm").values() if p is not None]
    assert all(p <= q for p, q in zip((p for p in column(found, "p").values() if p is not None), holm, strict=True))


def test_the_statement_names_the_best_and_what_cannot_be_told_from_it(report):
    text = statement(report.tests[0])
    assert text.startswith("exact ranks best")
    assert "over 8 instances" in text
    assert all((name in text) == (name in report.tests[0].equals) for name in ("greedy", "random", "one_try", "picky"))
    assert text in report.summary()


def test_every_method_on_every_instance_has_its_gap(report, rows):
    found = sheet(report, "instances")
    assert len(found.rows) == INSTANCES
    for name in ("greedy", "exact"):
        for instance, gap in column(found, name).items():
            assert gap == pytest.approx(mean(r.gap for r in rows if (r.method, r.instance) == (name, instance)))


def test_few_instances_are_not_tested(material):
    digests = list(material.groups())[:4]
    few = Report.of(Material.of(r for r in material.results if r.instance_digest in digests))
    assert few.tests == (None,)
    assert "ranks best" not in few.summary()


def test_instances_too_few_for_so_many_methods_are_said_to_be_that(material):
    copies = {name: [r for r in material.results if r.method == name] for name in ("greedy", "exact")}
    digests = list(material.groups())[:6]
    many = [r.replace(label=f"greedy {k}") for k in range(3) for r in copies["greedy"]] + copies["exact"]
    chosen = [r for r in many if r.instance_digest in digests]
    report = Report.of(Material.of(chosen))  # 6 instances, 4 methods: 2^-5 * 3 > 0.05
    tests = report.tests[0]
    assert tests.pairs == ()
    assert "6 instances are too few to tell 4 methods apart" in statement(tests)
    assert all((name in statement(tests)) == (name in tests.behind) for name in tests.names if name != "exact")
    found = sheet(report, "tests")
    assert set(column(found, "p").values()) == {None}
    assert column(found, "wins of the best")["greedy 1"] == int(tests.tally.wins[tests.best, 1])
    assert "too few instances for Wilcoxon's" in found.caption
    fewer = Report.of(Material.of(r for r in chosen if r.name != "greedy 2"))  # 2^-5 * 2 > 0.05 still
    assert fewer.tests[0].pairs == ()
    two = Report.of(Material.of(r for r in chosen if r.name in ("greedy 0", "exact")))  # 2^-5 < 0.05
    assert len(two.tests[0].pairs) == 1


def test_a_best_mean_rank_that_the_signed_ranks_speak_against_is_said():
    size = np.arange(100) / 1000
    often = np.where(np.arange(100) < 55, 1 - size / 100, 9 + size)  # a little better often, far worse else
    values = np.column_stack([often, np.full(100, 1.0), 1 + 0.001 * (-1.0) ** np.arange(100) / 10])
    pairs, ranks = tuple(paired_tests(values, against=0)), friedman(values)
    found = Significance(("often", "steady", "other"), 100, tally(values), ranks, 0, pairs)
    assert ranks.mean_ranks.argmin() == 0
    assert all(pair.holm_p_value < 0.05 and pair.median_difference > 0 for pair in pairs)  # of the other less often
    assert found.better == ("steady", "other")
    assert "often ranks best on average, although the signed ranks favour steady and other" in statement(found)


def test_mean_ranks_without_friedman_tell_nothing_apart():
    values = np.tile([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]], (2, 1))
    found = Significance(("a", "b", "c"), 6, tally(values), friedman(values), 0, ())
    assert found.ranks.p_value >= 0.05
    assert found.behind == ()
    clear = np.tile([[1.0, 2.0, 3.0]], (9, 1))
    assert Significance(("a", "b", "c"), 9, tally(clear), friedman(clear), 0, ()).behind == ("c",)


def test_methods_that_ran_on_some_instances_alone_are_tested_where_all_ran(material):
    digests = list(material.groups())
    results = [r for r in material.results if r.method != "random" or r.instance_digest in digests[:6]]
    assert Report.of(Material.of(results)).tests[0].instances == 6


def test_the_page_shows_every_figure_and_folds_its_instances(report):
    text = report.html(pictured=2)
    for heading in ("Gaps to the best proven bound", "Share of runs within a gap", "Time to within 1 %",
                    "Performance profile of the time", "Mean ranks, and what cannot be told apart",
                    "Share of instances on which the row beats the column", "alone</h3>", "Primal gap over time"):
        assert heading in text, heading
    assert text.count('<details class="instance">') == INSTANCES
    assert text.count("Incumbents and bounds over time") == 2
    assert "open" not in re.findall(r"<details[^>]*>", text)[0]


def test_the_page_draws_the_instances_with_the_most_left_open(material):
    open_ones = Material.of(r for r in material.results if r.method != "exact")
    left = {t.instance: min(line.gap for line in t.lines if line.gap is not None) for t in tables(open_ones)}
    parts = Report.of(open_ones).html(pictured=3).split('<details class="instance">')[1:]
    drawn = {re.search(r"<h3 id=\S+>(\S+)</h3>", part)[1] for part in parts if "Incumbents and bounds" in part}
    assert drawn == set(sorted(left, key=left.get)[-3:])


def test_many_instances_have_no_table_across(material):
    one = [r for r in material.results if r.method in ("greedy", "exact") and r.seed == 0]
    many = [r.replace(instance_digest=f"{k:064x}", instance_name=f"copy {k}") for k in range(45) for r in one[:2]]
    text = Report.of(Material.of(many)).html(pictured=0)
    assert 'aria-label="toy-gaps"' in text
    assert 'aria-label="toy-instances"' not in text


def test_a_paper_has_every_figure_twice_and_every_table_twice(report, tmp_path):
    names = report.write_paper(tmp_path / "made")
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == sorted(names)
    stems = {name.rpartition(".")[0] for name in names if name.endswith(".svg")}
    assert stems >= {"toy-gaps", "toy-profile", "toy-ranks", "toy-wins", "toy-progress", "toy-gap-distribution",
                     "toy-time-to-target"}
    for stem in stems:
        assert (tmp_path / "made" / f"{stem}.pdf").read_bytes().startswith(b"%PDF")
    assert {name for name in names if name.endswith(".tex")} == {
        f"toy-{part}.tex" for part in ("gaps", "bounds", "tests", "instances")}
    found = sheet(report, "gaps")
    written = list(csv.DictReader(io.StringIO((tmp_path / "made" / "toy-gaps.csv").read_text())))
    assert [float(row["mean gap"]) for row in written] == list(column(found, "mean gap %").values())
    assert [head for head in written[0] if head.endswith("%")] == []
    assert float(written[0]["95 % interval of the mean low"]) == column(found, "95 % interval of the mean")["exact"][0]


def test_latex_is_booktabs_and_nothing_in_it_is_taken_for_a_command():
    table = Sheet("t", "100 % of_it & more", (Column("a_b"), Column("gap %", "share"), Column("p", "probability")),
                  ((r"x\y{z}~^#$", 0.0123, 1e-9), ("plain", None, 0.5)))
    text = table.latex()
    assert text.count(r"\toprule") == text.count(r"\midrule") == text.count(r"\bottomrule") == 1
    assert r"\begin{tabular}{lrr}" in text
    assert r"100 \% of\_it \& more" in text
    assert r"x\textbackslash{}y\{z\}\textasciitilde{}\textasciicircum{}\#\$ & 1.23 & $<$ 0.0001 \\" in text
    assert r"plain & -- & 0.50 \\" in text


@pytest.mark.parametrize(("value", "holds", "text"), [
    (None, "share", "–"), (float("nan"), "share", "–"), (0.5, "share", "50.00"),
    ((0.1, 0.2), "interval", "10.00 to 20.00"), ((float("nan"), 1.0), "interval", "–"), (3, "count", "3"),
    (12345.678, "seconds", "12,346"), (1.234, "seconds", "1.23"),
    (0.00001, "probability", "< 0.0001"), (0.0123, "probability", "0.0123"), (1e-12, "share", "0")])
def test_values_are_written_as_what_they_are(value, holds, text):
    assert shown(value, holds) == text


def test_a_folder_that_cannot_be_made_is_refused(report, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is no folder and cannot be made"):
        report.write_paper(tmp_path / "file")


def test_the_command_writes_page_and_paper(report, material, tmp_path, capsys):
    from ecoopt.cli import main

    paths = []
    for k, result in enumerate(material.results[:24]):
        paths.append(str(tmp_path / f"{k}.json"))
        ecoopt.write_result(result, paths[-1])
    code = main(["report", *paths, "-o", str(tmp_path / "r.html"), "--paper", str(tmp_path / "paper"), "--target=0.05"])
    assert code == 0
    assert "toy-gaps.tex" in capsys.readouterr().out
    assert "within 5 % on %" in (tmp_path / "r.html").read_text()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium as chromium on the path")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_opens_in_a_browser_without_complaints(report, tmp_path, width):
    page = tmp_path / "r.html"
    report.write(page)
    # A page with an error of its own shows that complaints are heard.
    (tmp_path / "wrong.html").write_text("<html><body><script>console.error('heard'); nothing()</script></body></html>")

    def complaints(path):
        done = subprocess.run(
            [shutil.which("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", f"--window-size={width},900",
             "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=120, check=False)
        assert "<body" in done.stdout, done.stderr
        return [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    assert len(complaints(tmp_path / "wrong.html")) == 2
    assert complaints(page) == []


def test_two_families_are_two_chapters(material):
    instance = ecoopt.generate("keepalive", functions=4, hours=0.5)
    both = Material.of([*material.results, ecoopt.solve(instance, "greedy"), ecoopt.solve(instance, "lp")], [instance])
    report = Report.of(both)
    assert [overview.family for overview in report.overviews] == ["toy", "keepalive"]
    text = report.html(pictured=1)
    assert re.findall(r'<h2 id="(\w+)">', text) == ["toy", "keepalive"]
    assert '<nav aria-label="Families">' in text
    assert statement(report.tests[0]) in html.unescape(text)
