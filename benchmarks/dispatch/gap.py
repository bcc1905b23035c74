"""How much of the gap between KAIROS and the clairvoyant bound a policy closes, by setting; ``--help`` for options."""

import argparse
from typing import Any

import ecoopt

SETTINGS: dict[str, dict[str, Any]] = {
    "rm2, 2+9, 140/s": {"queries": 150, "rate_per_s": 140.0, "tick_ms": 10.0},
    "rm2, 2+9, 120/s": {"queries": 150, "rate_per_s": 120.0, "tick_ms": 10.0},
    "rm2, 1+3, 60/s": {"queries": 60, "rate_per_s": 60.0, "counts": [1, 0, 3, 0], "tick_ms": 10.0},
    "rm2, 1+3, 45/s": {"queries": 60, "rate_per_s": 45.0, "counts": [1, 0, 3, 0], "tick_ms": 10.0},
    "wnd, 1+13, 1500/s": {
        "model": "wnd", "queries": 150, "rate_per_s": 1500.0, "counts": [1, 0, 13, 0], "tick_ms": 0.5}}
"""Short streams: GPUs and processors, arrivals per second."""

LONG: dict[str, dict[str, Any]] = {
    f"{model}, {counts[0]}+{counts[2]}, {rate:g}/s": {
        "model": model, "queries": 20_000, "counts": counts, "rate_per_s": rate, "tick_ms": tick_ms}
    for model, counts, rate, tick_ms in (
        ("rm2", [2, 0, 9, 0], 95.0, 1.0), ("rm2", [2, 0, 9, 0], 110.0, 1.0), ("rm2", [2, 0, 9, 0], 140.0, 1.0),
        ("wnd", [1, 0, 13, 0], 1300.0, 0.1), ("mtwnd", [2, 0, 9, 0], 900.0, 0.1), ("ncf", [1, 0, 13, 0], 6500.0, 0.02),
        ("dien", [2, 0, 9, 0], 650.0, 0.1))}


def main() -> None:
    """Print a row for each setting: means over the seeds, and the share of the gap that is closed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="streams of 20,000 queries")
    parser.add_argument("--policy", default="replan")
    parser.add_argument("--bound", default="bound", help="method that proves the bound")
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of each bound")
    options = parser.parse_args()
    print(f"{'setting':22}{'bound':>11}{'kairos':>11}{options.policy:>11}{'closed %':>10}")
    for name, setting in (LONG if options.long else SETTINGS).items():
        total = dict.fromkeys(("bound", "kairos", options.policy), 0.0)
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            instance = ecoopt.generate("dispatch", seed=seed, **setting)
            total["bound"] += ecoopt.solve(instance, options.bound, time_limit=options.seconds).bound
            for policy in ("kairos", options.policy):
                total[policy] += ecoopt.solve(instance, policy).objective
        bound, kairos, ours = (value / options.seeds for value in total.values())
        print(f"{name:22}{bound:11.2f}{kairos:11.2f}{ours:11.2f}{100 * (ours - kairos) / (bound - kairos):10.1f}",
              flush=True)


if __name__ == "__main__":
    main()
