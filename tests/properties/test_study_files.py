"""Whatever a study file holds, it is planned or refused with lines that name its keys; nothing else comes out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.study.file import study_from
from ecoopt.study.plan import plan_of

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

ANY = st.one_of(st.integers(-3, 12), st.floats(allow_nan=True), st.booleans(), st.text(max_size=4), st.none(),
                st.lists(st.integers(-1, 3), max_size=3),
                st.dictionaries(st.text(max_size=3), st.integers(), max_size=2))


def table(**keys):
    """Tables in which each key is there or not, right or anything at all."""
    return st.fixed_dictionaries({}, optional={key: st.one_of(good, good, good, ANY) for key, good in keys.items()})


SEEDS = st.one_of(st.integers(1, 2), st.lists(st.integers(0, 5), min_size=1, max_size=2, unique=True))
BUDGET = table(seconds=st.floats(0, 5), iterations=st.integers(0, 9), evaluations=st.integers(0, 9),
               gap=st.floats(0, 1))
INSTANCES = table(
    files=st.just(["none-*.json"]), set=st.sampled_from(["keepalive/easy", "toy", "keepalive/simple"]),
    names=st.lists(st.sampled_from(["fixed-f10-h2-m50-s6", "x"]), max_size=2),
    family=st.sampled_from(["toy", "toy", "ty"]),
    options=table(jobs=st.integers(1, 6), options=st.integers(1, 3), tight=st.booleans()),
    grid=table(jobs=st.lists(st.integers(1, 6), max_size=2)), seeds=SEEDS)
METHODS = table(
    names=st.lists(st.sampled_from(["greedy", "random", "exact", "gredy"]), max_size=2),
    kinds=st.lists(st.sampled_from(["exact", "heuristic", "bound", "other"]), max_size=2),
    without=st.lists(st.sampled_from(["greedy", "x"]), max_size=1), family=st.sampled_from(["toy", "keepalive", "x"]),
    label=st.text(max_size=5), options=table(shuffles=st.integers(0, 9)), budget=BUDGET, seeds=SEEDS,
    wall_limit_s=st.floats(0, 9))
WORKERS = table(jobs=st.integers(0, 3), threads=st.integers(0, 3), warm_up=st.booleans(),
                backend=st.sampled_from(["local", "dask", "ray"]), address=st.text(max_size=3))
STUDIES = table(name=st.text(max_size=5), description=st.text(max_size=5), seeds=SEEDS, budget=BUDGET,
                instances=st.lists(INSTANCES, max_size=3), methods=st.lists(METHODS, max_size=2), workers=WORKERS)


KEYS = {"name", "description", "seeds", "budget", "instances", "methods", "workers"}


@given(content=STUDIES)
def test_a_study_file_is_planned_or_refused_with_its_keys(content):
    plan, refusal = None, None
    try:
        plan = plan_of(study_from({"name": "s"} | content, "s.toml"), "s.toml")
    except InputError as error:
        refusal = error
    if refusal is None:
        assert plan.runs
        assert len({run.key for run in plan.runs}) == len(plan.runs)
        assert len({i.name for i in plan.instances}) == len({i.digest for i in plan.instances}) == len(plan.instances)
    else:
        assert refusal.problems
        for line in str(refusal).splitlines():
            assert line.startswith("s.toml: ")
            assert re.split(r"[:.\[]", line.removeprefix("s.toml: "), maxsplit=1)[0] in KEYS, line


def right(family, **more):
    """Studies that are right."""
    return st.fixed_dictionaries({"instances": st.lists(st.fixed_dictionaries(
        {"family": st.just(family)}, optional={"options": st.fixed_dictionaries({}, optional=more), "seeds": SEEDS}),
        min_size=1, max_size=3)}, optional={"seeds": SEEDS})


@given(content=right("toy", jobs=st.integers(1, 5), tight=st.booleans()))
def test_a_right_study_has_a_run_for_each_instance_method_and_seed(content):
    content = {"name": "s", "methods": [{"names": ["greedy", "exact"]}]} | content
    plan = plan_of(study_from(content, "s.toml"), "s.toml")
    seeds = content.get("seeds", 1)
    assert len(plan.runs) == len(plan.instances) * 2 * (seeds if isinstance(seeds, int) else len(seeds))
