"""Benchmarks: instance sets, best-known values, study files, speed."""
