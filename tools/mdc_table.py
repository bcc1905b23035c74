"""The tables of M/D/c tail latency that ecoopt carries, worked out anew; takes some minutes.

    python tools/mdc_table.py

Row u, column c of ``instances/mig_serving/mdc_late_P_percent.csv``: response time, in service times, that P percent of
the requests exceed in a queue of c servers at utilisation u.
"""

from pathlib import Path

from ecoopt.instances.mig_serving.tail import LATE_SHARES, POOL_SIZES, STEP, ceiling_table

FOLDER = Path(__file__).resolve().parents[1] / "instances" / "mig_serving"


def main() -> None:
    """Write both tables."""
    for share in LATE_SHARES:
        table = ceiling_table(share)
        lines = [",".join(["utilisation", *(f"servers_{size}" for size in POOL_SIZES)])]
        lines += [",".join([f"{STEP * (row + 1):.3f}", *(f"{ratio:.6f}" for ratio in ratios)])
                  for row, ratios in enumerate(table)]
        path = FOLDER / f"mdc_late_{round(100 * share)}_percent.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(path.name, table.shape)


if __name__ == "__main__":
    main()
