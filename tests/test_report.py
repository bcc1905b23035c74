"""Reports: what the results say and nothing else, as one page that needs nothing else."""

import io
import json
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.status import Status
from ecoopt.report import Material, Report, read_material
from ecoopt.report.lines import tables
from ecoopt.report.matrix import gap_matrix, matrix_cell, sorted_methods
from ecoopt.report.numbers import number_text, percent
from ecoopt.report.summary import summary

pytestmark = pytest.mark.usefixtures("toy")

VOID = {"meta", "br", "hr", "img", "link", "input"}


@pytest.fixture(scope="module")
def small(toy):
    """Two instances of a family without pictures, every method, two seeds."""
    instances = [ecoopt.generate("toy", jobs=8, seed=seed) for seed in (0, 1)]
    results = [ecoopt.solve(i, method, seed=seed, iterations=20) for i in instances
               for method in ("greedy", "random", "bound", "exact") for seed in (0, 1)]
    return Material.of(results, instances)


@pytest.fixture(scope="module")
def store(toy, tmp_path_factory):
    """A study of two toy instances, two seeds."""
    from ecoopt.study.run import run_study, store_path

    path = tmp_path_factory.mktemp("report") / "s.toml"
    path.write_text("""
        name = "Toys"
        description = "Two of them."
        seeds = 2
        [budget]
        iterations = 20
        [workers]
        jobs = 1
        warm_up = false
        [[instances]]
        family = "toy"
        options = { jobs = 8 }
        seeds = 2
        [[methods]]
        names = ["greedy"]
        [[methods]]
        names = ["random"]
        options = { shuffles = 3 }
        label = "few"
        [[methods]]
        names = ["random", "bound", "exact"]
    """)
    run_study(path)
    return store_path(path)


@pytest.fixture(scope="module")
def keepalive(toy):
    """A family with pictures and a trade-off."""
    instance = ecoopt.generate("keepalive", functions=12, hours=1, seed=2)
    return Material.of([ecoopt.solve(instance, name) for name in ("lp", "greedy", "fixed", "ecolife")], [instance])


class Page(HTMLParser):
    """A page taken apart; tags must close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.words += text

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


# Material


def test_single_files_add_up_and_twice_counts_once(small, tmp_path):
    paths = [tmp_path / f"{k}.json" for k in range(len(small.results) + 1)]
    for path, result in zip(paths, small.results, strict=False):
        ecoopt.write_result(result, path)
    instance = ecoopt.generate("toy", jobs=8, seed=0)
    ecoopt.write_instance(instance, paths[-1])
    found = read_material([*paths, paths[0]])
    assert found.results == small.results
    assert found.instance(instance.digest) == instance
    assert found.instance("0" * 64) is None


def test_a_store_gives_its_runs_with_their_names_and_the_best_schedules(store, small):
    found = read_material([store])
    assert (found.name, found.description) == ("Toys", "Two of them.")
    assert [r.name for r in found.results[:3]] == ["greedy", "greedy", "few"]
    for digest, group in found.groups().items():
        kept = [r for r in group if r.schedule is not None]
        assert len(kept) == 1
        assert kept[0].objective == min(r.objective for r in group if r.objective is not None)
        assert found.instance(digest).digest == digest
    assert found.machines[0]["cores"] >= 1
    assert read_material(store).results == found.results
    both = read_material([store, store])
    assert both.results == found.results
    assert both.machines == found.machines
    assert both.name == ""


def test_a_comparison_gives_the_same_gaps(small, tmp_path):
    instances = [ecoopt.generate("toy", jobs=8, seed=seed) for seed in (0, 1)]
    comparison = ecoopt.compare(instances, ["greedy", "bound"], iterations=20)
    comparison.to_json(tmp_path / "c.json")
    found = tables(read_material([tmp_path / "c.json"]))
    assert [line.gap for table in found for line in table.lines] == [row.gap for row in comparison.rows]


@pytest.mark.parametrize(("content", "complaint"), [
    ([], "is not an object"), ({"document": "comparison", "rows": 3}, "rows: "),
    ({"document": "comparison", "schema_version": 1, "rows": []}, "holds no result"),
    ({"family": "toy", "document": "result"}, "schema_version: missing"), ({"a": 1}, "family: missing"),
])
def test_files_that_are_something_else_are_refused(tmp_path, content, complaint):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=complaint) as caught:
        read_material([path])
    assert all(line.startswith(str(path)) for line in str(caught.value).splitlines())


def test_problems_of_several_files_are_reported_at_once(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError) as caught:
        read_material([tmp_path / "a.json", tmp_path / "b.json"])
    assert [("a.json" in p.field, "b.json" in p.field) for p in caught.value.problems] == [(True, False), (False, True)]


# Tables and sentences


def test_every_gap_is_to_the_best_proven_bound_of_the_instance(small):
    for table, (_, group) in zip(tables(small), small.groups().items(), strict=True):
        bound = max(r.bound for r in group if r.bound is not None)
        assert table.best_bound == bound
        for line in table.lines:
            own = [r for r in group if r.method == line.method]
            assert line.runs == len(own) == 2
            if line.objective is not None:
                gaps = [abs(r.objective - bound) / abs(r.objective) for r in own]
                assert line.gap == pytest.approx(sum(gaps) / 2, abs=1e-12)
                assert line.worst_gap == pytest.approx(max(gaps), abs=1e-12)


def test_a_bound_alone_stands_in_brackets_and_a_proof_has_an_asterisk(small):
    table = tables(small)[0]
    assert re.fullmatch(r"\(\d.*\)", matrix_cell(table, table.line("bound")))
    assert matrix_cell(table, table.line("exact")) == "0 *"
    assert matrix_cell(table, None) == ""
    assert matrix_cell(table, table.line("greedy")) == percent(table.line("greedy").gap)


def test_the_matrix_names_every_method_and_instance_by_rising_gap(small):
    stream = io.StringIO()
    Console(width=200, file=stream).print(gap_matrix(tables(small)))
    text = stream.getvalue()
    order = [name for name, _ in sorted_methods(tables(small))]
    assert re.findall(r"^│(greedy|random|bound|exact) ", text, re.MULTILINE) == order
    assert order[:2] == ["bound", "exact"]
    assert all(table.instance in text for table in tables(small))


def test_runs_that_are_no_seeds_of_one_another_have_names_that_say_so():
    instance = ecoopt.generate("toy", jobs=8, seed=0)
    runs = [ecoopt.solve(instance, "random", seed=seed, iterations=iterations, shuffles=shuffles)
            for seed in (0, 1) for iterations, shuffles in ((2, 3), (9, 3), (9, 5))]
    runs.append(ecoopt.solve(instance, "greedy"))
    found = Material.of([*runs, *(run.replace(schedule=None) for run in runs)], [instance])
    assert [run.schedule is None for run in found.results] == [False] * 7
    assert [line.method for line in tables(found)[0].lines] == [
        "random (shuffles=3, iterations=2)", "random (shuffles=3, iterations=9)", "random (shuffles=5, iterations=9)",
        "greedy"]
    assert [line.runs for line in tables(found)[0].lines] == [2, 2, 2, 1]
    plain = ecoopt.solve(instance, "random", iterations=4)
    fields = ecoopt.registry.method("toy", "random").options_model.model_fields
    said = ecoopt.solve(instance, "random", iterations=4, **{name: field.default for name, field in fields.items()})
    other = ecoopt.solve(instance, "random", iterations=4, shuffles=7)
    assert [r.name for r in Material.of([plain, said, other]).results] == [
        "random (defaults)", "random (shuffles=7)"]
    free = ecoopt.solve(instance, "greedy")
    limited = ecoopt.solve(instance, "greedy", iterations=3)
    assert [r.name for r in Material.of([free, limited]).results] == ["greedy (no limit)", "greedy (iterations=3)"]
    alone = Material.of(runs[::3])
    assert {run.name for run in alone.results} == {"random", "greedy"}


def test_a_comparison_says_what_was_spent_and_what_failed(tmp_path):
    instance = ecoopt.generate("toy", jobs=8, seed=0)
    comparison = ecoopt.compare([instance], methods=["random"], iterations=4, time_limit=None)
    ecoopt.write_result(ecoopt.solve(instance, "random", iterations=4), tmp_path / "r.json")
    hung = comparison.rows[0].replace(failed=True, termination="time", seed=1)
    comparison.replace(rows=(*comparison.rows, hung)).to_json(tmp_path / "c.json")
    found = read_material([tmp_path / "c.json", tmp_path / "r.json"])
    assert {r.name for r in found.results} == {"random"}
    assert "1 run of 2 failed" in summary(tables(found))


def test_primal_integrals_on_an_instance_are_over_one_horizon():
    instance = ecoopt.generate("toy", jobs=8, seed=0)
    best = ecoopt.solve(instance, "exact")
    points = ({"seconds": 1.0, "iteration": 0, "incumbent": best.objective, "bound": None},)
    short = ecoopt.solve(instance, "greedy", time_limit=2.0).replace(objective=best.objective, trace=points, wall_s=2.0)
    long = short.replace(method="random", budget=short.budget.__class__(seconds=10.0))
    a, b, _ = ecoopt.comparison.Comparison.of([short, long, best.replace(wall_s=4.0)]).rows
    assert a.primal_integral == b.primal_integral == pytest.approx(0.1)


def test_the_summary_counts_and_names_what_was_run(small):
    found = tables(small)
    greedy = percent(sum(t.line("greedy").gap for t in found) / 2)
    text = summary(found)
    assert text.startswith("4 methods on 2 instances of toy. The best schedules are proven to be within 0 % of the "
                           "optimum; optimality is proven on 2 of 2.")
    assert f"baseline, greedy with {greedy} %" in text


def test_the_summary_speaks_of_the_best_schedule_of_all_runs_and_counts_each_failed_one(small):
    exact = [r for r in small.results if r.method == "exact"]
    digest = exact[0].instance_digest
    random = [r.replace(objective=r.objective * 2) for r in small.results
              if r.method == "random" and r.instance_digest == digest]
    lucky = random[0].replace(objective=exact[0].objective)
    bound = next(r for r in small.results if r.method == "bound" and r.instance_digest == digest)
    bound = bound.replace(bound=exact[0].objective)
    text = summary(tables(Material.of([lucky, random[1], bound])))
    assert "within 0 % of the optimum; optimality is proven on the instance." in text
    broken = [r.replace(status=Status.ERROR, objective=None) for r in random]
    assert "2 runs of 3 failed" in summary(tables(Material.of([*broken, lucky.replace(seed=9)])))


def test_the_summary_says_when_nothing_is_proven_and_when_runs_fail(small):
    group = [r for r in small.results if r.method == "greedy"]
    assert "No bound is proven" in summary(tables(Material.of(group)))
    failed = group[0].replace(status=Status.ERROR)
    assert "1 run of 1 failed" in summary(tables(Material.of([failed])))


@pytest.mark.parametrize(("value", "digits", "text"), [
    (None, 7, "–"), (0.0, 7, "0.000000"), (1234567.891, 7, "1,234,568"), (269749.917, 7, "269,749.9"),
    (3.97884, 4, "3.979"), (4.0, 4, "4.000"), (1e-7, 4, "1.000e-07"), (-12.5, 4, "-12.50"), (3e15, 4, "3.000e+15")])
def test_numbers_have_as_many_digits_as_matter(value, digits, text):
    assert number_text(value, digits) == text


# The page


def test_the_page_is_whole_and_asks_for_nothing(keepalive):
    text = Report.of(keepalive).html()
    page = Page(text)
    links = [value for _, attrs in page.tags for name, value in attrs.items() if name in ("src", "href", "xlink:href")]
    assert "data:," in links  # the icon that browsers would ask for
    links.remove("data:,")
    assert links
    assert all(link.startswith("#") for link in links)
    assert not page.all("script")
    assert not re.search(r"@import|url\((?!#)", text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in links} <= set(ids)


def test_the_page_can_be_read_without_seeing_it(keepalive):
    page = Page(Report.of(keepalive).html())
    pictures = page.all("svg")
    assert len(pictures) == 3
    assert all(attrs["role"] == "img" and len(attrs["aria-label"]) > 40 for attrs in pictures)
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) == 1
    assert page.all("html")[0]["lang"] == "en"
    assert all(attrs.get("tabindex") == "0" and attrs["aria-label"] for attrs in page.all("div")
               if attrs.get("role") == "region")


def test_the_page_is_made_for_phones_and_for_the_dark(keepalive):
    text = Report.of(keepalive).html()
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    both = re.search(r":root \{(.*?)\}.*?prefers-color-scheme: dark\) \{ :root \{(.*?)\}", text, re.DOTALL)
    light, dark = both.groups()
    names = [set(re.findall(r"--([\w-]+):", part)) for part in (light, dark)]
    assert names[0] == names[1]
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= names[0]


def test_the_page_holds_every_figure_of_the_table(keepalive):
    words = Page(Report.of(keepalive).html()).words
    for line in tables(keepalive)[0].lines:
        assert line.method in words
        for figure in (number_text(line.objective), number_text(line.bound), percent(line.gap), f"{line.wall_s:.2f}",
                       *(number_text(value, 4) for value in line.terms)):
            assert figure in words
    assert "mean service time (s)" in words
    assert "mean carbon (mg)" in words
    assert summary(tables(keepalive)) in words


def test_the_same_collection_gives_the_same_bytes(keepalive, tmp_path):
    Report.of(keepalive).write(tmp_path / "a.html")
    Report.of(keepalive).write(tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_without_its_instance_a_schedule_is_not_drawn_and_the_rest_is(keepalive):
    assert len(Page(Report.of(Material.of(keepalive.results)).html()).all("svg")) == 2


def test_a_family_without_pictures_has_its_tables_and_curves(small):
    page = Page(Report.of(small).html())
    assert len(page.all("table")) == 3 + 2  # gaps, bounds, every instance; and the instances themselves
    assert sum(attrs["class"] == "instance" for attrs in page.all("details") if "class" in attrs) == 2
    assert len(page.all("svg")) >= 2 + 2
    assert "worst gap %" in page.words


def test_names_cannot_break_out_of_the_page(small):
    hostile = '</title><script>alert("x")</script>{{ 7 * 7 }}'
    results = [r.replace(instance_name=hostile, notes=(hostile,)) for r in small.results[:4]]
    page = Page(Report.of(Material.of(results), hostile).html())
    assert not page.all("script")
    assert page.words.count("{{ 7 * 7 }}") >= 4


def test_a_report_of_nothing_or_without_a_target_is_refused():
    with pytest.raises(InputError, match="there are none"):
        Report.of(Material.of([]))
    with pytest.raises(InputError, match="target: 2 is no share"):
        Report.of(Material.of([ecoopt.solve(ecoopt.generate("toy"), "greedy")]), target=2)
