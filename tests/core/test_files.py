"""Files: strict JSON, plain or compressed, within limits, written atomically."""

import gzip
import io
import json
import lzma
import os
import stat
import threading
import tracemalloc
import zlib
from time import perf_counter
from typing import Annotated

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pydantic import PlainSerializer

from ecoopt.core import files
from ecoopt.core.arrays import FloatVector
from ecoopt.core.compression import compress, decompress
from ecoopt.core.errors import InputError
from ecoopt.core.files import check_writable, encode, read_bytes, read_json, write_bytes, write_json
from ecoopt.core.record import Record
from ecoopt.core.strict_json import MAX_DEPTH, format_json, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20)


class Load(Record):
    name: str = ""
    watts: FloatVector = []


def refusal(function, *arguments, **options):
    with pytest.raises(InputError) as caught:
        function(*arguments, **options)
    assert len(str(caught.value).splitlines()) == len(caught.value.problems) == 1
    return str(caught.value)


@given(JSON)
def test_any_json_value_comes_back_as_it_was(value):
    assert parse_json(format_json(value).encode(), "f") == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(raw):
    complaint = None
    try:
        parse_json(decompress(raw, "f"), "f")
    except InputError as error:
        complaint = str(error)
    if complaint is not None:
        assert complaint.startswith("f: ")
        assert len(complaint.splitlines()) == 1


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_record_comes_back_and_its_bytes_depend_on_its_content_alone(tmp_path, suffix):
    load = Load(name="é\u2603\n", watts=np.linspace(0, 1, 1000) / 3)
    one, other = tmp_path / f"one.json{suffix}", tmp_path / f"other.json{suffix}"
    write_json(one, load)
    write_json(other, load)
    assert one.read_bytes() == other.read_bytes()
    assert Load.from_content(read_json(one), "f") == load
    assert read_json(one)["name"] == load.name


@pytest.mark.parametrize(("raw", "message"), [
    (b"", "is empty"), (b" \n", "is empty"), (b"\xef\xbb\xbf", "is empty"),
    (b'{"a": 1', "not JSON"), (b"{'a': 1}", "not JSON"), (b'{"a": 1}{"b": 2}', "not JSON"), (b'{"a": 1,}', "not JSON"),
    (b"[NaN]", "holds NaN"), (b"[Infinity]", "holds Infinity"), (b"[-Infinity]", "holds -Infinity"),
    (b"[1e999]", "number 1e999 overflows"), (b"[-" + b"9" * 400 + b".0]", "overflows"),
    (b"[" + b"9" * 5000 + b"]", "thousands of digits"),
    (b'{"a": 1, "b": {"c": 1, "c": 2}}', "key 'c' stands twice"),
    ("\ufeff{}".encode("utf-16"), "not UTF-8"), (b'{"a": "\xff"}', "not UTF-8 text (byte 7)"),
    (b"[" * 100_000, "nests deeper"), (b'{"a":' * 5000, "nests deeper"),
    (b"[" * 101 + b"]" * 101, "nests deeper"), (b'["\\"]]]]", ' * 1 + b"[" * 101 + b"]" * 102, "nests deeper"),
])
def test_what_is_not_strict_json_is_refused_with_the_reason(raw, message):
    assert message in refusal(parse_json, raw, "f.json")


def test_the_place_of_a_syntax_error_is_named():
    assert "line 2 column 5" in refusal(parse_json, b'{"a":\n 1, b}', "f")


def test_a_byte_order_mark_is_skipped():
    assert parse_json(b'\xef\xbb\xbf{"a": 1}', "f") == {"a": 1}


def test_brackets_and_escapes_within_text_are_no_nesting():
    text = "[{" * 500 + '\\"[[[' + "\\"
    assert parse_json(json.dumps([text, {text: 1}]).encode(), "f") == [text, {text: 1}]
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert parse_json(deepest, "f") is not None


def test_a_huge_object_with_a_key_twice_is_refused_quickly():
    raw = b"{" + b",".join(b'"k%d":0' % k for k in range(200_000)) + b',"k199999":1}'
    began = perf_counter()
    assert "'k199999' stands twice" in refusal(parse_json, raw, "f")
    assert perf_counter() - began < 5


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.ZstdCompressor().compress])
@pytest.mark.parametrize("size", [0, 1, 5000, 1_000_000])
def test_every_compression_is_told_by_its_first_bytes(tmp_path, pack, size):
    content = np.random.default_rng(size).integers(0, 40, size).astype("u1").tobytes()
    path = tmp_path / "f.json"
    path.write_bytes(pack(content))
    assert read_bytes(path) == content


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_members_one_after_another_are_joined(pack):
    assert decompress(pack(b"one ") + pack(b"two"), "f") == b"one two"


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_a_file_cut_short_anywhere_is_refused(pack):
    whole = pack(np.random.default_rng(0).integers(0, 9, 3000).astype("u1").tobytes())
    for end in range(6, len(whole), max(len(whole) // 40, 1)):
        assert "cut short" in refusal(decompress, whole[:end], "f")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.ZstdCompressor(write_checksum=True).compress])
def test_a_damaged_file_is_refused(pack):
    whole = bytearray(pack(np.random.default_rng(0).integers(0, 9, 3000).astype("u1").tobytes()))
    whole[len(whole) // 2] ^= 0x55
    assert "compressed file" in refusal(decompress, bytes(whole), "f")


@pytest.mark.parametrize("kind", ["gz", "zst", "xz"])
def test_ten_gigabytes_in_a_small_file_are_refused_quickly_and_without_the_memory(kind):
    block = bytes(2**20)
    if kind == "gz":
        engine = zlib.compressobj(9, zlib.DEFLATED, 31)
        raw = b"".join(engine.compress(block) for _ in range(128)) + engine.flush()
        raw = raw * 80
    elif kind == "xz":
        raw = lzma.compress(bytes(2**26), preset=0) * 160
    else:
        out = io.BytesIO()
        with zstandard.ZstdCompressor(level=1).stream_writer(out, closefd=False) as writer:
            for _ in range(512):
                writer.write(block)
        raw = out.getvalue() * 20
    assert len(raw) < 12 * 2**20
    tracemalloc.start()
    began = perf_counter()
    message = refusal(decompress, raw, "bomb", 2**24)
    spent, (_, peak) = perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "holds more than 16 MiB" in message
    assert spent < 5
    assert peak < 2**27


def test_a_plain_file_over_the_limit_is_refused(tmp_path):
    path = tmp_path / "f.json"
    path.write_bytes(b"[" + b"1," * 5000 + b"1]")
    assert "holds more than 1000 bytes" in refusal(read_json, path, limit_bytes=1000)
    assert len(read_json(path)) == 5001


def test_what_cannot_be_opened_is_refused(tmp_path):
    assert "no such file" in refusal(read_json, tmp_path / "none.json")
    assert "is a directory" in refusal(read_json, tmp_path)
    assert "null byte" in refusal(read_json, "a\0b")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, "self"])
def test_what_json_lacks_is_not_written(tmp_path, value):
    content = {"a": value}
    if value == "self":
        content["a"] = content
    path = tmp_path / "f.json"
    assert "cannot be written as JSON" in refusal(write_json, path, content)
    assert not path.exists()


def test_a_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "f.json"
    write_bytes(path, b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    assert "no space left on device" in refusal(write_bytes, path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path):
    path = tmp_path / "f.json"
    versions = [json.dumps([k] * 20_000).encode() for k in range(2)]
    write_bytes(path, versions[0])
    done = threading.Event()
    seen = set()

    def watch():
        while not done.is_set():
            seen.add(path.read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for k in range(60):
        write_bytes(path, versions[k % 2])
    done.set()
    watcher.join()
    assert seen <= set(versions)


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_new_file_has_the_usual_rights(tmp_path):
    mask = os.umask(0o022)
    try:
        write_bytes(tmp_path / "f", b"x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o644


def test_a_device_is_written_as_it_is():
    write_bytes(os.devnull, b"x")
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)


def test_what_is_bound_to_fail_is_said_before_the_work(tmp_path):
    check_writable(tmp_path / "f.json")
    check_writable(os.devnull)
    assert "there is no folder" in refusal(check_writable, tmp_path / "no" / "f.json")
    assert "is a folder" in refusal(check_writable, tmp_path)
    assert "is a folder" in refusal(write_bytes, tmp_path, b"x")


def test_the_suffix_decides_the_compression():
    assert compress(b"x" * 100, "f.json") == b"x" * 100
    assert compress(b"x", "f.json.GZ")[:2] == b"\x1f\x8b"
    assert compress(b"x", "f.zst")[:4] == b"\x28\xb5\x2f\xfd"


def test_the_file_has_a_line_per_key():
    assert encode(Load(name="a", watts=[1, 2])) == b'{\n"name": "a",\n"watts": [1.0,2.0]\n}\n'


def test_an_interrupt_while_encoding_stays_one():
    def interrupt(_):
        raise KeyboardInterrupt

    class Slow(Record):
        x: Annotated[int, PlainSerializer(interrupt)] = 1

    with pytest.raises(KeyboardInterrupt):
        files.encode(Slow())
