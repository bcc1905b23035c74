"""How far policies are from the proven optimum, per memory level; ``--help`` for the options."""

import ecoopt
from benchmarks.keepalive.trace_instance import HISTORY_MIN, arguments, instance_of

METHODS = ("lagrangian", "oracle", "price-directed", "expected", "ecolife", "ecolife-exact", "histogram", "fixed",
           "new-only", "old-only", "no-keep")
LEVELS = (1.0, 0.75, 0.5, 0.25, 0.1)


def main() -> None:
    """Print the gap of each method to the best proven bound, one column per memory level."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--minutes", type=int, default=1440)
    parser.add_argument("--functions", type=int, help="number of functions of a generated trace")
    options = parser.parse_args()
    print("gap to the proven bound in %, by memory as a share of the unconstrained peak")
    print(f"{'method':16}" + "".join(f"{level:>10.0%}" for level in LEVELS))
    gaps: dict[str, list[float]] = {method: [] for method in METHODS}
    for level in LEVELS:
        instance = instance_of(options, start_min=HISTORY_MIN, minutes=options.minutes, memory=level,
                               functions=options.functions)
        comparison = ecoopt.compare([instance], methods=list(METHODS), time_limit=options.seconds)
        for row in comparison.rows:
            gaps[row.method].append(row.gap)
    for method, values in gaps.items():
        print(f"{method:16}" + "".join(f"{100 * value:10.3f}" for value in values))


if __name__ == "__main__":
    main()
