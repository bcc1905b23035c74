import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.keepalive import Invocations, read_counts_npz, read_ecolife
from ecoopt.instances.keepalive.readers.digits import parse_column

NAMES = ["dna*2.txt", "video*10.txt", "video*9.txt"]
COUNTS = np.array([[0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 0, 0]])


def lines(row, end="\n") -> str:
    return end.join(str(count) for count in row) + end


def folder(path: Path, names=NAMES, counts=COUNTS) -> Path:
    path.mkdir(exist_ok=True)
    for name, row in zip(names, counts, strict=True):
        (path / name).write_text(lines(row))
    return path


def refusal(read, path, **options) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert all(line.startswith(str(path)) for line in str(caught.value).splitlines())
    return str(caught.value)


def test_folder_is_read_in_order_of_names(tmp_path):
    trace = read_ecolife(folder(tmp_path / "trace"))
    assert trace.function_names == tuple(NAMES)
    assert trace.app_names == ("dna", "video", "video")
    assert trace.invocations == Invocations.from_dense(COUNTS)
    assert "CC-BY-4.0" in trace.licence


def test_archive_and_folder_and_npz_give_the_same_trace(tmp_path):
    with zipfile.ZipFile(tmp_path / "trace.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, row in reversed(list(zip(NAMES, COUNTS, strict=True))):
            archive.writestr(f"selected/{name}", lines(row, "\r\n").strip())
        archive.writestr("__MACOSX/._video*9.txt", b"\0\1")
    np.savez_compressed(tmp_path / "trace.npz", counts=COUNTS.astype(np.uint8), functions=np.array(NAMES))
    expected = read_ecolife(folder(tmp_path / "trace"))
    for trace in (read_ecolife(tmp_path / "trace.zip"), read_counts_npz(tmp_path / "trace.npz")):
        assert trace.invocations == expected.invocations
        assert trace.function_names == expected.function_names
        assert trace.app_names == expected.app_names
        assert trace.source == expected.source


def test_all_faults_of_a_folder_are_named_with_file_and_line(tmp_path):
    path = folder(tmp_path / "trace")
    (path / "video*9.txt").write_text("1\n-2\n0\n0\n")
    (path / "dna*2.txt").write_text("1\n0\n")
    (path / "readme.txt").write_text("hello")
    (path / "bfs*1.txt").write_text("0\n0\n0\n99999999\n")
    text = refusal(read_ecolife, path)
    assert "video*9.txt, line 2: is no whole number" in text
    assert "readme.txt: is not named like video*12.txt" in text
    assert "bfs*1.txt, line 4: 99999999 calls in a minute are too many" in text
    assert "files differ in their number of lines (2 in dna*2.txt, 4 in video*10.txt)" in text


@pytest.mark.parametrize("text", ["1\n\n2\n", "1 \n", "a\n", "1.0\n", "+1\n", "1,2\n", "9999999999\n", "\n", "1\r\r\n"])
def test_lines_that_are_no_count_are_refused(tmp_path, text):
    (tmp_path / "video*1.txt").write_bytes(text.encode())
    assert "is no whole number" in refusal(read_ecolife, tmp_path)


@given(st.lists(st.integers(0, 10**9 - 1), max_size=30), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_parsed_column_is_what_was_written(values, end, closed):
    text = end.join(map(str, values)) + (end if closed and values else "")
    parsed, wrong = parse_column(np.frombuffer(text.encode(), dtype=np.uint8))
    assert wrong == 0
    assert parsed.tolist() == values


@given(st.binary(max_size=40))
def test_any_bytes_are_parsed_or_refused_with_a_line(content):
    values, wrong = parse_column(np.frombuffer(content, dtype=np.uint8))
    if wrong:
        assert 1 <= wrong <= content.count(b"\n") + 1
    else:
        assert content.replace(b"\r\n", b"\n").rstrip(b"\r").split() == [str(v).encode() for v in values] or (
            values.size and [int(part) for part in content.split()] == values.tolist())


def test_missing_empty_and_foreign_places_are_refused(tmp_path):
    assert "no such file or folder" in refusal(read_ecolife, tmp_path / "nowhere")
    assert "holds no file named like video*12.txt" in refusal(read_ecolife, tmp_path)
    (tmp_path / "a.zip").write_bytes(b"not a zip archive")
    assert "cannot be read as a zip archive" in refusal(read_ecolife, tmp_path / "a.zip")


def test_same_name_in_two_folders_of_an_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a/dna*1.txt", "1\n")
        archive.writestr("b/dna*1.txt", "1\n")
    assert "dna*1.txt: occurs in several folders; keep one" in refusal(read_ecolife, tmp_path / "t.zip")


def test_bombs_are_refused_before_they_unfold(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dna*1.txt", b"0\n" * 500_000)
    assert "bytes" in refusal(read_ecolife, tmp_path / "bomb.zip", limit_bytes=10_000)
    assert "bytes" in refusal(read_ecolife, folder(tmp_path / "trace"), limit_bytes=10)
    np.savez_compressed(tmp_path / "bomb.npz", counts=np.zeros((100, 10_000), np.uint8), functions=np.array(["a"]))
    assert "counts: takes 1000000 bytes, over the limit of 10000" in refusal(
        read_counts_npz, tmp_path / "bomb.npz", limit_bytes=10_000)


def npy(array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_npz_header_that_announces_more_than_it_holds_is_refused_before_memory_is_taken(tmp_path):
    honest = npy(np.zeros((2, 4), np.uint8))
    lying = honest.replace(b"(2, 4)", b"(2, 9)")
    assert lying != honest
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("counts.npy", lying)
        archive.writestr("functions.npy", npy(np.array(["a", "b"])))
    assert "announces shape [2, 9] but holds 8 bytes" in refusal(read_counts_npz, tmp_path / "t.npz")


@pytest.mark.parametrize(("arrays", "message"), [
    ({"counts": COUNTS}, "functions: is not in the archive"),
    ({"functions": np.array(NAMES)}, "counts: is not in the archive"),
    ({"counts": COUNTS.astype(float), "functions": np.array(NAMES)}, "counts: holds float64; give whole numbers"),
    ({"counts": COUNTS[0], "functions": np.array(NAMES)}, "counts: has 1 dimensions; give 2"),
    ({"counts": COUNTS, "functions": np.array([1, 2, 3])}, "functions: holds int64; give text"),
    ({"counts": COUNTS, "functions": np.array(NAMES[:2])}, "functions: has 2 entries for 3 rows of counts"),
    ({"counts": COUNTS, "functions": np.array(["a", "a", "b"])}, "functions: names are not distinct"),
    ({"counts": COUNTS, "functions": np.array(["a", "", "b"])}, "functions[1]: has not 1 to 200 characters"),
    ({"counts": -COUNTS, "functions": np.array(NAMES)}, "counts[0, 1]: -1 is no number of calls"),
    ({"counts": np.zeros((3, 0), int), "functions": np.array(NAMES)}, "counts: has shape [3, 0]"),
])
def test_npz_faults_are_named(tmp_path, arrays, message):
    np.savez(tmp_path / "t.npz", **arrays)
    assert message in refusal(read_counts_npz, tmp_path / "t.npz")


def test_npz_never_unpickles(tmp_path):
    np.savez(tmp_path / "t.npz", counts=COUNTS, functions=np.array(["a", {}, "b"], dtype=object))
    assert "functions: holds object" in refusal(read_counts_npz, tmp_path / "t.npz")


@pytest.mark.parametrize("content", [b"", b"PK\3\4rubbish", b"\x93NUMPY"])
def test_what_is_no_npz_is_refused(tmp_path, content):
    (tmp_path / "t.npz").write_bytes(content)
    assert "cannot be read as an npz archive" in refusal(read_counts_npz, tmp_path / "t.npz")
    assert "no such file" in refusal(read_counts_npz, tmp_path / "missing.npz")


def test_damaged_npz_member_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "t.npz", counts=np.arange(4000).reshape(2, 2000), functions=np.array(["a", "b"]))
    content = bytearray((tmp_path / "t.npz").read_bytes())
    content[300:320] = bytes(20)
    (tmp_path / "t.npz").write_bytes(bytes(content))
    assert "cannot be read as an npz archive" in refusal(read_counts_npz, tmp_path / "t.npz")
