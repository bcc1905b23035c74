"""The exact methods and the semidefinite bound, all begun by the multilevel search."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.graph_partition.integer_program import solve_program
from ecoopt.formulations.graph_partition.semidefinite import solve_pairs
from ecoopt.formulations.graph_partition.value_bounds import objective_bound
from ecoopt.heuristics.graph_partition.ground import Ground
from ecoopt.heuristics.graph_partition.multilevel import multilevel
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]
Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
CutRounds: TypeAlias = Annotated[int, Field(ge=0, le=1000)]

_SHARE, _ITERATIONS, _EACH = 0.3, 100, 2
"""For the multilevel search: share of the time, and iterations, these and so many for each entity at most."""


def milp(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    threads: Threads = 1, cut_rounds: CutRounds = 12,
) -> Outcome:
    """Solve the integer program, begun by the multilevel search. Iterations are nodes.

    Where the homes of one epoch decide all and entities are at most 63, every pair of entities has a variable, and
    triangles, stars and cliques that the linear relaxation breaks are added in rounds before HiGHS begins to branch.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    cut_rounds : int
        Most rounds of cuts.
    """
    if not _begun(instance, run, seed, start):
        return run.outcome()
    return solve_program(instance, run, seed, threads, cut_rounds)


def sdp(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None, rounds: Count = 40,
) -> Outcome:
    """Bound the kept weight by the semidefinite relaxation with cuts. Iterations are rounds of cuts.

    The multilevel search comes first; every round's point is rounded to a schedule. Over 600 entities the bound is
    left to ``spectral``.

    Parameters
    ----------
    rounds : int
        Most rounds.
    """
    if not _begun(instance, run, seed, start):
        return run.outcome()
    return solve_pairs(instance, run, seed, rounds, branch=False)


def branch_bound(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None, rounds: Count = 15,
) -> Outcome:
    """Branch on pairs, together or apart, with the bound of ``sdp``. Iterations are rounds at the root, then nodes.

    The multilevel search comes first. Exact where concepts are everywhere, nothing is copied and there is one epoch;
    else its bound stands for the homes of one epoch.

    Parameters
    ----------
    rounds : int
        Most rounds at the root.
    """
    if not _begun(instance, run, seed, start):
        return run.outcome()
    return solve_pairs(instance, run, seed, rounds, branch=True)


def _begun(instance: GraphPartitionInstance, run: Run, seed: int, start: GraphPartitionSchedule | None) -> bool:
    """Give the run the start, the bound that needs no work and what the multilevel search finds; say whether to go on.

    What the search spends are no iterations of the run, but are limited alike.
    """
    ground = Ground(instance)
    if start is not None:
        run.offer(ground.objective(start), start)
    bound = objective_bound(instance, instance.total_weight)
    run.prove(bound)
    if run.stop() is not None or run.gap <= CLOSED:
        return False
    if not ground.impossible:
        iterations = int(min(_ITERATIONS, _EACH * instance.entities, run.iterations_left))
        part = run.part(seconds=_SHARE * run.seconds_left, iterations=iterations)
        part.prove(bound)
        multilevel(instance, part, seed=seed, start=start)
    return run.stop() is None and run.gap > CLOSED
