"""Keep-alive cases whose figures can be worked out by hand."""

import numpy as np
import pytest

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EmbodiedParts, HardwareGeneration
from ecoopt.instances.keepalive import FunctionProfiles, Invocations, KeepAliveInstance, KeepAliveSchedule

# Per call, at 1000 g/kWh: warm 10 s and 1.02 g, cold 15 s and 1.53 g, of which embodied 0.002 g/s.
# Per waiting minute, at 1000 g/kWh: 0.94 g, of which embodied 0.09 g.
ROUND_BOX = HardwareGeneration(
    name="round", cores=2, memory_gb=10.0, idle_cpu_w=100.0, idle_dram_w=10.0,
    embodied=EmbodiedParts(cpu_kg=1.0, dram_kg=10.0, storage_kg=99.0, other_kg=99.0), lifetime_s=1e6)


class Cases:
    """Builds instances of functions with round figures, and schedules."""

    @staticmethod
    def instance(counts, intensity=1000.0, boxes=1, kinds=1, **changes):
        """Return an instance with a table [functions, minutes] of calls; carbon in minute steps.

        The calls take twice the time on box 1, three times on box 2, and so on; kind 1 has twice the memory.
        """
        table = np.array(counts)
        slower = np.arange(1, boxes + 1) * np.ones((kinds, 1))
        functions, minutes = table.shape
        given = {
            "name": "case",
            "generations": tuple(ROUND_BOX.replace(name=f"box{s}") for s in range(boxes)),
            "pool_memory_gb": [100.0] * boxes,
            "profiles": FunctionProfiles(
                names=[f"p{p}" for p in range(kinds)], memory_gb=np.arange(1.0, kinds + 1), warm_s=10.0 * slower,
                cold_start_s=5.0 * slower, warm_cpu_j=3600.0 * slower, warm_dram_j=0.0 * slower,
                cold_start_cpu_j=1800.0 * slower, cold_start_dram_j=0.0 * slower),
            "function_profile": [f % kinds for f in range(functions)],
            "start_utc": "2023-02-03T08:00:00Z",
            "carbon": CarbonTrace(zone="nowhere", start_utc="2023-02-03T08:00:00Z", step_s=60,
                                  intensity_g_per_kwh=np.broadcast_to(np.asarray(intensity, dtype=float), (minutes,))),
            "invocations": Invocations.from_dense(table),
            "weights": {"normalisation": "grams", "grams_per_s": 0.01},
        }
        return KeepAliveInstance(**(given | changes))

    @staticmethod
    def schedule(runs, keeps=(), fresh=None):
        """Return a schedule with rows (cell, generation, containers, minutes) of keeps."""
        cell, generation, containers, minutes = np.array(keeps, dtype=np.int64).reshape(-1, 4).T
        return KeepAliveSchedule(runs=np.array(runs), fresh=fresh, keep_cell=cell, keep_generation=generation,
                                 keep_containers=containers, keep_min=minutes)


@pytest.fixture(scope="session")
def cases():
    return Cases
