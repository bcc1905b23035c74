"""Counts on identical GPUs: the exact rows against exhaustive search, packings, monotonicity, refusals."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.mig import (
    GEOMETRIES,
    CountRows,
    Layout,
    MigGeometry,
    MigProfile,
    count_rows,
    count_vectors,
    counts_fit,
    geometry,
    gpus_needed,
    layout_counts,
    layout_problems,
    pack,
    search,
)
from ecoopt.instances.mig.search import fewest_gpus_by_search, pack_by_search
from ecoopt.testing.mig import fitting_counts, invented_geometries, known_geometries, mig_geometries

A100 = geometry("A100-40")
PLAIN = A100.restricted_to(["7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb"])
A30 = geometry("A30-24")
SHAPES = {
    "all": A100, "plain": PLAIN, "a30": A30, "all before R510": A100.forbidding("4g.20gb", "3g.20gb"),
    "plain before R510": PLAIN.forbidding("3g.20gb", "4g.20gb"),
}


def _rows(entry: MigGeometry) -> CountRows:
    rows = count_rows(entry)
    assert rows is not None
    return rows


def _key(vectors: IntArray) -> IntArray:
    """Return one number per vector, in base 64; sums of up to five GPUs with at most seven instances stay distinct."""
    assert vectors.max(initial=0) < 64
    keys: IntArray = vectors @ 64 ** np.arange(vectors.shape[1])
    return keys


def _points(rows: CountRows, gpus: int) -> IntArray:
    """Return the sorted keys of all count vectors that keep the rows, found coordinate by coordinate."""
    points = np.zeros((1, 0), dtype=np.int64)
    for column in range(rows.coefficients.shape[1]):
        limited = np.flatnonzero(rows.coefficients[:, column] > 0)
        slack = gpus * rows.per_gpu - points @ rows.coefficients[:, :column].T
        sizes = (slack[:, limited] // rows.coefficients[limited, column]).min(axis=1) + 1
        counts = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        points = np.column_stack([np.repeat(points, sizes, axis=0), counts])
    return np.sort(_key(points))


def _sums(entry: MigGeometry, gpus: int) -> list[IntArray]:
    """Return the sorted keys of all sums of 0, 1, ... `gpus` count vectors of one GPU."""
    keys = _key(count_vectors(entry))
    sums = [np.zeros(1, dtype=np.int64)]
    for _ in range(gpus):
        sums.append(np.unique((sums[-1][:, None] + keys[None]).ravel()))
    return sums


def _legal(entry: MigGeometry, layouts: tuple[Layout, ...], counts: IntArray) -> bool:
    held = np.zeros(len(entry.profiles), np.int64)
    for layout, times in Counter(layouts).items():
        if layout_problems(entry, layout):
            return False
        held += times * layout_counts(entry, layout)
    return bool((held == counts).all())


@pytest.mark.parametrize("name", SHAPES)
def test_the_rows_are_the_facets_of_what_one_gpu_can_hold(name: str) -> None:
    entry = SHAPES[name]
    rows = _rows(entry)
    facets = set()
    for equation in ConvexHull(count_vectors(entry)).equations:
        normal, offset = equation[:-1], -equation[-1]
        if (normal < 1e-9).all():
            assert abs(offset) < 1e-9
            continue
        facets.add(tuple(np.round(normal / offset, 9)))
    stated = {tuple(np.round(row / limit, 9))
              for row, limit in zip(rows.coefficients, rows.per_gpu, strict=True)}
    assert facets == stated


@pytest.mark.parametrize("name", SHAPES)
def test_up_to_the_dimension_less_one_the_rows_admit_exactly_the_sums_of_layouts(name: str) -> None:
    # By the theorem in count_rows, this exhaustion proves the rows for every number of GPUs.
    entry = SHAPES[name]
    for gpus, sums in enumerate(_sums(entry, len(entry.profiles) - 1)):
        assert np.array_equal(_points(_rows(entry), gpus), sums)


@given(st.data())
def test_rows_and_search_agree_on_any_counts(data: st.DataObject) -> None:
    entry = data.draw(known_geometries())
    gpus = data.draw(st.integers(0, 4))
    most = gpus * count_vectors(entry).max(axis=0) + 1
    counts = np.array([data.draw(st.integers(0, int(limit))) for limit in most])
    found = pack_by_search(entry, counts, gpus)
    assert counts_fit(entry, counts, gpus) == (found is not None)
    assert found is None or _legal(entry, found, counts)


@given(invented_geometries(), st.data())
def test_search_finds_exactly_the_sums_of_layouts_of_any_gpu(entry: MigGeometry, data: st.DataObject) -> None:
    gpus = data.draw(st.integers(0, 2))
    sums = set(_sums(entry, gpus)[gpus].tolist())
    most = gpus * count_vectors(entry).max(axis=0)
    box = list(product(*[range(int(limit) + 2) for limit in most]))
    for point in box[:: max(1, len(box) // 20)]:
        packed = pack_by_search(entry, np.array(point), gpus)
        assert (packed is not None) == (int(_key(np.array([point]))[0]) in sums)
        assert packed is None or (len(packed) == gpus and _legal(entry, packed, np.array(point)))


@given(st.data())
def test_a_packing_holds_the_counts_on_as_few_gpus_as_possible(data: st.DataObject) -> None:
    entry = data.draw(mig_geometries())
    counts, gpus = data.draw(fitting_counts(entry))
    spare = data.draw(st.integers(0, 2))
    layouts = pack(entry, counts, gpus + spare)
    assert layouts is not None
    assert len(layouts) == gpus + spare
    assert _legal(entry, layouts, counts)
    needed = gpus_needed(entry, counts)
    assert needed <= gpus
    assert needed == fewest_gpus_by_search(entry, counts)
    assert needed == 0 or pack(entry, counts, needed - 1) is None
    if count_rows(entry) is not None:
        assert sum(map(bool, layouts)) == needed


@given(st.data())
def test_counts_that_fit_still_fit_with_fewer_instances_or_more_gpus(data: st.DataObject) -> None:
    entry = data.draw(mig_geometries())
    counts, gpus = data.draw(fitting_counts(entry))
    fewer = np.array([data.draw(st.integers(0, int(count))) for count in counts])
    assert counts_fit(entry, counts, gpus)
    assert counts_fit(entry, fewer, gpus)
    assert counts_fit(entry, counts, gpus + 1)
    assert gpus_needed(entry, fewer) <= gpus_needed(entry, counts)


@given(st.data())
def test_a_thousand_gpus_are_packed_up_to_the_last_instance_the_rows_admit(data: st.DataObject) -> None:
    entry = data.draw(known_geometries())
    vectors = count_vectors(entry)
    picks = data.draw(st.lists(st.integers(0, len(vectors) - 1), min_size=1, max_size=8))
    times = np.array([data.draw(st.integers(0, 200)) for _ in picks])
    counts = times @ vectors[picks]
    gpus = int(times.sum())
    rows = _rows(entry)
    extra = data.draw(st.integers(0, len(counts) - 1))
    column = rows.coefficients[:, extra]
    slack = gpus * rows.per_gpu - rows.coefficients @ counts
    counts[extra] += (slack[column > 0] // column[column > 0]).min()
    layouts = pack(entry, counts, gpus)
    assert layouts is not None
    assert len(layouts) == gpus
    assert _legal(entry, layouts, counts)
    counts[extra] += 1
    assert pack(entry, counts, gpus) is None


def test_the_rows_are_those_of_the_published_rule_set() -> None:
    rows = _rows(PLAIN)
    table = dict(zip(rows.names, np.column_stack([rows.coefficients, rows.per_gpu]).tolist(), strict=True))
    assert table == {"memory": [8, 4, 4, 2, 1, 8], "compute": [7, 4, 3, 2, 1, 7], "2g starts": [3, 2, 1, 1, 0, 3],
                     "4g start": [1, 1, 0, 0, 0, 1]}
    older = _rows(SHAPES["plain before R510"])
    assert sorted(np.column_stack([older.coefficients, older.per_gpu]).tolist()) == sorted(
        [[7, 4, 3, 2, 1, 7], [8, 5, 4, 2, 1, 8], [3, 2, 1, 1, 0, 3], [4, 3, 2, 1, 0, 4], [2, 2, 1, 0, 0, 2]])


def test_every_gpu_of_the_catalogue_has_exact_rows() -> None:
    assert all(count_rows(entry) is not None for entry in GEOMETRIES)


@pytest.mark.parametrize("entry", [
    A100.replace(profiles=(*A100.profiles, A100.profiles[5].replace(name="1g.5gb+me", max_instances=1))),
    A100.replace(profiles=(A100.profiles[0].replace(max_instances=1), A100.profiles[5].replace(max_instances=2))),
    A100.replace(profiles=(A100.profiles[2].replace(starts=(0,)),)),
    A100.replace(memory_slices=9),
    A100.forbidding("4g.20gb", "2g.10gb"),
    A30.forbidding("2g.12gb", "1g.6gb"),
], ids=["media", "limited", "fewer starts", "more memory", "other pair", "a30 pair"])
def test_rows_are_not_claimed_for_a_gpu_they_were_not_proved_for(entry: MigGeometry) -> None:
    assert count_rows(entry) is None
    counts = count_vectors(entry)[0]
    assert counts_fit(entry, counts, 1)
    assert not counts_fit(entry, counts * 8 + 8, 1)


def test_a_limit_that_placement_implies_changes_nothing() -> None:
    limits = (1, 1, 2, 3, 4, 7)
    profiles = tuple(kind.replace(max_instances=limit) for kind, limit in zip(A100.profiles, limits, strict=True))
    entry = A100.replace(profiles=profiles)
    assert (_rows(entry).coefficients == _rows(A100).coefficients).all()
    assert (count_vectors(entry) == count_vectors(A100)).all()


def test_one_media_instance_per_gpu_is_kept_by_the_search() -> None:
    media = A100.profiles[5].replace(name="1g.5gb+me", max_instances=1)
    entry = A100.replace(profiles=(A100.profiles[3], media))
    assert gpus_needed(entry, entry.counts({"1g.5gb+me": 5})) == 5
    assert gpus_needed(entry, entry.counts({"1g.5gb+me": 2, "2g.10gb": 6})) == 2
    assert pack(entry, entry.counts({"1g.5gb+me": 3}), 2) is None


def test_a_search_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    media = A100.profiles[5].replace(name="1g.5gb+me", max_instances=1)
    entry = A100.replace(profiles=(*A100.profiles, media))
    counts = entry.counts({"3g.20gb": 3, "2g.10gb": 3, "1g.5gb": 3})
    assert not counts_fit(entry, counts, 2)
    assert gpus_needed(entry, counts) == 3
    monkeypatch.setattr(search, "MAX_STATES", 2)
    stuck = entry.counts({"2g.10gb": 13, "1g.5gb": 2})
    with pytest.raises(InputError, match="more than 2 states"):
        counts_fit(entry, stuck, 4)


@pytest.mark.parametrize(("counts", "gpus", "fields"), [
    ([0] * 5, 1, ["counts"]), ([0.0] * 6, 1, ["counts"]), ([-1, 0, 0, 0, 10**9, 0], 1, ["counts[0]", "counts[4]"]),
    ([0] * 6, -1, ["gpus"]), ([0] * 6, 1.5, ["gpus"]), ([0] * 6, True, ["gpus"]), ([-1, 0, 0], -1, ["gpus", "counts"])])
def test_bad_counts_are_refused_with_every_problem(counts: list[int], gpus: int, fields: list[str]) -> None:
    for call in (counts_fit, pack):
        with pytest.raises(InputError) as caught:
            call(A100, counts, gpus)
        assert [problem.field for problem in caught.value.problems] == fields


def test_a_profile_that_fits_on_no_gpu_is_refused_where_a_number_of_gpus_is_asked() -> None:
    profiles = (MigProfile(name="odd", compute_slices=1, memory_slices=1, starts=(0,), memory_gb=1.0),)
    entry = MigGeometry(name="gpu", compute_slices=1, memory_slices=1, profiles=profiles)
    assert gpus_needed(entry, [3]) == 3
    assert gpus_needed(entry, [0]) == 0
    assert pack(entry, [0], 0) == ()
