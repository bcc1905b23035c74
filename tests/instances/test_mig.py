"""MigGeometry and its layouts: published numbers, legality, files, refusals."""

import json
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.mig import (
    GEOMETRIES,
    Layout,
    MigGeometry,
    MigProfile,
    all_layouts,
    all_placements,
    count_vectors,
    cover_matrix,
    fitting_starts,
    geometry,
    layout_counts,
    layout_problems,
    maximal_layouts,
)
from ecoopt.instances.mig.layouts import layout_of
from ecoopt.testing.mig import mig_geometries, mig_layouts

A100 = geometry("A100-40")
EIGHTHS = [entry for entry in GEOMETRIES if entry.memory_slices == 8]
HALF = {"name": "half", "compute_slices": 1, "memory_slices": 1, "starts": [0, 1], "memory_gb": 4.0}
SMALL = {"name": "small", "compute_slices": 2, "memory_slices": 2, "profiles": [HALF]}


def _without_double_memory(entry: MigGeometry) -> MigGeometry:
    return entry.restricted_to(name for index, name in enumerate(entry.names) if index != 4)


@pytest.mark.parametrize("entry", EIGHTHS, ids=lambda entry: entry.name)
def test_gpus_with_eight_memory_slices_have_the_published_numbers_of_layouts(entry: MigGeometry) -> None:
    plain = _without_double_memory(entry)
    before_r510 = plain.forbidding(plain.names[1], plain.names[2])
    sizes = [(len(all_layouts(g)), len(maximal_layouts(g)), len(count_vectors(g))) for g in (plain, entry)]
    assert sizes == [(298, 19, 38), (723, 78, 78)]
    assert len(maximal_layouts(before_r510)) == 18


def test_the_a30_has_the_published_numbers_of_layouts() -> None:
    a30 = geometry("A30-24")
    assert (len(all_layouts(a30)), len(maximal_layouts(a30)), len(count_vectors(a30))) == (26, 5, 10)


@pytest.mark.parametrize(("entry", "kinds"), [(_without_double_memory(A100), 14), (A100, 38), (geometry("A30-24"), 4)])
def test_maximal_layouts_have_the_published_number_of_distinct_counts(entry: MigGeometry, kinds: int) -> None:
    assert len({tuple(layout_counts(entry, layout)) for layout in maximal_layouts(entry)}) == kinds


def test_the_a100_offers_nvidias_fourteen_combinations() -> None:
    entry = _without_double_memory(A100)
    found = {tuple(sorted((entry.profiles[p.profile].compute_slices for p in layout), reverse=True))
             for layout in maximal_layouts(entry)}
    assert found == {
        (7,), (4, 3), (4, 2, 1), (4, 1, 1, 1), (3, 3), (3, 2, 1), (3, 1, 1, 1), (3, 2, 2), (3, 2, 1, 1),
        (3, 1, 1, 1, 1), (2, 2, 2, 1), (2, 2, 1, 1, 1), (2, 1, 1, 1, 1, 1), (1,) * 7}


@given(st.data())
def test_every_layout_found_is_legal_and_no_two_are_the_same(data: st.DataObject) -> None:
    entry = data.draw(mig_geometries())
    layouts = all_layouts(entry)
    assert len(set(layouts)) == len(layouts)
    layout = data.draw(mig_layouts(entry))
    assert layout_problems(entry, layout) == ()
    cover = cover_matrix(entry)[:, [all_placements(entry).index(placement) for placement in layout]]
    assert (cover.sum(axis=1) <= 1).all()


@given(st.data())
def test_a_set_of_placements_is_found_exactly_when_nothing_is_wrong_with_it(data: st.DataObject) -> None:
    entry = data.draw(mig_geometries())
    chosen = data.draw(st.lists(st.sampled_from(all_placements(entry)), max_size=4))
    legal = not layout_problems(entry, chosen)
    assert (tuple(sorted(chosen, key=lambda placement: placement.start)) in set(all_layouts(entry))) == legal


@given(st.data())
def test_removing_an_instance_keeps_a_layout_legal_and_it_can_come_back(data: st.DataObject) -> None:
    entry = data.draw(mig_geometries())
    layout = data.draw(mig_layouts(entry).filter(bool)) if len(all_layouts(entry)) > 1 else ()
    for index, gone in enumerate(layout):
        rest = layout[:index] + layout[index + 1:]
        assert rest in set(all_layouts(entry))
        assert gone.start in fitting_starts(entry, rest, gone.profile)


@given(st.data())
def test_starts_said_to_fit_are_those_that_stay_legal(data: st.DataObject) -> None:
    entry = data.draw(mig_geometries())
    layout = data.draw(mig_layouts(entry))
    for profile, kind in enumerate(entry.profiles):
        legal = tuple(start for start in kind.starts if not layout_problems(entry, [*layout, (profile, start)]))
        assert fitting_starts(entry, layout, profile) == legal


@given(mig_geometries())
def test_a_layout_is_maximal_exactly_when_it_is_contained_in_no_other(entry: MigGeometry) -> None:
    sets = [frozenset(layout) for layout in all_layouts(entry)]
    by_size: dict[int, list[frozenset[tuple[int, int]]]] = {}
    for pieces in sets:
        by_size.setdefault(len(pieces), []).append(pieces)
    maximal = {frozenset(layout) for layout in maximal_layouts(entry)}
    for pieces in sets[:: max(1, len(sets) // 50)]:
        larger = any(pieces < other for other in by_size.get(len(pieces) + 1, []))
        assert (pieces in maximal) != larger


@given(mig_geometries())
def test_each_count_vector_has_a_layout_with_these_counts(entry: MigGeometry) -> None:
    vectors = count_vectors(entry)
    assert Counter(map(tuple, vectors.tolist())).most_common(1)[0][1] == 1
    for vector in vectors:
        layout = layout_of(entry, vector)
        assert layout is not None
        assert layout_problems(entry, layout) == ()
        assert (layout_counts(entry, layout) == vector).all()
    assert layout_of(entry, vectors.max(axis=0) + 1) is None


@given(mig_geometries())
def test_placements_cover_consecutive_memory_slices(entry: MigGeometry) -> None:
    cover = cover_matrix(entry)
    edges = np.diff(np.pad(cover, ((1, 1), (0, 0))), axis=0)
    assert ((edges == 1).sum(axis=0) == 1).all()
    sizes = [entry.profiles[placement.profile].memory_slices for placement in all_placements(entry)]
    assert cover.sum(axis=0).tolist() == sizes


@pytest.mark.parametrize(("layout", "message"), [
    (((2, 2),), "3g.20gb may not start at memory slice 2"),
    (((3, 0), (5, 1)), "1g.5gb at 1 overlaps 2g.10gb at 0 on memory slice 1"),
    (((9, 0),), "profile number 9 is unknown"),
    (((-1, 0),), "profile number -1 is unknown"),
])
def test_what_is_wrong_with_a_layout_is_said(layout: Layout, message: str) -> None:
    assert layout_problems(A100, layout) == (message,)


def test_everything_wrong_with_a_layout_is_said_at_once() -> None:
    one = A100.profiles[5].replace(max_instances=1)
    entry = A100.replace(profiles=(*A100.profiles[:5], one)).forbidding("4g.20gb", "3g.20gb")
    problems = layout_problems(entry, [(1, 0), (2, 4), (5, 4), (5, 9)])
    assert problems == (
        "1g.5gb at 4 overlaps 3g.20gb at 4 on memory slice 4", "1g.5gb may not start at memory slice 9",
        "9 compute slices are taken, the GPU has 7", "4g.20gb and 3g.20gb may not share a GPU",
        "2 instances of 1g.5gb, the GPU allows 1")


@given(mig_geometries())
def test_a_geometry_is_read_back_as_written(entry: MigGeometry) -> None:
    again = MigGeometry.from_content(json.loads(json.dumps(entry.model_dump(mode="json"))), "file")
    assert again == entry
    assert again.model_dump() == entry.model_dump()
    assert all_layouts(again) == all_layouts(entry)


@pytest.mark.parametrize(("change", "lines"), [
    ({"profiles": []}, ["0 profiles; give 1 to 16"]),
    ({"profiles": [HALF | {"starts": [1, 0]}]}, ["do not increase"]),
    ({"profiles": [HALF | {"starts": [0, 0]}]}, ["do not increase"]),
    ({"profiles": [HALF | {"starts": []}]}, ["starts are empty"]),
    ({"profiles": [HALF | {"memory_gb": 0}]}, ["greater than 0"]),
    ({"profiles": [HALF | {"memory_slices": 0}, HALF | {"compute_slices": True}]}, ["greater than or", "integer"]),
    ({"memory_slices": 17}, ["less than or equal to 16"]),
    ({"profiles": [HALF, HALF, HALF | {"name": "wide", "compute_slices": 3, "starts": [2]}],
      "forbidden_pairs": [["half", "full"], ["half", "half"]]},
     ["listed twice", "takes 3 compute slices", "ends beyond memory slice 1", "unknown profile full",
      "names one profile twice"]),
    ({"colour": "red", "memory_slices": -1}, ["greater than or equal to 1", "unknown key"]),
])
def test_every_problem_of_a_geometry_is_named(change: dict[str, object], lines: list[str]) -> None:
    MigGeometry.from_content(SMALL, "gpu.json")
    with pytest.raises(InputError) as caught:
        MigGeometry.from_content(SMALL | change, "gpu.json")
    assert len(caught.value.problems) == len(lines)
    for problem, line in zip(str(caught.value).splitlines(), lines, strict=True):
        assert problem.startswith("gpu.json: ")
        assert re.search(line, problem), problem


def test_too_many_layouts_are_refused_instead_of_filling_memory() -> None:
    profiles = tuple(MigProfile(name=f"p{index}", compute_slices=1, memory_slices=1, starts=tuple(range(16)),
                                memory_gb=1.0) for index in range(16))
    entry = MigGeometry(name="huge", compute_slices=16, memory_slices=16, profiles=profiles)
    with pytest.raises(InputError, match="more than 20000 layouts"):
        all_layouts(entry)


def test_counts_by_name_follow_the_order_of_the_profiles() -> None:
    assert A100.counts({"1g.5gb": 3, "3g.20gb": 1}).tolist() == [0, 0, 1, 0, 0, 3]
    with pytest.raises(InputError) as caught:
        A100.counts({"1g.5gb": -1, "5g.25gb": 1, "2g.10gb": 1.5, "7g.40gb": True})  # type: ignore[dict-item]
    assert [problem.field for problem in caught.value.problems] == ["5g.25gb", "1g.5gb", "2g.10gb", "7g.40gb"]


@pytest.mark.parametrize("change", [
    lambda: A100.index("9g"), lambda: A100.restricted_to(["9g"]), lambda: A100.restricted_to([]),
    lambda: A100.forbidding("9g", "1g.5gb"), lambda: A100.forbidding("1g.5gb", "1g.5gb"), lambda: geometry("A100")])
def test_unknown_names_are_refused_with_the_known_ones(change: object) -> None:
    assert callable(change)
    with pytest.raises(InputError, match=r"use one of|keep at least one of|name two"):
        change()
