"""Time of methods, referee and generator over growing instances of a family, for the exponents that the run prints.

An entry of `GROWING` brings a family in. Its methods are those of the registry, so a new method is timed too. CPU
seconds, the fastest of a few rounds, after a run on the smallest instance (compilation). What is slow already is not
tried on larger instances.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from time import process_time
from typing import Any

import pytest

from ecoopt import registry
from ecoopt.core.budget import Budget
from ecoopt.core.instance import Instance
from ecoopt.core.status import Termination

ROUNDS = 3
SLOW_S = 3.0
SAFETY_S = 60.0
REFEREE, GENERATOR = "referee", "generator"

pytestmark = pytest.mark.benchmark(timer=process_time)


@dataclass(frozen=True, eq=False)
class Growing:
    """Instances of a family that differ in size alone.

    Parameters
    ----------
    name, family : str
        Of the group of measurements, and of the family.
    steps : tuple of int
        From small to large, growing by a factor.
    options : callable
        The generator's options at a step.
    size : callable
        The number of an instance that the exponent refers to.
    judged : str
        The method whose schedule the referee gets.
    only, left_out : collection of str
        Methods to time, all of the family's without `only`; and those not to.
    iterations : mapping
        Budget of methods that end late or never by themselves.
    """

    name: str
    family: str
    steps: tuple[int, ...]
    options: Callable[[int], dict[str, Any]]
    size: Callable[[Any], int]
    judged: str
    only: Collection[str] = ()
    left_out: Collection[str] = ()
    iterations: Mapping[str, int] = field(default_factory=dict)

    def subjects(self) -> Iterator[str]:
        """Yield what is timed: methods, referee, generator."""
        for name in registry.methods(self.family):
            if name in (self.only or [name]) and name not in self.left_out:
                yield name
        yield from (REFEREE, GENERATOR)

    @cache  # noqa: B019  few, and all live as long as the session
    def instance(self, step: int) -> Instance:
        """Return the instance of a step."""
        return registry.generate(self.family, **self.options(step))

    def task(self, subject: str, step: int) -> Callable[[], Any]:
        """Return what is timed of a subject at a step."""
        if subject == GENERATOR:
            return lambda: registry.generate(self.family, **self.options(step))
        instance = self.instance(step)
        if subject == REFEREE:
            schedule = registry.method(self.family, self.judged).run(instance).schedule
            assert schedule is not None
            return lambda: registry.evaluate(instance, schedule)
        method = registry.method(self.family, subject)
        budget = Budget(seconds=SAFETY_S, iterations=self.iterations.get(subject))
        return lambda: method.run(instance, budget=budget, seed=1)


def cells(instance: Any) -> int:
    return int(instance.invocations.cells)


DOUBLED = tuple(50 * 2**k for k in range(8))
GROWING = (
    Growing(
        "refresh", "refresh", (6, 12, 24, 48, 96), lambda n: {"periods": n, "gpus": 400, "seed": 1},
        lambda instance: int(instance.periods), judged="greedy",
        left_out=("milp", "lns"),  # branch and bound: no power of the size
        iterations={"lagrangian": 20, "pso": 10, "local-search": 3}),
    Growing(
        "keepalive", "keepalive", DOUBLED, lambda n: {"functions": n, "hours": 6, "seed": 1}, cells, judged="greedy",
        left_out=(
            "milp", "lns",  # branch and bound: no power of the size
            "eco-new", "eco-old",  # ecolife-exact with one choice of generation
            "new-only", "old-only", "no-keep",  # fixed with other constants
            "co2-opt", "service-time-opt", "energy-opt",  # oracle with other weights
        ),
        iterations={"lagrangian": 20, "pso": 20}),
    Growing(
        "MIG serving", "mig_serving", tuple(6 * 2**k for k in range(7)), lambda n: {"gpus": 60, "hours": n, "seed": 1},
        lambda instance: int(instance.periods), judged="greedy",
        left_out=("milp", "milp-pattern", "lns"),  # branch and bound: no power of the size
        iterations={"lagrangian": 3, "pso": 20, "local-search": 3}),
    Growing(
        "MIG partition", "mig_partition", tuple(50 * 2**k for k in range(7)),
        lambda n: {"gpus": n, "jobs_per_gpu": 3.0, "seed": 1}, lambda instance: int(instance.jobs), judged="greedy",
        iterations={"pso": 20, "annealing": 2000, "lagrangian": 20}),
    Growing(
        "MIG cluster", "mig_cluster", tuple(50 * 2**k for k in range(6)),
        lambda n: {"gpus": 16, "jobs": n, "mean_gap_s": 25.0, "seed": 1}, lambda instance: int(instance.jobs),
        judged="oracle",
        left_out=("milp", "snapshot-milp"),  # branch and bound: no power of the size
        iterations={"local-search": 20, "pso": 5}),
    Growing(
        "pool", "pool", tuple(6 * 2**k for k in range(6)),
        lambda n: {"objective": "cost", "models": ["rm2", "wnd"], "hours": n, "start_h": 0.1, "spot": 0.2, "seed": 1},
        lambda instance: int(instance.periods), judged="greedy",
        left_out=("milp", "benders", "fluid",  # branch and bound: no power of the size
                  "kairos", "kairos-plus", "ribbon", "random", "hill-climb", "rsm", "forecast"),  # one period
        iterations={"local-search": 3, "pso": 5}),
    Growing(
        "dispatch", "dispatch", tuple(200 * 2**k for k in range(7)),
        lambda n: {"queries": n, "rate_per_s": 140.0, "tick_ms": 10.0, "seed": 1},
        lambda instance: int(instance.queries), judged="greedy",
        left_out=("milp",),  # branch and bound: no power of the size
        iterations={"local-search": 100, "pso": 5}),
    Growing(
        "directives", "directives", tuple(48 * 2**k for k in range(7)), lambda n: {"hours": n, "seed": 1},
        lambda instance: int(instance.hours), judged="greedy",
        left_out=("milp",),  # branch and bound: no power of the size
        iterations={"local-search": 20, "pso": 5}),
    Growing(
        "node mix", "node_mix", tuple(50 * 2**k for k in range(7)), lambda n: {"workloads": n, "seed": 1},
        lambda instance: len(instance.groups), judged="greedy",
        left_out=("milp", "dp", "enumeration",  # branch and bound, states, all mixes: no power of the size
                  "smallest", "largest", "least-energy"),  # break the budget
        iterations={"pso": 5}),
    Growing(
        "power cap jobs", "power_cap_jobs", tuple(50 * 2**k for k in range(6)),
        lambda n: {"jobs": n, "gpus": n // 2, "hours": 48, "seed": 1}, lambda instance: int(instance.jobs),
        judged="greedy",
        left_out=("milp", "lns"),  # branch and bound: no power of the size
        iterations={"local-search": 20, "pso": 5, "lagrangian": 20}),
    Growing(
        "shifting", "shifting", tuple(100 * 2**k for k in range(7)),
        lambda n: {"jobs": n, "hours": 168, "load": 0.5, "seed": 1}, lambda instance: int(instance.jobs),
        judged="list-greedy",
        left_out=("milp", "lns", "dive", "rolling"),  # branch and bound: no power of the size
        iterations={"lagrangian": 20, "local-search": 5, "annealing": 5, "pso": 5}),
    Growing(
        "power thresholds", "power_cap_thresholds", tuple(25 * 2**k for k in range(6)),
        lambda n: {"scenarios": n, "trip_share": 0.05, "seed": 1}, lambda instance: int(instance.scenarios),
        judged="greedy",
        left_out=("milp", "enumeration"),  # branch and bound: no power of the size
        iterations={"pso": 5}),
    Growing(
        "LLM configurations", "llm_config", tuple(12 * 2**k for k in range(6)),
        lambda n: {"zones": ["GB", "ZA"], "periods": n, "seed": 1}, lambda instance: int(instance.periods),
        left_out=("milp", "whole"),  # branch and bound: no power of the size
        iterations={"annealing": 3000, "pso": 5}),
    Growing(
        "layer placement", "layer_placement", tuple(10 * 2**k for k in range(6)),
        lambda n: {"machines": n, "spread": 0.2, "seed": 1}, lambda instance: len(instance.kind), judged="greedy",
        left_out=("milp", "helix", "left-to-right"),  # branch and bound: no power of the size
        iterations={"local-search": 20, "pso": 5, "chain-groups": 20, "beam": 3}),
    Growing(
        "graph partition", "graph_partition", tuple(500 * 2**k for k in range(7)),
        lambda n: {"entities": n, "devices": 8, "seed": 1}, lambda instance: int(instance.edges), judged="multilevel",
        left_out=("milp", "branch-bound", "sdp", "spectral",  # small graphs alone
                  "metis"),  # an extra
        iterations={"local-search": 2, "annealing": 20, "pso": 2, "multilevel": 1}),
    Growing(
        "phase split", "phase_split", tuple(6 * 2**k for k in range(6)),
        lambda n: {"hours": n, "zones": ["GB", "KR"], "machines": ["a100", "h100"], "buckets": 9, "objective": "carbon",
                   "seed": 1}, lambda instance: int(instance.hours), judged="greedy",
        left_out=("milp", "lagrangian", "colocated"),  # branch and bound: no power of the size; no such pools
        iterations={"local-search": 20, "pso": 5}),
    Growing(
        "power caps", "power_cap", tuple(24 * 2**k for k in range(6)), lambda n: {"hours": n, "seed": 1},
        lambda instance: int(instance.hours), judged="greedy",
        iterations={"local-search": 5, "pso": 5, "lagrangian": 20}),
    Growing(
        "spot fleets", "spot_parallel", tuple(96 * 2**k for k in range(6)),
        lambda n: {"intervals": n, "seed": 1}, lambda instance: int(instance.nodes), judged="greedy",
        left_out=("flow", "milp"),  # branch and bound: no power of the size
        iterations={"local-search": 5, "pso": 5}),
    # Functions that share no profile share no gap pool either: pools grow with cells.
    Growing(
        "keepalive, own profiles", "keepalive", DOUBLED[:-1],
        lambda n: {"functions": n, "hours": 6, "seed": 1, "memory": 0.4, "own_profiles": True}, cells, judged="greedy",
        only=("exact-unconstrained", "greedy", "local-search", "lp", "lagrangian", "pso"),
        iterations={"lagrangian": 20, "pso": 20}),
)


@pytest.fixture(scope="module")
def latest_s() -> dict[str, float]:
    """Seconds of each group at its latest step."""
    return {}


@pytest.mark.parametrize(("growing", "subject", "step"), [
    pytest.param(growing, subject, step, id=f"{growing.name}-{subject}-{step}")
    for growing in GROWING for subject in growing.subjects() for step in growing.steps])
def bench_growth(benchmark: Any, latest_s: dict[str, float], growing: Growing, subject: str, step: int) -> None:
    benchmark.group = f"{growing.name}: {subject}"
    if benchmark.group not in latest_s:
        growing.task(subject, growing.steps[0])()
    if latest_s.get(benchmark.group, 0.0) > SLOW_S:
        pytest.skip(f"{benchmark.group} takes over {SLOW_S:g} s on a smaller instance")
    done = benchmark.pedantic(growing.task(subject, step), rounds=ROUNDS)
    if getattr(done, "termination", None) is Termination.TIME:
        pytest.skip(f"{benchmark.group} does not end by itself; give it a budget of iterations")
    latest_s[benchmark.group] = benchmark.stats["min"] if benchmark.stats else 0.0
    benchmark.extra_info["size"] = growing.size(growing.instance(step))
