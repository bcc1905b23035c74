import gzip
import lzma

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.keepalive import read_azure_2019

HEADER = "HashOwner,HashApp,HashFunction,Trigger," + ",".join(str(minute) for minute in range(1, 1441))


def row(app, function, calls=None, trigger="http", owner="o") -> str:
    counts = np.zeros(1440, dtype=int)
    for minute, count in (calls or {}).items():
        counts[minute] = count
    return f"{owner},{app},{function},{trigger}," + ",".join(map(str, counts.tolist()))


def write(path, *rows, header=HEADER, end="\n"):
    path.write_bytes(end.join([header, *rows, ""]).encode())
    return path


def cells(trace, function) -> dict:
    calls = trace.invocations
    part = slice(calls.offsets[function], calls.offsets[function + 1])
    return dict(zip(calls.minutes[part].tolist(), calls.counts[part].tolist(), strict=True))


def test_days_are_joined_and_functions_matched_by_hash(tmp_path):
    first = write(tmp_path / "d1.csv", row("a", "f", {0: 1, 1439: 2}), row("b", "g", {5: 3}))
    second = write(tmp_path / "d2.csv", row("c", "h", {7: 4}), row("a", "f", {0: 5}))
    trace = read_azure_2019([first, second])
    assert trace.function_names == ("a/f", "b/g", "c/h")
    assert trace.app_names == ("a", "b", "c")
    assert trace.invocations.horizon_min == 2880
    assert [cells(trace, f) for f in range(3)] == [{0: 1, 1439: 2, 1440: 5}, {5: 3}, {1447: 4}]
    assert trace.duration_s is None
    assert trace.memory_gb is None


def test_rows_of_one_function_with_several_triggers_are_added_up(tmp_path):
    day = write(tmp_path / "d.csv", row("a", "f", {3: 1, 9: 2}), row("b", "f", {3: 7}), row("a", "f", {9: 5}, "queue"))
    trace = read_azure_2019([day, day])
    assert [cells(trace, f) for f in range(2)] == [{3: 1, 9: 7, 1443: 1, 1449: 7}, {3: 7, 1443: 7}]


def test_same_function_name_of_two_owners_stays_two_functions(tmp_path):
    day = write(tmp_path / "d.csv", row("a", "f", {1: 1}, owner="x"), row("a", "f", {1: 2}, owner="y"))
    trace = read_azure_2019(day)
    assert len(set(trace.function_names)) == 2
    assert [cells(trace, f) for f in range(2)] == [{1: 1}, {1: 2}]


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".xz", lzma.compress), ("", bytes)])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_compression_and_line_ends_make_no_difference(tmp_path, suffix, compress, end):
    plain = write(tmp_path / "d.csv", row("a", "f", {0: 1, 1439: 12}), end=end)
    packed = tmp_path / f"e.csv{suffix}"
    packed.write_bytes(compress(plain.read_bytes()))
    assert cells(read_azure_2019(packed), 0) == {0: 1, 1439: 12}


def test_last_row_may_lack_its_end(tmp_path):
    path = write(tmp_path / "d.csv", row("a", "f", {1439: 3}))
    path.write_bytes(path.read_bytes().rstrip())
    assert cells(read_azure_2019(path), 0) == {1439: 3}


def test_durations_and_memory_are_weighted_means_in_seconds_and_gigabytes(tmp_path):
    day = write(tmp_path / "d.csv", row("a", "f", {0: 1}), row("a", "g", {0: 1}), row("b", "h", {0: 1}))
    times = []
    for name, average, count in (("t1", 100, 1), ("t2", 400, 3)):
        times.append(tmp_path / name)
        times[-1].write_text(f"HashOwner,HashApp,HashFunction,Average,Count\no,a,f,{average},{count}\no,a,x,1,1\n")
    memory = tmp_path / "m"
    memory.write_text("HashOwner,HashApp,SampleCount,AverageAllocatedMb\no,a,10,200\n")
    trace = read_azure_2019(day, times, memory)
    assert trace.duration_s[0] == pytest.approx(0.325)
    assert np.isnan(trace.duration_s[1:]).all()
    assert trace.memory_gb[:2] == pytest.approx([0.2, 0.2])
    assert np.isnan(trace.memory_gb[2])


def refusal(*paths, **options) -> str:
    with pytest.raises(InputError) as caught:
        read_azure_2019(*paths, **options)
    return str(caught.value)


def test_every_wrong_row_is_named_with_its_column(tmp_path):
    good = row("a", "f", {0: 1})
    fields = good.split(",")
    day = write(tmp_path / "d.csv", good, ",".join(fields[:700]), good + ",0",
                ",".join([*fields[:9], "x", *fields[10:]]), "o,a",
                row("", "f"), row("a", "g", {4: 2_000_000}), ",".join([*fields[:-1], "1.5"]))
    text = refusal(day)
    for part in ("row 3: ends in column 696; give 1444 columns", "row 4: has more than 1444 columns",
                 "row 5: column 6 is no whole number", "row 6: ends in column HashApp",
                 "row 7: has an empty HashApp or HashFunction", "row 8: column 5 holds 2000000 calls",
                 "row 9: column 1440 is no whole number"):
        assert part in text
    assert all(line.startswith(str(day)) for line in text.splitlines())


def test_wrong_headers_are_refused(tmp_path):
    assert "row 1: is not the header" in refusal(write(tmp_path / "d.csv", header="app,func,end_timestamp,duration"))
    day = write(tmp_path / "e.csv", row("a", "f", {0: 1}))
    bad = tmp_path / "t.csv"
    bad.write_text("HashOwner,HashApp,HashFunction,Mean\n")
    assert "row 1: has no column Average, Count" in refusal(day, bad)


def test_all_faults_of_measurements_are_named(tmp_path):
    day = write(tmp_path / "d.csv", row("a", "f", {0: 1}))
    bad = tmp_path / "t.csv"
    bad.write_text("HashOwner,HashApp,HashFunction,Average,Count\no,a,f,-1,nan\no,a,f,1\no,a,g,abc,2\n")
    text = refusal(day, bad)
    for part in ("row 2, Average: '-1'", "row 2, Count: 'nan'", "row 3: has 4 columns, the header 5",
                 "row 4, Average: 'abc'"):
        assert part in text


def test_missing_damaged_large_and_unreadable_files_are_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "missing.csv")
    damaged = tmp_path / "d.csv.gz"
    damaged.write_bytes(gzip.compress(HEADER.encode())[:-9])
    assert str(damaged) in refusal(damaged)
    bomb = tmp_path / "b.csv.xz"
    bomb.write_bytes(lzma.compress(b"0" * 1_000_000))
    assert "bytes" in refusal(bomb, limit_bytes=10_000)
    latin = write(tmp_path / "l.csv", row("a", "f", {0: 1}))
    latin.write_bytes(latin.read_bytes().replace(b"o,a,f", b"o,\xff,f"))
    assert "row 2: is not UTF-8 text" in refusal(latin)
    assert "names no file" in refusal([])


def test_file_with_a_header_alone_gives_no_functions(tmp_path):
    trace = read_azure_2019(write(tmp_path / "d.csv"))
    assert trace.invocations.functions == 0


def test_real_samples_are_read_with_their_measurements(shared_data):
    part = shared_data / "serverless"
    trace = read_azure_2019(*(part / f"invitro_{kind}.csv.xz" for kind in ("invocations", "durations", "memory")))
    assert trace.invocations.functions == 4
    assert trace.invocations.horizon_min == 1440
    assert trace.duration_s.tolist() == [0.1, 0.5, 0.25, 0.125]
    assert trace.memory_gb.tolist() == [0.12, 0.176, 0.17, 0.112]
