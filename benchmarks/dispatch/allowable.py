"""Allowable throughput of KAIROS's five models by policy, on mixed and on homogeneous pools; ``--help`` for options."""

import argparse

from ecoopt.heuristics.dispatch.allowable import POLICIES, allowable_rate_per_s

HOMOGENEOUS = (4, 0, 0, 0)
POOLS: dict[str, tuple[tuple[int, ...], ...]] = {
    "rm2": ((1, 0, 13, 0), (2, 0, 9, 0), (3, 0, 6, 0)), "ncf": ((1, 0, 13, 0), (2, 0, 9, 0), (3, 0, 6, 0)),
    "wnd": ((1, 0, 13, 0), (2, 0, 9, 0), (3, 0, 6, 0)), "mtwnd": ((2, 0, 9, 0), (1, 1, 10, 0), (3, 0, 6, 0)),
    "dien": ((2, 0, 9, 0), (1, 1, 10, 0), (3, 0, 6, 0))}
"""Pools that KAIROS's bound ranks first, and as many machines of the base type and r5n.large as 2.5 $/h buy."""


def main() -> None:
    """Print a row for each pool, and the ratio of KAIROS's best to the homogeneous pool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--models", nargs="*", default=list(POOLS), choices=list(POOLS))
    parser.add_argument("--arrivals", default="exponential", choices=("exponential", "poisson-ms", "bursty"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    policies = (*POLICIES, "drs")
    print("queries per second with 99 % in time")
    print(f"{'model':7}{'pool':15}" + "".join(f"{policy:>11}" for policy in policies))
    for model in options.models:
        rates = {}
        for counts in (HOMOGENEOUS, *POOLS[model]):
            rates[counts] = {policy: allowable_rate_per_s(
                policy, model=model, counts=counts, queries=options.queries, arrivals=options.arrivals,
                seed=options.seed) for policy in policies}
            print(f"{model:7}{','.join(map(str, counts)):15}"
                  + "".join(f"{rates[counts][policy]:11.1f}" for policy in policies), flush=True)
        alone = rates.pop(HOMOGENEOUS)["fcfs"]
        best = {policy: max(row[policy] for row in rates.values()) for policy in policies}
        print(f"{model:7}{'best / 4,0,0,0':15}" + "".join(f"{best[policy] / alone:11.2f}" for policy in policies),
              flush=True)


if __name__ == "__main__":
    main()
