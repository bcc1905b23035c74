"""Speed benchmarks on one thread: ratios to a reference in the same run, ceilings, exponents over growing sizes."""

import os

# Before NumPy is loaded: threads of BLAS that wait for work use up CPU seconds, and cores that others need.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
