"""Seconds, objective and proven gap of the exact methods on the sizes that matter; ``--help`` for the options."""

import time

import ecoopt
from benchmarks.keepalive.trace_instance import arguments, instance_of

CASES = (
    # name, method, start, minutes, memory, functions, containers
    ("whole trace, 12 days", "lagrangian", 0, 17_280, 0.5, None, "release"),
    ("whole trace, 12 days", "exact-unconstrained", 0, 17_280, 0.5, None, "release"),
    ("first 240 minutes", "lagrangian", 0, 240, 0.5, None, "release"),
    ("first 240 minutes", "milp", 0, 240, 0.5, None, "release"),
    ("26 functions, 1 h, persistent", "milp", 480, 60, 0.3, 26, "persist"),
    ("92 functions, 3 h, persistent", "milp", 480, 180, 0.3, 92, "persist"),
)


def main() -> None:
    """Run every case and print a row for each."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--seeds", type=int, default=3, help="samples of functions for the small cases")
    parser.add_argument("--only", help="run the cases whose name contains this")
    options = parser.parse_args()
    print(f"{'case':34} {'method':20} {'calls':>10} {'objective':>16} {'gap %':>9} {'wall s':>8} {'cpu s':>8}")
    for name, method, start, minutes, memory, functions, containers in CASES:
        if options.only and options.only not in name:
            continue
        for seed in range(1 if functions is None else options.seeds):
            instance = instance_of(options, start_min=start, minutes=minutes, memory=memory, functions=functions,
                                   seed=seed, containers=containers)
            began = time.perf_counter()
            result = ecoopt.solve(instance, method, time_limit=options.seconds)
            objective = float("nan") if result.objective is None else result.objective
            print(f"{name:34} {method:20} {instance.invocations.calls:10d} {objective:16.3f} {100 * result.gap:9.4f} "
                  f"{time.perf_counter() - began:8.1f} {result.cpu_s:8.1f}", flush=True)


if __name__ == "__main__":
    main()
