"""From public tables and traces to an instance: what ``ecoopt import`` offers for this family."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.llm import read_requests
from ecoopt.instances.llm.splitwise import read_splitwise, splitwise_times
from ecoopt.instances.phase_split.classes import published_cells, trace_cells
from ecoopt.instances.phase_split.generate import Mode, build, checked_arguments
from ecoopt.instances.phase_split.schema import PhaseSplitInstance


def import_splitwise_times(
    path: Path, *, workload: Literal["code", "conversation"] = "conversation", rate_per_s: float = 10.0,
    machines: str = "a100,h100,h100-pcap", model: str = "llama2-70b", mode: Mode = "split",
) -> PhaseSplitInstance:
    """Read times of machines as splitwise-sim has them, and ask for one hour of a published workload.

    Parameters
    ----------
    path : Path
        CSV, plain or compressed: columns model, hardware, tensor_parallel, prompt_size, batch_size, prompt_time and
        token_time (ms); of several rows alike the median counts.
    workload, rate_per_s, model, mode
        As in the generator.
    machines : str
        Names of the generator, with commas between them.

    Raises
    ------
    InputError
        When the file cannot be read or lacks a machine.
    """
    arguments = checked_arguments(workload=workload, rate_per_s=rate_per_s, machines=machines.split(","), model=model,
                                  mode=mode, name=Path(path).name[:200])
    return _read(arguments, [published_cells(workload)], read_splitwise(path))


def import_request_trace(
    path: Path, *, buckets: int = 36, rate_per_s: float | None = None, machines: str = "a100,h100,h100-pcap",
    model: str = "llama2-70b", mode: Mode = "split", first_token_limit_s: float = 2.0, token_limit_s: float = 0.06,
) -> PhaseSplitInstance:
    """Read a trace of requests, Azure's or Mooncake's, and ask for machines for one hour of them.

    Parameters
    ----------
    path : Path
        As `ecoopt.instances.llm.read_requests` takes it.
    buckets : int
        Cells of length with equally many requests.
    rate_per_s : float, optional
        Requests per second; those of the trace by default.
    machines : str
        Names of the generator, with commas between them.
    model, mode, first_token_limit_s, token_limit_s
        As in the generator.

    Raises
    ------
    InputError
        When the file cannot be read or an option is wrong.
    """
    trace = read_requests(path)
    rate = trace.rate_per_s if rate_per_s is None else rate_per_s
    arguments = checked_arguments(
        rate_per_s=rate, machines=machines.split(","), model=model, mode=mode, buckets=buckets,
        first_token_limit_s=first_token_limit_s, token_limit_s=token_limit_s, name=Path(path).name[:200])
    if trace.n < buckets:
        raise InputError.one(str(path), "", f"holds {trace.n} requests for {buckets} buckets", "ask for fewer buckets")
    arguments["workload"] = "trace"
    return _read(arguments, [trace_cells("trace", trace, buckets)], splitwise_times(), trace.source, trace.licence)


def _read(arguments: dict[str, Any], cells: Any, tables: Any, *source: str) -> PhaseSplitInstance:
    """Return the instance, its provenance that of what was read."""
    found = build(arguments, cells, tables, np.random.default_rng(0))
    note = {"source": source[0], "licence": source[1]} if source else {"source": "times as splitwise-sim has them"}
    replaced: PhaseSplitInstance = found.replace(provenance=found.provenance.replace(generator={}, **note))
    return replaced


READERS = {"splitwise-times": import_splitwise_times, "phase-split-trace": import_request_trace}
