"""The spot-parallel instance: a fleet that changes, ways to spread a model over it, and what changing them costs."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IntArray, NonNegativeVector, array_field
from ecoopt.core.instance import Instance
from ecoopt.instances.carbon import CarbonTrace

Alive = Annotated[NDArray[np.bool_], *array_field(np.bool_, 2)]
Counts = Annotated[IntArray, *array_field(np.int64, ge=0, le=100_000)]
Degrees = Annotated[IntArray, *array_field(np.int64, ge=1, le=10_000)]
Parents = Annotated[IntArray, *array_field(np.int64, ge=-1)]
Prices = Annotated[FloatArray, *array_field(np.float64, ge=0, le=1e9)]
Shares = Annotated[FloatArray, *array_field(np.float64, gt=0, le=1)]
Price = Annotated[float, Field(ge=0, le=1e9)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]

MOST_NODES, MOST_CONFIGS, MOST_CELLS = 1_000_000, 2000, 50_000_000
ROUNDING = 1e-9
"""Share by which memory or a budget may be exceeded, as rounding."""


class SpotParallelInstance(Instance):
    """How a language model is spread over spot GPUs that come and go, interval by interval.

    N nodes, C configurations, G spot GPUs with names. Nodes are intervals, in a row or as a tree of scenarios: a node
    is an interval of one course of events, and what is decided there is decided without knowing which child comes next.
    A configuration is D replicas of P stages of M shards, and takes D P M GPUs; with D = 0 the service is off.

    A change of D alone is a *resize*, any other change a *reshape*: between off and on, or of P, M or the batch. Both
    cost money and a pause in which the requests are lost that would have been served. Weights and caches that are not
    where they are needed have to be moved, which also takes time: what exceeds the grace period is a pause too.

    Parameters
    ----------
    step_s : int
        Length of an interval.
    parent : int array [N]
        Node before each node, one with a lower number; -1 for none.
    probability : float array [N]
        Of each node; those without parent add up to 1, and children to their parent.
    spot_gpus : int array [N]
        Spot GPUs there are.
    load_rps : float array [N]
        Requests per second.
    data, pipeline, tensor, batch : int array [C]
        Replicas, stages, shards and batch of each configuration, all four together distinct.
    latency_s : float array [C]
        Time from a request to its answer.
    throughput_rps : float array [C]
        Most requests per second.
    spot_usd_per_gpu_h, on_demand_usd_per_gpu_h : float array [N]
        Price of a GPU.
    most_on_demand : int
        On-demand GPUs that can be had.
    delay_usd_per_request_h : float
        What an hour of latency of one request costs.
    unserved_usd_per_request : float
        What a lost request costs: one beyond the throughput, or in a pause.
    resize_usd, reshape_usd : float
        Cost of a change, the first not above the second.
    resize_s, reshape_s : float
        Pause of a change, the first not above the second.
    weights_gb : float
        Size of the weights of one replica.
    kv_gb : float array [C]
        Cache of the requests that one replica is at work on.
    gpu_memory_gb : float
        Memory of a GPU; weights and cache of a replica are spread evenly over its GPUs.
    bandwidth_gb_per_s : float, optional
        What all links together carry; without it moving takes no time.
    grace_s : float
        Time to move while the service goes on.
    alive : bool array [N, G], optional
        Which spot GPUs are there; they get names by it. ``spot_gpus`` counts them.
    gpu_w : float
        Power of a GPU that is used.
    pue : float
        Power usage effectiveness.
    start_utc : str, optional
        Beginning of the first interval.
    carbon : CarbonTrace, optional
        Covers all intervals; without it no carbon is counted.
    carbon_usd_per_kg : float
        Price of carbon.
    budget_usd : float, optional
        Most that GPUs may cost, in expectation.
    budget_kg : float, optional
        Most carbon, in expectation.
    """

    family: Literal["spot_parallel"] = "spot_parallel"
    schema_version: Literal[1] = 1
    step_s: Annotated[int, Field(ge=1, le=366 * 86400)] = 3600
    parent: Parents
    probability: Shares
    spot_gpus: Counts
    load_rps: NonNegativeVector
    data: Counts
    pipeline: Degrees
    tensor: Degrees
    batch: Degrees
    latency_s: NonNegativeVector
    throughput_rps: NonNegativeVector
    spot_usd_per_gpu_h: Prices
    on_demand_usd_per_gpu_h: Prices
    most_on_demand: Annotated[int, Field(ge=0, le=100_000)] = 0
    delay_usd_per_request_h: Price = 0.0
    unserved_usd_per_request: Price = 0.0
    resize_usd: Price = 0.0
    reshape_usd: Price = 0.0
    resize_s: Seconds = 0.0
    reshape_s: Seconds = 0.0
    weights_gb: Annotated[float, Field(gt=0, le=1e6)]
    kv_gb: NonNegativeVector
    gpu_memory_gb: Annotated[float, Field(gt=0, le=1e6)]
    bandwidth_gb_per_s: Annotated[float, Field(gt=0, le=1e9)] | None = None
    grace_s: Seconds = 0.0
    alive: Alive | None = None
    gpu_w: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0
    start_utc: str | None = None
    carbon: CarbonTrace | None = None
    carbon_usd_per_kg: Price = 0.0
    budget_usd: Annotated[float, Field(ge=0, le=1e15)] | None = None
    budget_kg: Annotated[float, Field(ge=0, le=1e15)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._tree_problems(), *self._config_problems(), *self._rest_problems()]
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def nodes(self) -> int:
        """Number of nodes N."""
        return len(self.parent)

    @property
    def configs(self) -> int:
        """Number of configurations C."""
        return len(self.data)

    @cached_property
    def gpus(self) -> IntArray:
        """GPUs that each configuration takes, int array [C]."""
        return _frozen(self.data * self.pipeline * self.tensor)

    @cached_property
    def depth(self) -> IntArray:
        """Number of the interval that each node is in, int array [N]."""
        depth: list[int] = []
        for parent in self.parent.tolist():
            depth.append(depth[parent] + 1 if parent >= 0 else 0)
        return _frozen(np.array(depth, dtype=np.int64))

    @property
    def intervals(self) -> int:
        """Number of intervals of the longest course of events."""
        return int(self.depth.max()) + 1

    @property
    def devices(self) -> int:
        """Number of columns of a schedule's slots: spot GPUs with names and on-demand GPUs, 0 without names."""
        return 0 if self.alive is None else self.alive.shape[1] + self.most_on_demand

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean carbon intensity of every interval, float array; zeros without a trace."""
        if self.carbon is None or self.start_utc is None:
            return _frozen(np.zeros(self.intervals))
        return _frozen(self.carbon.means(self.start_utc, self.step_s, self.intervals))

    def _tree_problems(self) -> list[str]:
        nodes, problems = self.nodes, []
        if not 1 <= nodes <= MOST_NODES:
            problems.append(f"parent has {nodes} entries; give 1 to {MOST_NODES:,}")
        names = ("probability", "spot_gpus", "load_rps", "spot_usd_per_gpu_h", "on_demand_usd_per_gpu_h")
        uneven = [name for name in names if len(getattr(self, name)) != nodes]
        problems += [f"{name} has {len(getattr(self, name))} entries for {nodes} nodes" for name in uneven]
        late = np.flatnonzero(self.parent >= np.arange(nodes))
        if late.size:
            problems.append(f"parent of node {late[0]} is {self.parent[late[0]]}; number parents before children")
        elif "probability" not in uneven and nodes:
            heirs = np.bincount(self.parent + 1, self.probability, nodes + 1)
            wanted = np.append(1.0, self.probability)
            has = np.bincount(self.parent + 1, minlength=nodes + 1) > 0
            wrong = np.flatnonzero(has & (np.abs(heirs - wanted) > ROUNDING * np.maximum(wanted, 1e-3)))
            if wrong.size:
                of = "nodes without parent" if wrong[0] == 0 else f"children of node {wrong[0] - 1}"
                problems.append(f"probability of {of} adds up to {heirs[wrong[0]]:.9g}, not {wanted[wrong[0]]:.9g}; "
                                "correct it")
        if self.load_rps.size and self.load_rps.max() > 1e9:
            problems.append(f"load_rps goes up to {self.load_rps.max():g}; keep it within 1e9")
        if self.alive is not None and "spot_gpus" not in uneven:
            if len(self.alive) != nodes or nodes * self.devices > MOST_CELLS:
                problems.append(f"alive has shape {list(self.alive.shape)} for {nodes} nodes; give a row for each, "
                                f"{MOST_CELLS:,} entries at most, most_on_demand more in each row counted")
            elif (self.alive.sum(axis=1) != self.spot_gpus).any():
                node = int((self.alive.sum(axis=1) != self.spot_gpus).argmax())
                problems.append(f"spot_gpus of node {node} is {self.spot_gpus[node]}, alive has "
                                f"{self.alive[node].sum()}; correct one of them")
        return problems

    def _config_problems(self) -> list[str]:
        configs, problems = self.configs, []
        if not 1 <= configs <= MOST_CONFIGS or configs * self.nodes > MOST_CELLS:
            problems.append(f"data has {configs} entries; give 1 to {MOST_CONFIGS}, {MOST_CELLS:,} at most over all "
                            "nodes")
        names = ("pipeline", "tensor", "batch", "latency_s", "throughput_rps", "kv_gb")
        uneven = [name for name in names if len(getattr(self, name)) != configs]
        problems += [f"{name} has {len(getattr(self, name))} entries for {configs} configurations" for name in uneven]
        if uneven:
            return problems
        if configs and int(self.gpus.max()) > 100_000:
            problems.append(f"a configuration takes {self.gpus.max()} GPUs; keep it within 100,000")
        if len({*zip(*(getattr(self, name).tolist() for name in ("data", *names[:3])), strict=True)}) < configs:
            problems.append("two configurations are the same; remove one")
        problems += [f"{name} goes up to {getattr(self, name).max():g}; keep it within 1e9"
                     for name in names[3:] if getattr(self, name).max(initial=0) > 1e9]
        off = np.flatnonzero((self.data == 0) & (self.throughput_rps > 0))
        if off.size:
            problems.append(f"throughput_rps of configuration {off[0]} is {self.throughput_rps[off[0]]:g}, and it has "
                            "no replica; give 0")
        return problems

    def _rest_problems(self) -> list[str]:
        if self.alive is not None and self.configs**2 * int(self.gpus.max(initial=0) + 1) > MOST_CELLS:
            return [f"{self.configs} configurations of up to {self.gpus.max()} GPUs are too many where GPUs have "
                    "names; leave out alive, or some of them"]
        problems = [f"{low} is above {high}; exchange them" for low, high in
                    (("resize_usd", "reshape_usd"), ("resize_s", "reshape_s"))
                    if getattr(self, low) > getattr(self, high)]
        if self.carbon is not None and self.start_utc is None:
            problems.append("carbon is given without start_utc; say when the first interval begins")
        if self.budget_kg is not None and self.carbon is None:
            problems.append("budget_kg is given without carbon; give a trace")
        return problems


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
